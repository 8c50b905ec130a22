// The list's state: pages of recordings, loaded as one scrolls, refreshed while the page is looked at.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { RecordingFacts } from '../format/listing'
import { fetchRecordings } from '../sources/recordings'
import { toQuery, toRequest, type Filters } from './filters'

const PAGE_SIZE = 50
const REFRESH_MS = 8000
/** Above this the list does not move under the reader: new recordings wait behind a button. */
const NEAR_TOP_PX = 240

export type ListState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: Error }
  | {
      readonly kind: 'shown'
      readonly rows: readonly RecordingFacts[]
      readonly next: string | undefined
      readonly more: 'idle' | 'loading' | 'failed'
      /** Newer than what is shown. */
      readonly waiting: readonly RecordingFacts[]
    }

export interface Recordings {
  readonly state: ListState
  readonly loadMore: () => void
  readonly showWaiting: () => void
  readonly reload: () => void
}

export function useRecordings(filters: Filters): Recordings {
  const [state, setState] = useState<ListState>({ kind: 'loading' })
  const [attempt, setAttempt] = useState(0)
  const current = useRef(state)
  current.current = state
  const key = toQuery(filters).toString()
  const latest = useRef(filters)
  latest.current = filters
  const aborter = useRef(new AbortController())

  useEffect(() => {
    const abort = new AbortController()
    aborter.current = abort
    // Keeps the old rows in place while the filter changes: less flicker than an empty page.
    if (current.current.kind !== 'shown') setState({ kind: 'loading' })
    fetchRecordings(request(latest.current), abort.signal)
      .then(({ recordings, next }) => setState({ kind: 'shown', rows: recordings, next, more: 'idle', waiting: [] }))
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setState({ kind: 'failed', error: asError(error) })
      })
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') void refresh(abort.signal)
    }, REFRESH_MS)
    const onVisible = (): void => {
      if (document.visibilityState === 'visible') void refresh(abort.signal)
    }
    document.addEventListener('visibilitychange', onVisible)
    return () => {
      abort.abort()
      clearInterval(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [key, attempt])

  const refresh = async (signal: AbortSignal): Promise<void> => {
    if (current.current.kind === 'loading') return
    const page = await fetchRecordings(request(latest.current), signal).catch(() => undefined)
    if (!page || signal.aborted) return
    setState((now) => {
      if (now.kind !== 'shown') return { kind: 'shown', rows: page.recordings, next: page.next, more: 'idle', waiting: [] }
      return merged(now, page.recordings)
    })
  }

  const loadMore = useCallback(() => {
    const now = current.current
    if (now.kind !== 'shown' || now.next === undefined || now.more === 'loading') return
    const query = request(latest.current)
    query.set('after', now.next)
    const loading = { ...now, more: 'loading' } as const
    current.current = loading
    setState(loading)
    const { signal } = aborter.current
    fetchRecordings(query, signal)
      .then(({ recordings, next }) => {
        setState((state) => {
          if (state.kind !== 'shown') return state
          const known = new Set(state.rows.map((row) => row.id))
          const fresh = recordings.filter((row) => !known.has(row.id))
          return { ...state, rows: [...state.rows, ...fresh], next, more: 'idle' }
        })
      })
      .catch(() => {
        if (!signal.aborted) setState((state) => (state.kind === 'shown' ? { ...state, more: 'failed' } : state))
      })
  }, [])

  const showWaiting = useCallback(() => {
    scrollTo({ top: 0 })
    setState((now) => (now.kind === 'shown' ? { ...now, rows: [...now.waiting, ...now.rows], waiting: [] } : now))
  }, [])

  const reload = useCallback(() => setAttempt((count) => count + 1), [])
  return { state, loadMore, showWaiting, reload }
}

function request(filters: Filters): URLSearchParams {
  const query = toRequest(filters)
  query.set('limit', String(PAGE_SIZE))
  return query
}

/** The newest page, seen again: known rows are brought up to date in place, unknown ones come on top. */
function merged(state: ListState & { kind: 'shown' }, page: readonly RecordingFacts[]): ListState {
  const byId = new Map(page.map((row) => [row.id, row]))
  const known = new Set(state.rows.map((row) => row.id))
  const fresh = page.filter((row) => !known.has(row.id))
  const rows = state.rows.map((row) => byId.get(row.id) ?? row)
  if (scrollY < NEAR_TOP_PX) return { ...state, rows: [...fresh, ...rows], waiting: [] }
  return { ...state, rows, waiting: fresh }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
