// A recording inside the page itself: the offline file. Blocks stand in script elements that are no scripts, as base64
// of gzip, and stay there: what the player lets go of is decoded again when it is needed.
//
// Nothing here makes a request, not even to a `data:` or `blob:` address. gzip is what every browser of the last years can
// undo by itself.

import { readOfflineListing, type OfflineListing } from '../format/offline-listing'
import { parseJson } from '../format/json'
import type { BlockListing, RecordingFacts } from '../format/listing'
import type { DecodeWorker } from './decoding'
import { SourceError, type RecordingSource } from './source'
import { startWorker } from './start-worker'

export class EmbeddedSource implements RecordingSource {
  private read: OfflineListing | undefined

  constructor(private readonly page: Document) {}

  async facts(): Promise<RecordingFacts> {
    return this.offlineListing().facts
  }

  async listing(): Promise<BlockListing> {
    return this.offlineListing().listing
  }

  async block(key: number, base: number): Promise<ArrayBuffer> {
    const { startedAt } = this.offlineListing().listing
    if (base !== startedAt) throw new SourceError('unreadable', `Times are counted from ${startedAt} in this file, not from ${base}.`)
    const text = this.page.getElementById(`block-${key}`)?.textContent
    if (!text) throw new SourceError('not_found', `Part ${key} of the recording is missing in this file.`)
    try {
      return await inflate(bytesOf(text))
    } catch {
      throw new SourceError('unreadable', `Part ${key} of the recording is damaged in this file.`)
    }
  }

  startWorker(): DecodeWorker {
    return startWorker()
  }

  private offlineListing(): OfflineListing {
    if (this.read) return this.read
    const text = this.page.getElementById('listing')?.textContent
    if (!text) throw new SourceError('not_found', 'There is no recording in this file. It may have been cut off on its way.')
    const read = readOfflineListing(parseJson(text))
    if (!read) throw new SourceError('unreadable', 'The recording in this file is described in a way that this page does not know.')
    return (this.read = read)
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return bytes
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const stream = new DecompressionStream('gzip')
  const writer = stream.writable.getWriter()
  // A failure shows on the side that is read; here it would only be reported as unhandled.
  const written = writer.write(bytes).then(() => writer.close())
  written.catch(() => undefined)
  return new Response(stream.readable).arrayBuffer()
}
