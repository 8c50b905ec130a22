// Which rows of a list are chosen. By their ids: a row that was let go of far away stays chosen. In another list nothing is: what one does
// not see is not to be deleted.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { RowPages } from './row-pages'

export interface Selection {
  readonly ids: ReadonlySet<string>
  has(id: string): boolean
  /** `reaches`: all rows from the one that was chosen last to this one become as this one. Rows that are not loaded are passed over. */
  toggle(index: number, reaches: boolean): void
  clear(): void
}

/** Two lists with the same key are the same. */
export function useSelection(pages: RowPages | undefined, key: string): Selection {
  const [ids, draw] = useState<ReadonlySet<string>>(() => new Set())
  // Keys come faster than rows are drawn: what is chosen is known before it is seen.
  const chosen = useRef(ids)
  const last = useRef(0)
  const current = useRef(pages)
  current.current = pages
  const choose = useCallback((next: ReadonlySet<string>): void => {
    chosen.current = next
    draw(next)
  }, [])
  useEffect(() => {
    if (chosen.current.size > 0) choose(new Set())
  }, [key, choose])
  return useMemo(
    () => ({
      ids,
      has: (id) => chosen.current.has(id),
      toggle(index, reaches) {
        const row = current.current?.rowAt(index)
        if (!row) return
        const isChosen = !chosen.current.has(row.id)
        const next = new Set(chosen.current)
        const [from, to] = reaches ? [Math.min(last.current, index), Math.max(last.current, index)] : [index, index]
        for (let at = from; at <= to; at++) {
          const id = current.current?.rowAt(at)?.id
          if (id !== undefined) next[isChosen ? 'add' : 'delete'](id)
        }
        last.current = index
        choose(next)
      },
      clear: () => choose(new Set()),
    }),
    [ids, choose],
  )
}
