// The list's state: what is open of it, and what came since, asked for again while the page is looked at.

import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { asError } from '../format/failures'
import type { ListSource } from '../sources/list'
import { openRowPages, PAGE_SIZE, type RowPages } from './row-pages'

const REFRESH_MS = 8000
/** Above this the list does not move under the reader: new recordings wait behind a button. */
const NEAR_TOP_PX = 240

export type ListState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: Error }
  | {
      readonly kind: 'shown'
      readonly pages: RowPages
      /** How many are newer than what is shown; `many`: so many that only another look at the whole list can tell. */
      readonly waiting: number | 'many'
    }

export interface Recordings {
  readonly state: ListState
  readonly showWaiting: () => void
  readonly reload: () => void
}

interface Options {
  /** Two lists with the same key are the same. */
  readonly key: string
  /** What comes since is what stands first. */
  readonly isNewestFirst: boolean
  /** So many rows are taken for granted until they are counted: those that were there when one left. */
  readonly expected: number
}

export function useRecordings(source: ListSource, { key, isNewestFirst, expected }: Options): Recordings {
  const [state, setState] = useState<ListState>({ kind: 'loading' })
  const [attempt, setAttempt] = useState(0)
  const [, setChanges] = useState(0)
  const current = useRef(state)
  current.current = state
  const latest = useRef({ source, isNewestFirst, expected })
  latest.current = { source, isNewestFirst, expected }

  const reload = useCallback(() => setAttempt((count) => count + 1), [])

  // Before the page is painted: the first rows may be here already.
  useLayoutEffect(() => {
    const abort = new AbortController()
    const asked = latest.current
    let pages: RowPages | undefined
    const opened = current.current
    const known = opened.kind === 'shown' && attempt > 0 ? opened.pages.total : asked.expected
    // Keeps the old rows in place while the filter changes: less flicker than an empty page.
    if (opened.kind !== 'shown') setState({ kind: 'loading' })
    asked.source
      .page({ limit: PAGE_SIZE }, abort.signal)
      .then((first) => {
        if (abort.signal.aborted) return
        pages = openRowPages(asked.source, first, known, () => setChanges((count) => count + 1))
        setState({ kind: 'shown', pages, waiting: 0 })
      })
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setState({ kind: 'failed', error: asError(error) })
      })
    const refresh = async (): Promise<void> => {
      if (document.visibilityState !== 'visible' || current.current.kind === 'loading') return
      const newest = await asked.source.page({ limit: PAGE_SIZE }, abort.signal).catch(() => undefined)
      if (!newest || abort.signal.aborted) return
      // A list that failed or was empty begins anew.
      if (!pages || pages.total === 0) {
        if (!pages || newest.rows.length > 0) reload()
        return
      }
      const fresh = pages.merge(newest)
      if (!asked.isNewestFirst) return
      if (fresh === undefined) setState({ kind: 'shown', pages, waiting: 'many' })
      else if (fresh.length > 0 && scrollY < NEAR_TOP_PX) pages.prepend(fresh)
      else setState({ kind: 'shown', pages, waiting: fresh.length })
    }
    const timer = setInterval(() => void refresh(), REFRESH_MS)
    const onVisible = (): void => void refresh()
    document.addEventListener('visibilitychange', onVisible)
    return () => {
      abort.abort()
      pages?.close()
      clearInterval(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [key, attempt, reload])

  const showWaiting = useCallback(() => {
    scrollTo({ top: 0 })
    reload()
  }, [reload])

  return { state, showWaiting, reload }
}
