// Who is on the site now: asked for again every few seconds. Who left stays for a moment, so that a row does not vanish from under the
// pointer.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { asError } from '../format/failures'
import type { ListRow } from '../format/list-row'
import { foundBy } from '../sources/list'

const REFRESH_MS = 3000
const LEAVING_MS = 15_000
const MOST = 500

export interface Visitor {
  readonly row: ListRow
  /** When they were first not there any more, by this browser's clock. */
  readonly leftAt: number | undefined
}

export type LiveState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: Error }
  /** `isStale`: the last attempts failed, and what is shown is older than it looks. */
  | { readonly kind: 'shown'; readonly visitors: readonly Visitor[]; readonly hasMore: boolean; readonly isStale: boolean }

export function useLive(): { readonly state: LiveState; readonly reload: () => void } {
  const [state, setState] = useState<LiveState>({ kind: 'loading' })
  const [attempt, setAttempt] = useState(0)
  const current = useRef(state)
  current.current = state
  useEffect(() => {
    const abort = new AbortController()
    const source = foundBy(new URLSearchParams({ live: '1' }))
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async (): Promise<void> => {
      clearTimeout(timer)
      if (document.visibilityState === 'visible') {
        try {
          const { rows, hasNext } = await source.page({ limit: MOST }, abort.signal)
          if (abort.signal.aborted) return
          const before = current.current.kind === 'shown' ? current.current.visitors : []
          setState({ kind: 'shown', visitors: withLeaving(before, rows, Date.now()), hasMore: hasNext, isStale: false })
        } catch (error) {
          if (abort.signal.aborted) return
          const failed = asError(error)
          setState((now) => (now.kind === 'shown' ? { ...now, isStale: true } : { kind: 'failed', error: failed }))
        }
      }
      timer = setTimeout(() => void look(), REFRESH_MS)
    }
    const onVisible = (): void => void look()
    document.addEventListener('visibilitychange', onVisible)
    void look()
    return () => {
      abort.abort()
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [attempt])
  const reload = useCallback(() => {
    setState({ kind: 'loading' })
    setAttempt((count) => count + 1)
  }, [])
  return { state, reload }
}

/** Those who are there, in their order; who left keeps the place among them for a while. */
export function withLeaving(before: readonly Visitor[], now: readonly ListRow[], at: number): readonly Visitor[] {
  const here = new Set(now.map((row) => row.id))
  const leaving = before
    .map((visitor) => (here.has(visitor.row.id) ? visitor : { ...visitor, leftAt: visitor.leftAt ?? at }))
    .filter(({ row, leftAt }) => !here.has(row.id) && leftAt !== undefined && at - leftAt < LEAVING_MS)
  const staying = now.map((row): Visitor => ({ row, leftAt: undefined }))
  return [...staying, ...leaving].sort((a, b) => b.row.start - a.row.start || (a.row.id < b.row.id ? 1 : -1))
}
