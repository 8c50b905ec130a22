// Entries as rows, in step with the playhead. One row has the keyboard's focus: the arrow keys move it, and Enter opens what
// it stands on and goes there.

import type { JSX } from 'preact'
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { isFailure, type Entry } from '../format/entry'
import type { Player } from '../player/player'
import { clockTime } from '../ui/times'
import { momentTitle } from './moment-title'
import { usePlayhead } from './use-player'
import { useVisibleRows } from '../ui/use-visible-rows'

const ROW_HEIGHT = 34
/** After the reader has scrolled, the list stays where it is for so long. */
const HANDS_OFF_MS = 5000

/** The time that the rows at hand span, in milliseconds since the recording's start. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

interface Props {
  readonly player: Player
  readonly entries: readonly Entry[]
  readonly selected: Entry | undefined
  /** Undefined closes what was opened. */
  readonly onSelect: (entry: Entry | undefined) => void
  /** What stands in a row behind its time. */
  readonly row: (entry: Entry, range: TimeRange) => JSX.Element
  /** What stands over the rows and moves with them. */
  readonly head?: (range: TimeRange) => JSX.Element
}

export function EntryRows({ player, entries, selected, onSelect, row, head }: Props) {
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const { first, last } = useVisibleRows(list, scroller, ROW_HEIGHT, entries.length)
  const [current, setCurrent] = useState(-1)
  const touched = useRef(-Infinity)
  const focus = useRovingFocus(scroller, list, entries.length)
  usePlayhead(
    player,
    useCallback((position: number) => setCurrent(lastUntil(entries, position)), [entries]),
  )
  useEffect(() => {
    const box = scroller.current
    if (!box || current < 0 || performance.now() - touched.current < HANDS_OFF_MS) return
    const top = current * ROW_HEIGHT
    const isInView = top >= box.scrollTop + ROW_HEIGHT && top <= box.scrollTop + box.clientHeight - 3 * ROW_HEIGHT
    if (!isInView) box.scrollTop = top - box.clientHeight / 2
  }, [current, entries])
  useEffect(() => {
    const box = scroller.current
    const place = selected ? entries.indexOf(selected) : -1
    if (!box || place === -1) return
    // What was opened takes room from the rows, and more when it has been read: the one that it belongs to stays in view.
    const observer = new ResizeObserver(() => {
      const bottom = (place + 2) * ROW_HEIGHT
      if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight
    })
    observer.observe(box)
    return () => observer.disconnect()
  }, [selected])
  useFocusBack(list, entries, selected)
  const touch = (): void => {
    touched.current = performance.now()
  }
  const shown = entries.slice(first, last)
  const range = rangeOf(shown)
  const focusable = focus.place >= first && focus.place < last ? focus.place : first
  return (
    <div
      class="events-scroller"
      ref={scroller}
      onWheel={touch}
      onTouchMove={touch}
      onPointerDown={touch}
      onKeyDown={(event) => {
        touch()
        if (event.key === 'Escape' && selected) onSelect(undefined)
        focus.press(event)
      }}
    >
      {head && shown.length > 0 && head(range)}
      <ol class="rows" ref={list} style={`height:${entries.length * ROW_HEIGHT}px`}>
        {shown.map((entry, index) => {
          const place = first + index
          return (
            <li key={place} class="row-place" style={`top:${place * ROW_HEIGHT}px;height:${ROW_HEIGHT}px`}>
              <button
                type="button"
                class={classOf(entry, place, current, entry === selected)}
                aria-current={place === current ? 'time' : undefined}
                aria-expanded={entry === selected}
                tabIndex={place === focusable ? 0 : -1}
                data-place={place}
                onFocus={() => focus.moveTo(place)}
                onClick={() => {
                  onSelect(entry)
                  void player.jump(Math.max(0, entry.timestamp))
                }}
              >
                <span class="event-time" title={momentTitle(player, entry.timestamp)}>
                  {clockTime(entry.timestamp)}
                </span>
                {row(entry, range)}
              </button>
            </li>
          )
        })}
      </ol>
    </div>
  )
}

/** One row can be reached by Tab; the arrow keys take the focus from row to row, also to those that are not drawn yet. */
function useRovingFocus(scroller: { readonly current: HTMLElement | null }, list: { readonly current: HTMLElement | null }, count: number) {
  const [place, moveTo] = useState(0)
  const wanted = useRef<number | undefined>(undefined)
  useLayoutEffect(() => {
    const row = wanted.current === undefined ? undefined : list.current?.querySelector<HTMLElement>(`[data-place="${wanted.current}"]`)
    if (!row) return
    wanted.current = undefined
    row.focus({ preventScroll: true })
  })
  const press = (event: KeyboardEvent): void => {
    const box = scroller.current
    if (!box || count === 0 || event.ctrlKey || event.metaKey || event.altKey) return
    const page = Math.max(1, Math.floor(box.clientHeight / ROW_HEIGHT) - 1)
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + page, PageUp: place - page, Home: 0, End: count - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    const next = Math.min(count - 1, Math.max(0, to))
    const top = next * ROW_HEIGHT
    if (top < box.scrollTop) box.scrollTop = top
    else if (top + 2 * ROW_HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = top + 2 * ROW_HEIGHT - box.clientHeight
    wanted.current = next
    moveTo(next)
  }
  return { place: Math.min(place, Math.max(0, count - 1)), moveTo, press }
}

/** Who closes what was opened goes on at its row. */
function useFocusBack(list: { readonly current: HTMLElement | null }, entries: readonly Entry[], selected: Entry | undefined): void {
  const before = useRef<Entry | undefined>(undefined)
  useLayoutEffect(() => {
    const closed = selected ? undefined : before.current
    before.current = selected
    if (!closed || !list.current) return
    const { activeElement } = list.current.getRootNode() as Document | ShadowRoot // what is on a page is in one of the two
    const isLost = activeElement === null || activeElement.localName === 'body'
    if (isLost) list.current.querySelector<HTMLElement>(`[data-place="${entries.indexOf(closed)}"]`)?.focus({ preventScroll: true })
  }, [selected])
}

function rangeOf(entries: readonly Entry[]): TimeRange {
  const from = entries[0]?.timestamp ?? 0
  return { from, to: Math.max(from + 1, ...entries.map((entry) => entry.timestamp + (entry.kind === 'request' ? entry.milliseconds : 0))) }
}

function lastUntil(entries: readonly Entry[], position: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle]?.timestamp ?? Infinity) <= position) low = middle + 1
    else high = middle
  }
  return low - 1
}

function classOf(entry: Entry, place: number, current: number, isSelected: boolean): string {
  const classes = ['moment-row', 'event']
  if (isFailure(entry)) classes.push('is-error')
  else if (entry.kind === 'console' && entry.level === 'warn') classes.push('is-warning')
  if (place === current) classes.push('is-current')
  if (place > current) classes.push('is-ahead')
  if (isSelected) classes.push('is-selected')
  return classes.join(' ')
}
