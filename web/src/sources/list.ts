// Lists of recordings on the server, page by page, and what is done to several of them at once.

import { numberOf, objectOf } from '../format/json'
import { readListPage, type ListPage } from '../format/list-row'
import { call, callJson, sending } from './call'
import { recordingPath, RECORDINGS } from './recording-paths'

/** What one call may name at the most; the server says so. */
const MARKED_AT_ONCE = 20
const DELETED_AT_ONCE = 100

/** Where a page begins: behind a row that was seen, and from there on so many rows further. */
export interface PagePlace {
  readonly after?: string
  readonly offset?: number
  readonly limit: number
}

/** A list that can be read from any place on. */
export interface ListSource {
  page(place: PagePlace, signal: AbortSignal): Promise<ListPage>
  /** How many rows there are; undefined where that is not known. */
  count(signal: AbortSignal): Promise<number | undefined>
}

export function rowsPath(query: URLSearchParams, place: PagePlace): string {
  return `${RECORDINGS}?${new URLSearchParams([...query, ...Object.entries(placed(place))])}`
}

/** The recordings that a query finds. */
export function foundBy(query: URLSearchParams): ListSource {
  return {
    page: async (place, signal) => readListPage(await callJson(rowsPath(query, place), { signal })),
    count: async (signal) => numberOf(objectOf(await callJson(`${rowsPath(query, { limit: 1 })}&count=1`, { signal }))?.count),
  }
}

export function placed({ after, offset, limit }: PagePlace): Record<string, string> {
  return { limit: String(limit), ...(after !== undefined && { after }), ...(offset !== undefined && offset > 0 && { offset: String(offset) }) }
}

export async function markViewed(ids: readonly string[], viewed: boolean): Promise<void> {
  for (const some of inParts(ids, MARKED_AT_ONCE)) {
    await call(`${RECORDINGS}${viewed ? 'bulk_viewed' : 'bulk_not_viewed'}`, sending('POST', { session_recording_ids: some }))
  }
}

/** One recording, by whoever watched it. */
export async function markWatched(id: string): Promise<void> {
  await call(recordingPath(id), sending('PATCH', { viewed: true }))
}

/** Deletes them for good. `onProgress` hears how many are gone. Answers those that are still there. */
export async function deleteRecordings(ids: readonly string[], onProgress: (gone: number) => void): Promise<number> {
  let left = 0
  let done = 0
  for (const some of inParts(ids, DELETED_AT_ONCE)) {
    const answer = objectOf(await callJson(`${RECORDINGS}bulk_delete`, sending('POST', { session_recording_ids: some })))
    left += Array.isArray(answer?.failed_ids) ? answer.failed_ids.length : 0
    done += some.length
    onProgress(done)
  }
  return left
}

export function inParts<T>(all: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, part) => all.slice(part * most, (part + 1) * most))
}
