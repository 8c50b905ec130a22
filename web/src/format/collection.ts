// Collections: recordings that somebody gathered, and saved filters. The wire calls both playlists.

import { arrayOf, numberOf, objectOf, textOf, type JsonObject } from './json'

export interface Collection {
  readonly id: string
  readonly kind: 'collection' | 'filters'
  readonly name: string
  readonly description: string
  readonly pinned: boolean
  /** Parameters of the list, as they were saved. */
  readonly filters: JsonObject
  readonly count: number | undefined
  /** There are more than were counted. */
  readonly hasMore: boolean
  readonly watched: number | undefined
  readonly changedAt: number
  readonly createdBy: string
}

export interface CollectionPage {
  readonly collections: readonly Collection[]
  readonly count: number
}

export function readCollection(value: unknown): Collection | undefined {
  const one = objectOf(value)
  const id = textOf(one?.short_id)
  if (!one || id === undefined) return undefined
  const kind = one.type === 'filters' ? 'filters' : 'collection'
  const counts = objectOf(objectOf(one.recordings_counts)?.[kind === 'filters' ? 'saved_filters' : 'collection'])
  const author = objectOf(one.created_by)
  return {
    id,
    kind,
    name: textOf(one.name) || textOf(one.derived_name) || (kind === 'filters' ? 'Filters without a name' : 'Collection without a name'),
    description: textOf(one.description) ?? '',
    pinned: one.pinned === true,
    filters: objectOf(one.filters) ?? {},
    count: numberOf(counts?.count),
    hasMore: counts?.has_more === true,
    watched: numberOf(counts?.watched_count),
    changedAt: Date.parse(textOf(one.last_modified_at) ?? '') || 0,
    createdBy: textOf(author?.first_name) || textOf(author?.email) || '',
  }
}

export function readCollectionPage(value: unknown): CollectionPage {
  const page = objectOf(value)
  const collections = arrayOf(page?.results).flatMap((one) => readCollection(one) ?? [])
  return { collections, count: numberOf(page?.count) ?? collections.length }
}
