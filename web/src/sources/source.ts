// Where a recording comes from, as the player sees it: it must not matter whether that is a server or the file that the page
// itself was opened from.

import type { BlockListing, RecordingFacts } from '../format/listing'
import type { DecodeWorker } from './decoding'

export interface RecordingSource {
  /** What is said about the recording beside it. */
  facts(): Promise<RecordingFacts>
  listing(): Promise<BlockListing>
  /** The lines of a block, their times counted from `base`. May be asked for again at any time. */
  block(key: number, base: number, signal: AbortSignal): Promise<ArrayBuffer>
  /** The lines of a keyframe; absent where the listing never names any. */
  readonly keyframe?: (key: number, base: number, signal: AbortSignal) => Promise<ArrayBuffer>
  /** What decodes lines. */
  startWorker(): DecodeWorker
  /** What comes in while a recording runs; absent where none can be running. */
  readonly follow?: (base: number, events: LiveEvents) => Following
}

export interface LiveEvents {
  listing(listing: BlockListing): void
  lines(texts: readonly string[]): void
  finished(): void
  connected(connected: boolean): void
}

export interface Following {
  close(): void
}

export type SourceFailure = 'not_logged_in' | 'not_found' | 'unreachable' | 'refused' | 'unreadable'

/** Every failure of a source; the kind says what the page does. */
export class SourceError extends Error {
  constructor(
    readonly kind: SourceFailure,
    message: string,
    /** The parameter or member that was refused, where the server named one. */
    readonly attr?: string,
  ) {
    super(message)
  }

  /** Asking again would change nothing. */
  get isLasting(): boolean {
    return this.kind !== 'unreachable' && this.kind !== 'refused'
  }
}

/** Whether that is what went wrong. */
export function isLoggedOut(error: unknown): boolean {
  return error instanceof SourceError && error.kind === 'not_logged_in'
}

/** A source of nothing, which says why: what was to be played cannot be. */
export function refusingSource(error: SourceError): RecordingSource {
  const refuse = (): Promise<never> => Promise.reject(error)
  const idle: DecodeWorker = { postMessage: () => undefined, addEventListener: () => undefined, terminate: () => undefined }
  return { facts: refuse, listing: refuse, block: refuse, startWorker: () => idle }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof SourceError && error.kind === 'not_found'
}
