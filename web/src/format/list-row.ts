// A row of the list: a recording's facts, and what the list alone tells of it.

import { arrayOf, numberOf, objectOf, textOf, textsOf } from './json'
import { readRecordingFacts, SIGNAL_KINDS, type RecordingFacts, type SignalKind } from './listing'

export interface ListRow extends RecordingFacts {
  /** By whoever asks. */
  readonly viewed: boolean
  /** Others who watched it. */
  readonly viewers: readonly string[]
  /** Only those that were found. */
  readonly signals: readonly SignalCount[]
}

export interface SignalCount {
  readonly kind: SignalKind
  readonly count: number
}

export interface ListPage {
  readonly rows: readonly ListRow[]
  readonly hasNext: boolean
  /** Asks for the page after this one, where the list is one that has such. */
  readonly next: string | undefined
}

const COUNTED_AS: Readonly<Record<SignalKind, string>> = {
  rage_click: 'rage_click_count',
  dead_click: 'dead_click_count',
  error_click: 'error_click_count',
  quick_back: 'quick_back_count',
  thrashing_mouse: 'thrashing_count',
}

export function readListRow(value: unknown): ListRow | undefined {
  const facts = readRecordingFacts(value)
  const row = objectOf(value)
  if (!facts || !row) return undefined
  const signals = SIGNAL_KINDS.flatMap((kind) => {
    const count = numberOf(row[COUNTED_AS[kind]]) ?? 0
    return count > 0 ? [{ kind, count }] : []
  })
  return { ...facts, viewed: row.viewed === true, viewers: textsOf(row.viewers), signals }
}

export function readListPage(value: unknown): ListPage {
  const page = objectOf(value)
  const rows = arrayOf(page?.results).flatMap((row) => readListRow(row) ?? [])
  return { rows, hasNext: page?.has_next === true, next: page?.has_next === true ? textOf(page.next_cursor) : undefined }
}
