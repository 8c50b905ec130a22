// A file's bytes, read where they are needed: of a file at hand, or of one at an address that answers parts.

import { SourceError } from '../source'

export interface Bytes {
  readonly size: number
  /** Less where the file is shorter. */
  read(from: number, to: number): Promise<Uint8Array<ArrayBuffer>>
  /** All of it, from its beginning. */
  stream(): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>
}

export function bytesOfBlob(blob: Blob): Bytes {
  return {
    size: blob.size,
    read: async (from, to) => new Uint8Array(await blob.slice(from, to).arrayBuffer()),
    stream: async () => blob.stream(),
  }
}

/** A server that answers parts is asked for parts only; from another one all is fetched at once, and kept outside of the tab's memory. */
export async function bytesOfAddress(address: string): Promise<Bytes> {
  const response = await get(address, { range: 'bytes=0-3' })
  const total = /^bytes 0-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
  // Without its size a file has no end to begin at; a server elsewhere may keep it from us.
  if (response.status === 206 && total === undefined) return bytesOfBlob(await (await get(address)).blob())
  if (response.status !== 206) return bytesOfBlob(await response.blob())
  await response.body?.cancel()
  return {
    size: Number(total),
    async read(from, to) {
      const part = await get(address, { range: `bytes=${from}-${to - 1}` })
      if (part.status !== 206) throw new SourceError('unreadable', 'The file was answered in parts, and now is not.')
      return new Uint8Array(await part.arrayBuffer())
    },
    async stream() {
      const { body } = await get(address)
      if (!body) throw new SourceError('unreadable', 'The file has no content.')
      return body
    },
  }
}

async function get(address: string, headers: Record<string, string> = {}): Promise<Response> {
  let response: Response
  try {
    response = await fetch(address, { headers, credentials: 'same-origin' })
  } catch {
    throw new SourceError('unreachable', whyUnreachable(address))
  }
  if (response.ok) return response
  if (response.status === 404) throw new SourceError('not_found', 'There is no file at this address.')
  throw new SourceError('refused', `The file was not given: the server answered ${response.status}.`)
}

/** A browser does not tell scripts why; these are the usual reasons. */
export function whyUnreachable(address: string): string {
  const url = new URL(address, document.baseURI)
  if (url.protocol === 'file:') return 'A page may not read a file by its address. Hand the file itself over: choose it in a file field, or set the property “file”.'
  if (url.origin === location.origin) return 'The server does not answer.'
  return `${url.host} does not answer, or does not allow pages of ${location.origin} to read from it (CORS), or this page's policy (connect-src) does not name it.`
}
