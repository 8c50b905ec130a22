// A page of the list: rows with a recording's facts.

import { arrayOf, objectOf, textOf } from './json'
import { readRecordingFacts, type RecordingFacts } from './listing'

export type ListRow = RecordingFacts

export interface ListPage {
  readonly rows: readonly ListRow[]
  readonly hasNext: boolean
  /** Asks for the page after this one, where the list is one that has such. */
  readonly next: string | undefined
}

export function readListPage(value: unknown): ListPage {
  const page = objectOf(value)
  const rows = arrayOf(page?.results).flatMap((row) => readRecordingFacts(row) ?? [])
  return { rows, hasNext: page?.has_next === true, next: page?.has_next === true ? textOf(page.next_cursor) : undefined }
}
