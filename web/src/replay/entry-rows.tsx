// Entries as rows, in step with the playhead.

import type { JSX } from 'preact'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { isError, type Entry } from '../format/entry'
import type { Player } from '../player/player'
import { clockTime } from '../ui/times'
import { usePlayhead } from './use-player'
import { useVisibleRows } from '../ui/use-visible-rows'

const ROW_HEIGHT = 34
/** After the reader has scrolled, the list stays where it is for so long. */
const HANDS_OFF_MS = 5000

interface Props {
  readonly player: Player
  readonly entries: readonly Entry[]
  readonly selected: Entry | undefined
  readonly onSelect: (entry: Entry) => void
  /** What stands in a row behind its time. */
  readonly row: (entry: Entry) => JSX.Element
}

export function EntryRows({ player, entries, selected, onSelect, row }: Props) {
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const { first, last } = useVisibleRows(list, scroller, ROW_HEIGHT, entries.length)
  const [current, setCurrent] = useState(-1)
  const touched = useRef(-Infinity)
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
  const touch = (): void => {
    touched.current = performance.now()
  }
  return (
    <div class="events-scroller" ref={scroller} onWheel={touch} onTouchMove={touch} onKeyDown={touch} onPointerDown={touch}>
      <ol class="rows" ref={list} style={`height:${entries.length * ROW_HEIGHT}px`}>
        {entries.slice(first, last).map((entry, index) => {
          const place = first + index
          return (
            <li key={place} class="row-place" style={`top:${place * ROW_HEIGHT}px;height:${ROW_HEIGHT}px`}>
              <button
                type="button"
                class={classOf(entry, place, current, entry === selected)}
                aria-current={place === current ? 'time' : undefined}
                onClick={() => {
                  onSelect(entry)
                  void player.jump(Math.max(0, entry.timestamp))
                }}
              >
                <span class="event-time">{clockTime(entry.timestamp)}</span>
                {row(entry)}
              </button>
            </li>
          )
        })}
      </ol>
    </div>
  )
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
  const classes = ['event']
  if (isError(entry) || (entry.kind === 'request' && entry.failed)) classes.push('is-error')
  else if (entry.kind === 'console' && entry.level === 'warn') classes.push('is-warning')
  if (place === current) classes.push('is-current')
  if (place > current) classes.push('is-ahead')
  if (isSelected) classes.push('is-selected')
  return classes.join(' ')
}
