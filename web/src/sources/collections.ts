// Collections and saved filters on the server.

import { readCollection, readCollectionPage, type Collection, type CollectionPage } from '../format/collection'
import { objectOf, textOf, type JsonObject } from '../format/json'
import { readListPage } from '../format/list-row'
import { call, callJson, PROJECT, sending } from './call'
import { inParts, placed, type ListSource } from './list'
import { SourceError } from './source'

const COLLECTIONS = `${PROJECT}session_recording_playlists`
const AT_ONCE = 100

export function collectionPath(id: string): string {
  return `${COLLECTIONS}/${encodeURIComponent(id)}/`
}

export interface WhichCollections {
  readonly search?: string
  readonly kind?: Collection['kind']
  /** Only those that hold this recording. */
  readonly holding?: string
  readonly limit?: number
  readonly offset?: number
}

export async function fetchCollections({ search, kind, holding, limit = 100, offset = 0 }: WhichCollections, signal?: AbortSignal): Promise<CollectionPage> {
  const query = new URLSearchParams({ limit: String(limit), offset: String(offset), ...(search && { search }), ...(kind && { type: kind }), ...(holding && { session_recording_id: holding }) })
  return readCollectionPage(await callJson(`${COLLECTIONS}/?${query}`, signal ? { signal } : {}))
}

export async function fetchCollection(id: string): Promise<Collection> {
  return understood(await callJson(collectionPath(id)))
}

export async function createCollection(name: string): Promise<Collection> {
  return understood(await callJson(`${COLLECTIONS}/`, sending('POST', { type: 'collection', name })))
}

export async function saveFilters(name: string, filters: JsonObject): Promise<Collection> {
  return understood(await callJson(`${COLLECTIONS}/`, sending('POST', { type: 'filters', name, filters })))
}

export interface CollectionChange {
  readonly name?: string
  readonly description?: string
  readonly pinned?: boolean
  readonly deleted?: boolean
  readonly filters?: JsonObject
}

export async function changeCollection(id: string, change: CollectionChange): Promise<Collection> {
  return understood(await callJson(collectionPath(id), sending('PATCH', change)))
}

export async function addToCollection(id: string, recordings: readonly string[]): Promise<void> {
  for (const some of inParts(recordings, AT_ONCE)) {
    await call(`${collectionPath(id)}recordings/bulk_add`, sending('POST', { session_recording_ids: some }))
  }
}

export async function removeFromCollection(id: string, recordings: readonly string[]): Promise<void> {
  for (const some of inParts(recordings, AT_ONCE)) {
    await call(`${collectionPath(id)}recordings/bulk_delete`, sending('POST', { session_recording_ids: some }))
  }
}

/** What is in a collection, or what its filters find. */
export function heldBy({ id, count, hasMore }: Collection): ListSource {
  return {
    page: async (place, signal) => readListPage(await callJson(`${collectionPath(id)}recordings?${new URLSearchParams(placed(place))}`, { signal })),
    count: () => Promise.resolve(hasMore ? undefined : count),
  }
}

function understood(value: unknown): Collection {
  const collection = readCollection(value)
  if (!collection) throw new SourceError('unreadable', 'The server described the collection in a way that this page does not know.')
  return collection
}

/** How a collection is shared, as far as its page says it. */
export interface CollectionSharing {
  readonly enabled: boolean
  readonly token: string
  readonly passwordRequired: boolean
}

export async function fetchCollectionSharing(id: string): Promise<CollectionSharing> {
  return readSharing(await callJson(`${collectionPath(id)}sharing`))
}

export async function changeCollectionSharing(id: string, enabled: boolean): Promise<CollectionSharing> {
  return readSharing(await callJson(`${collectionPath(id)}sharing`, sending('PATCH', { enabled })))
}

function readSharing(value: unknown): CollectionSharing {
  const sharing = objectOf(value)
  return { enabled: sharing?.enabled === true, token: textOf(sharing?.access_token) ?? '', passwordRequired: sharing?.password_required === true }
}
