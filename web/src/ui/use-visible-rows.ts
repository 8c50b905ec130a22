// Which rows of a long list are worth having in the page: those in view and a few around them.

import { useEffect, useState } from 'preact/hooks'
import type { RefObject } from 'preact'

const AROUND = 4
/** At least so much of a window is above its rows. */
const ABOVE_PX = 150

export interface RowRange {
  readonly first: number
  readonly last: number
}

/** For a list that scrolls with the page (`scroller` absent) or inside an element. */
export function useVisibleRows(
  list: RefObject<HTMLElement | null>,
  scroller: RefObject<HTMLElement | null> | undefined,
  rowHeight: number,
  count: number,
): RowRange {
  // Nothing is measured yet, and what is around follows when these are on screen.
  const [range, setRange] = useState<RowRange>(() => ({ first: 0, last: Math.ceil(Math.max(rowHeight, innerHeight - ABOVE_PX) / rowHeight) }))
  useEffect(() => {
    const target: HTMLElement | Window = scroller?.current ?? window
    const measure = (): void => {
      if (!list.current) return
      const box = scroller?.current?.getBoundingClientRect()
      const top = box?.top ?? 0
      const height = box?.height ?? innerHeight
      const above = top - list.current.getBoundingClientRect().top
      const first = Math.max(0, Math.floor(above / rowHeight) - AROUND)
      const last = Math.min(count, Math.ceil((above + height) / rowHeight) + AROUND)
      setRange((now) => (now.first === first && now.last === last ? now : { first, last }))
    }
    measure()
    target.addEventListener('scroll', measure, { passive: true })
    const observer = new ResizeObserver(measure)
    observer.observe(scroller?.current ?? document.documentElement)
    return () => {
      target.removeEventListener('scroll', measure)
      observer.disconnect()
    }
  }, [rowHeight, count, list, scroller])
  return range
}
