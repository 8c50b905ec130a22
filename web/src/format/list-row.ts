// A row of the list: a recording's facts, and what the list alone tells of it.

import { arrayOf, objectOf, textOf, textsOf } from './json'
import { readRecordingFacts, type RecordingFacts } from './listing'

export interface ListRow extends RecordingFacts {
  /** By whoever asks. */
  readonly viewed: boolean
  /** Others who watched it. */
  readonly viewers: readonly string[]
}

export interface ListPage {
  readonly rows: readonly ListRow[]
  readonly hasNext: boolean
  /** Asks for the page after this one, where the list is one that has such. */
  readonly next: string | undefined
}

export function readListRow(value: unknown): ListRow | undefined {
  const facts = readRecordingFacts(value)
  const row = objectOf(value)
  if (!facts || !row) return undefined
  return { ...facts, viewed: row.viewed === true, viewers: textsOf(row.viewers) }
}

export function readListPage(value: unknown): ListPage {
  const page = objectOf(value)
  const rows = arrayOf(page?.results).flatMap((row) => readListRow(row) ?? [])
  return { rows, hasNext: page?.has_next === true, next: page?.has_next === true ? textOf(page.next_cursor) : undefined }
}
