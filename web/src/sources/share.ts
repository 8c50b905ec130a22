// A recording behind a link. No cookie is needed and none is sent: in a frame on another site there is none. What opening
// the link was worth, the pass, goes along as a header.

import { objectOf, textOf } from '../format/json'
import { readBlockListing, type BlockListing, type RecordingFacts } from '../format/listing'
import { readOpenedShare, type OpenedShare } from '../format/shared'
import type { DecodeWorker } from './decoding'
import { SourceError, type RecordingSource } from './source'
import { startWorker } from './start-worker'

/** A link that is taken back ends the page within a second. */
const ASK_EVERY_MS = 600

export type Refusal =
  | { readonly kind: 'gone' }
  | { readonly kind: 'locked'; readonly why: string | undefined }
  | { readonly kind: 'failed'; readonly why: string }

/** Opens the link of this address; each call is an opening that is counted. */
export async function openShare(path: string, password: string | undefined, referrer: string): Promise<OpenedShare | Refusal> {
  let response: Response
  try {
    const body = JSON.stringify({ ...(password === undefined ? {} : { password }), referrer })
    response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body, credentials: 'same-origin' })
  } catch {
    return { kind: 'failed', why: 'The server does not answer.' }
  }
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) return readOpenedShare(answer) ?? { kind: 'failed', why: 'The server answered in a way that this page does not know.' }
  if (response.status === 404) return { kind: 'gone' }
  if (response.status === 401) return { kind: 'locked', why: password === undefined ? undefined : 'This is not the password.' }
  const why = textOf(objectOf(answer)?.detail) ?? `The server answered ${response.status}.`
  return response.status === 429 && password !== undefined ? { kind: 'locked', why } : { kind: 'failed', why }
}

/** Calls `ended` when the link does not open any more what it opened; the answer stops asking. */
export function watchShare(path: string, pass: string, ended: () => void): () => void {
  let timer: number | undefined
  let stopped = false
  const ask = async (): Promise<void> => {
    window.clearTimeout(timer)
    const response = await fetch(`${path}/alive`, { headers: bearer(pass), credentials: 'omit', cache: 'no-store' }).catch(() => undefined)
    if (stopped) return
    // A server that does not answer says nothing about the link.
    if (response?.status === 404) return ended()
    timer = window.setTimeout(() => void ask(), ASK_EVERY_MS)
  }
  // Nothing is seen of a hidden page, and its timers are slowed: it asks before it is seen again.
  const shown = (): void => {
    if (document.visibilityState === 'visible') void ask()
  }
  document.addEventListener('visibilitychange', shown)
  timer = window.setTimeout(() => void ask(), ASK_EVERY_MS)
  return () => {
    stopped = true
    window.clearTimeout(timer)
    document.removeEventListener('visibilitychange', shown)
  }
}

function bearer(pass: string): Record<string, string> {
  return { authorization: `Bearer ${pass}` }
}

export class ShareSource implements RecordingSource {
  constructor(
    private readonly share: OpenedShare,
    private readonly recording: RecordingFacts,
    /** Of the server, where it is not the one that this page came from. */
    private readonly origin = '',
  ) {}

  facts(): Promise<RecordingFacts> {
    return Promise.resolve(this.recording)
  }

  async listing(): Promise<BlockListing> {
    const response = await this.call('blocks')
    const listing = readBlockListing(await response.json().catch(() => undefined))
    if (!listing) throw new SourceError('unreadable', 'The server listed the blocks in a way that this page does not know.')
    return listing
  }

  async block(key: number, base: number, signal: AbortSignal): Promise<ArrayBuffer> {
    const response = await this.call(`blocks/${key}?base=${base}`, signal)
    return response.arrayBuffer()
  }

  async keyframe(key: number, base: number, signal: AbortSignal): Promise<ArrayBuffer> {
    const response = await this.call(`keyframes/${key}?base=${base}`, signal)
    return response.arrayBuffer()
  }

  startWorker(): DecodeWorker {
    return startWorker()
  }

  private async call(below: string, signal?: AbortSignal): Promise<Response> {
    const { pass, projectId } = this.share
    const path = `${this.origin}/api/projects/${projectId}/session_recordings/${encodeURIComponent(this.recording.id)}/${below}`
    let response: Response
    try {
      response = await fetch(path, { headers: bearer(pass), credentials: 'omit', ...(signal ? { signal } : {}) })
    } catch (error) {
      if (signal?.aborted) throw error
      throw new SourceError('unreachable', 'The server does not answer.')
    }
    if (response.ok) return response
    if (response.status === 401) throw new SourceError('not_logged_in', 'This link does not open anything any more.')
    if (response.status === 404) throw new SourceError('not_found', 'This part is not shared, or not any more.')
    throw new SourceError('refused', `The server answered ${response.status}.`)
  }
}
