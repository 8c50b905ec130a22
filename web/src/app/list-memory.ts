// What a list leaves behind when one of its recordings is opened: where it was, for coming back; and which recordings stood around,
// for going on to the next and the previous one without coming back.
//
// Kept by the browser for this tab. Where that is refused everything works, but the list begins at its top and the neighbours are those
// of the list of all recordings.

import { arrayOf, numberOf, objectOf, parseJson, textOf, textsOf } from '../format/json'
import type { ListRow } from '../format/list-row'
import { fetchCollection, heldBy } from '../sources/collections'
import { foundBy, type ListSource } from '../sources/list'
import { fetchRecording } from '../sources/recordings'
import type { RowPages } from './row-pages'

const STORED_AS = 'cassette.list'
/** Rows on either side of the one that is opened. */
const REMEMBERED = 100
const FURTHER = 50

/** What a list is one of. */
export type ListOrigin = { readonly kind: 'found'; readonly query: string } | { readonly kind: 'collection'; readonly id: string }

interface Remembered {
  readonly origin: ListOrigin
  /** The place of the first of these in the list. */
  readonly first: number
  readonly ids: readonly string[]
  readonly opened: string
}

export interface ListPlace {
  readonly top: number
  readonly total: number
}

/** Called when a row is opened. */
export function rememberOpened(origin: ListOrigin, pages: RowPages, index: number, row: ListRow): void {
  let first = index
  let end = index + 1
  while (first > 0 && index - first < REMEMBERED && pages.rowAt(first - 1)) first -= 1
  while (end < pages.total && end - index <= REMEMBERED && pages.rowAt(end)) end += 1
  const ids = Array.from({ length: end - first }, (_, at) => pages.rowAt(first + at)?.id ?? row.id)
  store({ origin, first, ids, opened: row.id })
}

/** Where this entry of the history was left. */
export function placeLeft(): ListPlace | undefined {
  const place = objectOf(objectOf(history.state)?.place)
  const top = numberOf(place?.top)
  const total = numberOf(place?.total)
  return top === undefined || total === undefined ? undefined : { top, total }
}

export function leavePlace(pages: RowPages): void {
  history.replaceState({ ...objectOf(history.state), place: { top: scrollY, total: pages.total } satisfies ListPlace }, '')
}

/** The recording that was opened last from this list, or that one went on to from there. */
export function lastOpened(origin: ListOrigin): string | undefined {
  const remembered = read()
  return remembered && isSame(remembered.origin, origin) ? remembered.opened : undefined
}

export interface Neighbours {
  readonly previous: string | undefined
  readonly next: string | undefined
}

/** What stands before and behind a recording in the list that it was opened from. */
export async function findNeighbours(id: string): Promise<Neighbours> {
  const remembered = read()
  if (!remembered?.ids.includes(id)) return neighboursInTime(id)
  if (remembered.opened !== id) store({ ...remembered, opened: id })
  const whole = await reachFurther(remembered, id)
  const at = whole.ids.indexOf(id)
  return { previous: whole.ids[at - 1], next: whole.ids[at + 1] }
}

/** Goes there in place of this one, so that going back leads to the list. */
export function goToRecording(id: string): void {
  location.replace(`/recordings/${encodeURIComponent(id)}`)
}

/** More of the list, where the recording stands at an end of what is remembered. */
async function reachFurther(remembered: Remembered, id: string): Promise<Remembered> {
  const { ids, first } = remembered
  const isFirst = ids[0] === id && first > 0
  const isLast = ids.at(-1) === id
  if (!isFirst && !isLast) return remembered
  const source = await sourceOf(remembered.origin)
  const asked = async (offset: number, limit: number): Promise<string[]> => {
    const page = await source.page({ offset, limit }, new AbortController().signal)
    return page.rows.map((row) => row.id).filter((one) => !ids.includes(one))
  }
  const before = isFirst ? await asked(Math.max(0, first - FURTHER), Math.min(first, FURTHER)) : []
  const behind = isLast ? await asked(first + ids.length, FURTHER) : []
  const more = { ...remembered, first: first - before.length, ids: [...before, ...ids, ...behind] }
  store(more)
  return more
}

async function sourceOf(origin: ListOrigin): Promise<ListSource> {
  switch (origin.kind) {
    case 'found':
      return foundBy(new URLSearchParams(origin.query))
    case 'collection':
      return heldBy(await fetchCollection(origin.id))
    default:
      return origin satisfies never
  }
}

/** In the list of all recordings, the newest first. */
async function neighboursInTime(id: string): Promise<Neighbours> {
  const start = new Date((await fetchRecording(id)).start).toISOString()
  const beside = async (query: Readonly<Record<string, string>>): Promise<string | undefined> => {
    const page = await foundBy(new URLSearchParams(query)).page({ limit: 5 }, new AbortController().signal)
    return page.rows.find((row) => row.id !== id)?.id
  }
  const [previous, next] = await Promise.all([beside({ date_from: start, order_direction: 'ASC' }), beside({ date_to: start })])
  return { previous, next: next === previous ? undefined : next }
}

function isSame(a: ListOrigin, b: ListOrigin): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function store(remembered: Remembered): void {
  try {
    sessionStorage.setItem(STORED_AS, JSON.stringify(remembered))
  } catch {
    // Refused, or full: see above.
  }
}

function read(): Remembered | undefined {
  let text: string | null
  try {
    text = sessionStorage.getItem(STORED_AS)
  } catch {
    return undefined
  }
  const remembered = objectOf(text === null ? undefined : parseJson(text))
  const origin = objectOf(remembered?.origin)
  const first = numberOf(remembered?.first)
  const opened = textOf(remembered?.opened)
  if (!remembered || !origin || first === undefined || opened === undefined || arrayOf(remembered.ids).length === 0) return undefined
  const query = textOf(origin.query)
  const id = textOf(origin.id)
  const ids = textsOf(remembered.ids)
  if (origin.kind === 'found' && query !== undefined) return { origin: { kind: 'found', query }, first, ids, opened }
  return origin.kind === 'collection' && id !== undefined ? { origin: { kind: 'collection', id }, first, ids, opened } : undefined
}
