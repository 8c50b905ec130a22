// What an address plays: a recording of a Cassette server by its API, what a link opens, or a recording file that lies there.

import type { DecodeWorker } from './decoding'
import { readBlockListing, readRecordingFacts, type BlockListing, type RecordingFacts } from '../format/listing'
import { objectOf, textOf } from '../format/json'
import { FileSource } from './file'
import { bytesOfAddress, whyUnreachable } from './files/bytes'
import { openShare, ShareSource } from './share'
import { refusingSource, SourceError, type RecordingSource } from './source'
import { startWorker } from './start-worker'

const RECORDING = /^(.*\/api\/projects\/[^/]+\/session_recordings\/[^/]+)\/?$/
const LINK = /^\/(?:shared|embedded)\/[^/]+\/?$/

/** `apiKey` goes along with requests to an API address, and with no other. */
export function sourceOfAddress(text: string, apiKey: string | undefined): RecordingSource {
  let address: URL
  try {
    address = new URL(text, document.baseURI)
  } catch {
    return refusingSource(new SourceError('not_found', `Expected the address of a recording, came “${text.slice(0, 80)}”.`))
  }
  const recording = RECORDING.exec(address.pathname)?.[1]
  if (recording !== undefined) return new ApiSource(address.origin + recording, apiKey)
  if (LINK.test(address.pathname)) return lateSource(() => openLink(address))
  return new FileSource(() => bytesOfAddress(address.href))
}

class ApiSource implements RecordingSource {
  constructor(
    private readonly address: string,
    private readonly apiKey: string | undefined,
  ) {}

  async facts(): Promise<RecordingFacts> {
    const facts = readRecordingFacts(await this.json(''))
    if (!facts) throw new SourceError('unreadable', 'The server described the recording in a way that this player does not know.')
    return facts
  }

  async listing(): Promise<BlockListing> {
    const listing = readBlockListing(await this.json('/blocks'))
    if (!listing) throw new SourceError('unreadable', 'The server listed the blocks in a way that this player does not know.')
    // What is played is what was there when it was opened: a stream of what comes after needs a login.
    return { ...listing, live: false }
  }

  async block(key: number, base: number, signal: AbortSignal): Promise<ArrayBuffer> {
    return (await this.call(`/blocks/${key}?base=${base}`, signal)).arrayBuffer()
  }

  async keyframe(key: number, base: number, signal: AbortSignal): Promise<ArrayBuffer> {
    return (await this.call(`/keyframes/${key}?base=${base}`, signal)).arrayBuffer()
  }

  startWorker(): DecodeWorker {
    return startWorker()
  }

  private async json(below: string): Promise<unknown> {
    return (await this.call(below)).json().catch(() => undefined)
  }

  private async call(below: string, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = this.apiKey === undefined ? {} : { authorization: `Bearer ${this.apiKey}` }
    let response: Response
    try {
      response = await fetch(this.address + below, { headers, credentials: 'same-origin', ...(signal ? { signal } : {}) })
    } catch (error) {
      if (signal?.aborted) throw error
      throw new SourceError('unreachable', whyUnreachable(this.address))
    }
    if (response.ok) return response
    const detail = textOf(objectOf(await response.json().catch(() => undefined))?.detail)
    if (response.status === 401) throw new SourceError('not_logged_in', detail ?? 'The recording needs an API key: set the property “apiKey”.')
    if (response.status === 404) throw new SourceError('not_found', detail ?? 'There is no such recording.')
    throw new SourceError('refused', detail ?? `The server answered ${response.status}.`)
  }
}

async function openLink(address: URL): Promise<RecordingSource> {
  const share = await openShare(address.origin + address.pathname.replace(/\/+$/, ''), undefined, document.referrer)
  if ('pass' in share) {
    const [recording] = share.recordings
    if (recording && share.kind === 'recording') return new ShareSource(share, recording, address.origin)
    throw new SourceError('unreadable', 'This link opens a collection. The player takes the link of one recording.')
  }
  switch (share.kind) {
    case 'gone':
      throw new SourceError('not_found', 'This link does not open anything, or not any more.')
    case 'locked':
      throw new SourceError('not_logged_in', 'This link opens with a password: show it in a frame, which asks for it.')
    case 'failed':
      throw new SourceError('unreachable', address.origin === location.origin ? share.why : whyUnreachable(address.href))
    default:
      return share satisfies never
  }
}

/** A source that has to be opened before it is one; opened once. */
function lateSource(open: () => Promise<RecordingSource>): RecordingSource {
  let opening: Promise<RecordingSource> | undefined
  const opened = (): Promise<RecordingSource> => (opening ??= open())
  return {
    facts: async () => (await opened()).facts(),
    listing: async () => (await opened()).listing(),
    block: async (key, base, signal) => (await opened()).block(key, base, signal),
    keyframe: async (key, base, signal) => {
      const source = await opened()
      if (!source.keyframe) throw new SourceError('not_found', 'There are no keyframes here.')
      return source.keyframe(key, base, signal)
    },
    startWorker,
  }
}
