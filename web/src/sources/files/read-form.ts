// What reading a form comes to, whatever the form: our own lines in a spool, and what is said of them.

import type { JsonObject } from '../../format/json'
import type { LineSpool } from './line-spool'

/** What was read, as the listing of a file says it. */
export interface ReadRecording {
  /** The members of a meta line. */
  readonly recording: JsonObject
  readonly spool: LineSpool
  /** What the lines' times are to be moved by: they are counted from the first event, which need not be the earliest. */
  readonly shift: number
  readonly leftOut: readonly JsonObject[]
}

export interface Form {
  push(chunk: Uint8Array): Promise<void> | void
  end(): Promise<void> | void
  /** Names the recording; called when everything was read. */
  finish(): ReadRecording
}

export const EXPECTED = 'Expected a recording: our own lines (NDJSON), an export of PostHog, or rrweb events; also with gzip or zstd around it.'

/** What was left out, by what and why. */
export class Counts {
  private readonly counts = new Map<string, { what: string; count: number; reason: string }>()

  add(what: string, reason: string): void {
    const entry = this.counts.get(what) ?? { what, count: 0, reason }
    entry.count += 1
    this.counts.set(what, entry)
  }

  all(): JsonObject[] {
    return [...this.counts.values()]
  }
}
