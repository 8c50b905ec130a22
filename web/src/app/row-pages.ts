// A long list of which only what is looked at is here: pages of rows, fetched where somebody scrolls to, and let go of far away.
//
// ## Invariants
//
// 1. A row keeps its place while the list is open: pages are asked for from behind rows that were seen before, so that what comes
//    on top of the list since moves nothing. What came is the `head`, in front of page 0.
// 2. Never more than MOST_PAGES pages are here, and never more than AT_ONCE are on their way.
// 3. What is not looked at any more is not waited for.

import type { ListPage, ListRow } from '../format/list-row'
import type { ListSource } from '../sources/list'

export const PAGE_SIZE = 50
const MOST_PAGES = 60
const AT_ONCE = 2
/** While one scrolls fast, pages pass by unasked. */
const REST_MS = 70

export interface RowPages {
  readonly total: number
  /** The total was counted, or the end was seen. */
  readonly isCounted: boolean
  rowAt(index: number): ListRow | undefined
  indexOf(id: string): number
  hasFailed(index: number): boolean
  /** These rows are looked at. */
  want(first: number, last: number): void
  retry(): void
  /** Rows that are known are brought up to date; answers those that are new. Undefined: so many that there is a gap. */
  merge(newest: ListPage): readonly ListRow[] | undefined
  prepend(rows: readonly ListRow[]): void
  /** Changes rows in place. */
  update(change: (row: ListRow) => ListRow): void
  close(): void
}

type PageState = { readonly kind: 'loaded'; rows: readonly ListRow[] } | { readonly kind: 'loading'; readonly abort: AbortController } | { readonly kind: 'failed' }

/** `first` is the page that the list begins with; `expected` rows are taken for granted until they are counted. */
export function openRowPages(source: ListSource, first: ListPage, expected: number, onChange: () => void): RowPages {
  const pages = new Map<number, PageState>([[0, { kind: 'loaded', rows: first.rows }]])
  /** What each page is asked for with. */
  const cursors = new Map<number, string>()
  const closed = new AbortController()
  let head: readonly ListRow[] = []
  let total = first.hasNext ? Math.max(expected, first.rows.length + 1) : first.rows.length
  let isCounted = !first.hasNext
  let isCounting = isCounted
  let wanted: readonly [first: number, last: number] = [0, 0]
  let timer: ReturnType<typeof setTimeout> | undefined
  if (first.next !== undefined) cursors.set(1, first.next)

  async function count(): Promise<void> {
    isCounting = true
    const counted = await source.count(closed.signal).catch(() => undefined)
    if (closed.signal.aborted || isCounted || counted === undefined) return
    total = Math.max(counted, PAGE_SIZE + 1)
    isCounted = true
    onChange()
    // What is looked at may lie behind what was taken for the end.
    loadWanted()
  }

  function load(page: number): void {
    const abort = new AbortController()
    closed.signal.addEventListener('abort', () => abort.abort(), { once: true })
    pages.set(page, { kind: 'loading', abort })
    let from = page
    while (from > 0 && !cursors.has(from)) from -= 1
    const after = cursors.get(from)
    const place = { limit: PAGE_SIZE, offset: (page - from) * PAGE_SIZE, ...(after !== undefined && { after }) }
    source.page(place, abort.signal).then(
      (loaded) => {
        if (abort.signal.aborted) return
        arrived(page, loaded)
        loadWanted()
      },
      () => {
        if (abort.signal.aborted) return
        pages.set(page, { kind: 'failed' })
        onChange()
      },
    )
  }

  function arrived(page: number, { rows, hasNext, next }: ListPage): void {
    pages.set(page, { kind: 'loaded', rows })
    if (next !== undefined) cursors.set(page + 1, next)
    const end = page * PAGE_SIZE + rows.length
    if (!hasNext && (rows.length > 0 || page === 0)) {
      total = end
      isCounted = true
    } else if (hasNext) total = Math.max(total, end + 1)
    // Nothing there any more: the list ends earlier than it was counted, somewhere before.
    else total = Math.min(total, page * PAGE_SIZE)
    letGo()
    onChange()
  }

  /** Forgets what is farthest from what is looked at; the first page stays, it is what is refreshed. */
  function letGo(): void {
    const middle = (wanted[0] + wanted[1]) / 2
    const kept = [...pages.keys()].filter((page) => page > 0 && pages.get(page)?.kind === 'loaded')
    kept.sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle))
    for (const page of kept.slice(0, Math.max(0, kept.length - MOST_PAGES))) pages.delete(page)
  }

  function loadWanted(): void {
    timer = undefined
    if (closed.signal.aborted) return
    // A server counts a long list for longer than it takes to read its first rows, which should be on screen before.
    if (!isCounting) void count()
    const [from, to] = wanted
    for (const [page, state] of pages) {
      if (state.kind === 'loading' && (page < from || page > to)) {
        state.abort.abort()
        pages.delete(page)
      }
    }
    let loading = [...pages.values()].filter(({ kind }) => kind === 'loading').length
    for (let page = from; page <= to && loading < AT_ONCE; page++) {
      if (pages.has(page) || page * PAGE_SIZE >= total) continue
      load(page)
      loading += 1
    }
  }

  const pageAt = (index: number): PageState | undefined => pages.get(Math.floor((index - head.length) / PAGE_SIZE))

  return {
    get total() {
      return head.length + total
    },
    get isCounted() {
      return isCounted
    },
    rowAt(index) {
      if (index < head.length) return head[index]
      const page = pageAt(index)
      return page?.kind === 'loaded' ? page.rows[(index - head.length) % PAGE_SIZE] : undefined
    },
    indexOf(id) {
      const inHead = head.findIndex((row) => row.id === id)
      if (inHead >= 0) return inHead
      for (const [page, state] of pages) {
        const at = state.kind === 'loaded' ? state.rows.findIndex((row) => row.id === id) : -1
        if (at >= 0) return head.length + page * PAGE_SIZE + at
      }
      return -1
    },
    hasFailed: (index) => pageAt(index)?.kind === 'failed',
    want(firstRow, lastRow) {
      const page = (row: number): number => Math.max(0, Math.floor((row - head.length) / PAGE_SIZE))
      // The next page is asked for before one comes to it.
      wanted = [page(firstRow - PAGE_SIZE / 4), page(lastRow + PAGE_SIZE / 2)]
      timer ??= setTimeout(loadWanted, REST_MS)
    },
    retry() {
      for (const [page, state] of pages) if (state.kind === 'failed') pages.delete(page)
      onChange()
      loadWanted()
    },
    merge({ rows, hasNext }) {
      const fresh = new Map(rows.map((row) => [row.id, row]))
      this.update((row) => fresh.get(row.id) ?? row)
      const zero = pages.get(0)
      const known = new Set([...head, ...(zero?.kind === 'loaded' ? zero.rows : [])].map((row) => row.id))
      const unknown = rows.filter((row) => !known.has(row.id))
      return unknown.length === rows.length && hasNext && rows.length > 0 ? undefined : unknown
    },
    prepend(rows) {
      head = [...rows, ...head]
      onChange()
    },
    update(change) {
      let changed = false
      const each = (rows: readonly ListRow[]): readonly ListRow[] => {
        const next = rows.map(change)
        changed ||= next.some((row, at) => row !== rows[at])
        return next
      }
      head = each(head)
      for (const state of pages.values()) if (state.kind === 'loaded') state.rows = each(state.rows)
      if (changed) onChange()
    },
    close() {
      closed.abort()
      clearTimeout(timer)
    },
  }
}
