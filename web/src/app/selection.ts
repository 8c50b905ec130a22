// Which rows of a list are chosen. By their ids: a row that is not here any more stays chosen.

import { useMemo, useRef, useState } from 'preact/hooks'
import type { RowPages } from './row-pages'

export interface Selection {
  readonly ids: ReadonlySet<string>
  has(id: string): boolean
  /** `reaches`: all rows from the one that was chosen last to this one become as this one. Rows that are not loaded are passed over. */
  toggle(index: number, reaches: boolean): void
  clear(): void
}

export function useSelection(pages: RowPages | undefined): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(() => new Set())
  const last = useRef(0)
  const current = useRef(pages)
  current.current = pages
  return useMemo(
    () => ({
      ids,
      has: (id) => ids.has(id),
      toggle(index, reaches) {
        const row = current.current?.rowAt(index)
        if (!row) return
        const chosen = !ids.has(row.id)
        const next = new Set(ids)
        const [from, to] = reaches ? [Math.min(last.current, index), Math.max(last.current, index)] : [index, index]
        for (let at = from; at <= to; at++) {
          const id = current.current?.rowAt(at)?.id
          if (id !== undefined) next[chosen ? 'add' : 'delete'](id)
        }
        last.current = index
        setIds(next)
      },
      clear: () => setIds(new Set()),
    }),
    [ids],
  )
}
