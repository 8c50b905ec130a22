// The rows. All have the same height, so that a hundred thousand of them are one tall box with forty in view; what is not loaded
// yet is a row of grey until it comes. One row is the one that keys act on; it stays in the page wherever one scrolls, so that the
// focus is never lost.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ListRow } from '../format/list-row'
import { shortAddress } from '../ui/addresses'
import { nextFrame } from '../ui/frames'
import { Icon } from '../ui/icons'
import { LiveMark } from '../ui/live-mark'
import { Avatar, personName } from '../ui/person'
import { SignalBadges } from '../ui/signal-badges'
import { clockTime, counted, duration, exactTime, number, relativeTime } from '../ui/times'
import { useMedia } from '../ui/use-media'
import { useVisibleRows } from '../ui/use-visible-rows'
import type { OrderName } from './filters/part'
import type { RowPages } from './row-pages'
import type { Selection } from './selection'

const ROW_HEIGHT = 60
const NARROW_ROW_HEIGHT = 84
/** Browsers draw nothing further down than some 17 million pixels. */
const MOST_PX = 16_000_000
/** What may cover a row at the top or the bottom of the window. */
const COVERED_PX = 64

/** When a recording began, in words. */
interface When {
  readonly ago: string
  readonly exact: string
}

/** Before there are dates. */
const UNWRITTEN: When = { ago: '', exact: '' }

interface Props {
  readonly pages: RowPages
  readonly selection: Selection
  /** The row that was opened last. */
  readonly lastOpened: string | undefined
  /** Before a row's link is followed. */
  readonly onOpen: (index: number, row: ListRow) => void
  readonly order?: OrderName | undefined
  /** Absent where the list has an order of its own. */
  readonly onOrder?: ((order: OrderName) => void) | undefined
}

export function RecordingList({ pages, selection, lastOpened, onOpen, order, onOrder }: Props) {
  const narrow = useMedia('(max-width: 760px)')
  const rowHeight = narrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT
  const reachable = Math.min(pages.total, Math.floor(MOST_PX / rowHeight))
  const list = useRef<HTMLUListElement>(null)
  const { first, last } = useVisibleRows(list, undefined, rowHeight, reachable)
  const now = useNow()
  const { active, setActive, onKeyDown, onPointerDown } = useActiveRow(list, pages, reachable, rowHeight, selection, lastOpened)
  useEffect(() => pages.want(first, Math.min(last, reachable)), [pages, first, last, reachable])
  const shown = rowsInPage(first, Math.min(last, reachable), active, reachable)
  return (
    <div class="table">
      {!narrow && <Head order={order} onOrder={onOrder} />}
      <p class="only-read" id="list-keys">
        Arrow keys move, Enter opens, Space selects, Shift and an arrow key select on. The slash key leads to the filters.
      </p>
      <ul class="rows" ref={list} style={`height:${reachable * rowHeight}px`} aria-label="Recordings" aria-describedby="list-keys" onKeyDown={onKeyDown} onPointerDown={onPointerDown}>
        {shown.map((index) => {
          const row = pages.rowAt(index)
          const place = { style: `top:${index * rowHeight}px;height:${rowHeight}px`, 'aria-setsize': pages.total, 'aria-posinset': index + 1, 'data-index': index }
          if (!row) {
            return (
              <li key={`place-${index}`} class="row-place" {...place} aria-busy={!pages.hasFailed(index)}>
                <span class="row-link row is-loading" tabIndex={index === active ? 0 : -1}>
                  {pages.hasFailed(index) ? <FailedRow onRetry={pages.retry} /> : <Bones index={index} />}
                </span>
              </li>
            )
          }
          const chosen = selection.has(row.id)
          const when = now === undefined ? UNWRITTEN : { ago: relativeTime(row.start, now), exact: exactTime(row.start) }
          return (
            <li
              key={row.id}
              class={`row-place${chosen ? ' is-chosen' : ''}${row.viewed ? ' is-viewed' : ''}${row.id === lastOpened ? ' is-last' : ''}`}
              {...place}
              onFocusCapture={() => setActive(index)}
            >
              <label class="row-check" title="Select (space)">
                <input
                  type="checkbox"
                  tabIndex={index === active ? 0 : -1}
                  checked={chosen}
                  aria-label={`Select the recording of ${personName(row.person)}, ${when.ago}`}
                  onClick={(event) => {
                    selection.toggle(index, event.shiftKey)
                  }}
                />
              </label>
              <a
                class={narrow ? 'row-link narrow-row' : 'row-link row'}
                href={`/recordings/${encodeURIComponent(row.id)}`}
                tabIndex={index === active ? 0 : -1}
                onClick={(event) => {
                  if (event.shiftKey) {
                    event.preventDefault()
                    selection.toggle(index, true)
                  } else onOpen(index, row)
                }}
                onAuxClick={() => onOpen(index, row)}
              >
                {narrow ? <NarrowCells row={row} when={when} /> : <Cells row={row} when={when} />}
              </a>
            </li>
          )
        })}
      </ul>
      {pages.total > reachable && (
        <p class="more">
          The first {number(reachable)} of {number(pages.total)} recordings. Narrow the time to see older ones.
        </p>
      )}
    </div>
  )
}

/** Those in view and around, and the one that keys act on. */
function rowsInPage(first: number, last: number, active: number, count: number): number[] {
  const shown = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at)
  if (active < first && active < count) shown.unshift(active)
  else if (active >= last && active < count) shown.push(active)
  return shown
}

function useActiveRow(
  list: { readonly current: HTMLElement | null },
  pages: RowPages,
  count: number,
  rowHeight: number,
  selection: Selection,
  lastOpened: string | undefined,
) {
  const [active, draw] = useState(() => Math.max(0, lastOpened === undefined ? 0 : pages.indexOf(lastOpened)))
  // Keys come faster than rows are drawn: where one is, is known before it is seen.
  const current = useRef(active)
  /** The focus is to be on the active row, as soon as it is there; what it does on its way says nothing of where one is. */
  const wantsFocus = useRef(false)
  const move = (index: number): void => {
    current.current = index
    draw(index)
  }
  const setActive = (index: number): void => {
    if (!wantsFocus.current) move(index)
  }
  useEffect(() => {
    if (!wantsFocus.current || active !== current.current) return
    const row = list.current?.querySelector<HTMLElement>(`[data-index="${active}"] .row-link`)
    row?.focus({ preventScroll: true })
    if (row?.tagName === 'A') wantsFocus.current = false
  })
  const go = (to: number): void => {
    const index = Math.max(0, Math.min(count - 1, to))
    wantsFocus.current = true
    move(index)
    const box = list.current?.getBoundingClientRect()
    if (!box) return
    const top = box.top + index * rowHeight
    if (top < COVERED_PX) scrollBy(0, top - COVERED_PX)
    else if (top + rowHeight > innerHeight - COVERED_PX) scrollBy(0, top + rowHeight - innerHeight + COVERED_PX)
  }
  const page = Math.max(1, Math.floor(innerHeight / rowHeight) - 3)
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -count, End: count }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const step = steps[event.key]
    const at = current.current
    if (step !== undefined) {
      event.preventDefault()
      const to = Math.max(0, Math.min(count - 1, at + step))
      const next = pages.rowAt(to)
      // Going on with Shift chooses as it goes.
      const here = pages.rowAt(at)
      if (event.shiftKey && here && !selection.has(here.id)) selection.toggle(at, false)
      if (event.shiftKey && next && !selection.has(next.id)) selection.toggle(to, true)
      go(to)
    } else if (event.key === ' ') {
      // On the box itself the browser does it.
      if (event.composedPath()[0] instanceof HTMLInputElement) return
      event.preventDefault()
      selection.toggle(at, event.shiftKey)
    } else if (event.key === 'Escape' && selection.ids.size > 0) selection.clear()
  }
  const onPointerDown = (): void => {
    wantsFocus.current = false
  }
  return { active: Math.min(active, Math.max(0, count - 1)), setActive, onKeyDown, onPointerDown }
}

function Head({ order, onOrder }: { order: OrderName | undefined; onOrder: ((order: OrderName) => void) | undefined }) {
  const heading = (name: string, by: OrderName, words: string, isFigure = false): ComponentChildren => {
    if (!onOrder) return <span class={isFigure ? 'figure' : undefined}>{name}</span>
    const isOrder = order === by || (by === 'newest' && order === 'oldest')
    const next = by === 'newest' && order === 'newest' ? 'oldest' : by
    return (
      <button type="button" class={isFigure ? 'head-order figure' : 'head-order'} aria-pressed={isOrder} title={words} onClick={() => onOrder(next)}>
        {name}
        {isOrder && <span aria-hidden="true">{order === 'oldest' ? ' ↑' : ' ↓'}</span>}
      </button>
    )
  }
  return (
    <div class="row row-head">
      <span>Visitor</span>
      {heading('Signals', 'rage', 'Most rage clicks first')}
      {heading('Started', 'newest', order === 'newest' ? 'Oldest first' : 'Newest first')}
      {heading('Length', 'longest', 'Longest first')}
      {heading('Clicks', 'clicks', 'Most clicks first', true)}
      {heading('Keys', 'keys', 'Most key presses first', true)}
      {heading('Errors', 'errors', 'Most errors first', true)}
      <span class="figure wide-cell">Pages</span>
      <span class="figure wide-cell">Windows</span>
    </div>
  )
}

interface CellProps {
  readonly row: ListRow
  readonly when: When
}

function Cells({ row, when }: CellProps) {
  return (
    <>
      <span class="who">
        <Avatar name={row.person} />
        <span class="who-text">
          <Name row={row} />
          <FirstPage row={row} />
        </span>
      </span>
      <span class="signals-cell">
        <SignalBadges counts={row.signalCounts} />
      </span>
      <span class="when" title={when.exact}>
        {when.ago}
      </span>
      <Length row={row} />
      <Figure value={row.clicks} label="clicks" />
      <Figure value={row.keys} label="key presses" />
      <Errors row={row} />
      <Figure value={row.pages.length} label="pages" isWide />
      <Figure value={row.windows} label="windows" isWide />
    </>
  )
}

function NarrowCells({ row, when }: CellProps) {
  const errors = row.consoleErrors + row.exceptions
  return (
    <>
      <span class="who-text">
        <Name row={row} />
        <FirstPage row={row} />
        <span class="narrow-facts">
          <span title={when.exact}>{when.ago}</span>
          <span>{counted(row.clicks, 'click')}</span>
          {errors > 0 && <span class="error-text">{counted(errors, 'error')}</span>}
          <SignalBadges counts={row.signalCounts} brief />
        </span>
      </span>
      <Length row={row} />
    </>
  )
}

function Name({ row }: { row: ListRow }) {
  return (
    <span class="who-name" title={row.distinctIds.join('\n')}>
      <span class="who-called">{personName(row.person)}</span> {row.live && <LiveMark />}
      {row.viewed && (
        <span class="watched" title={row.viewers.length > 0 ? `You watched it; so did ${row.viewers.join(', ')}` : 'You watched it'}>
          <Icon name="check" />
          <span class="only-read">Watched</span>
        </span>
      )}
    </span>
  )
}

function FirstPage({ row }: { row: ListRow }) {
  const more = row.pages.length - 1
  return (
    <span class="first-page" title={row.pages.join('\n') || row.startUrl}>
      <span class="address">{shortAddress(row.startUrl) || (row.platform === 'mobile' ? 'Mobile app' : 'No page')}</span>
      {more > 0 && <span class="more-pages">+{more === 24 ? '24 or more' : more}</span>}
    </span>
  )
}

function Length({ row }: { row: ListRow }) {
  const { durationSeconds: whole, activeSeconds: active } = row
  if (active === undefined) return <span class="length length-time">{clockTime(whole * 1000)}</span>
  const share = whole > 0 ? Math.min(1, active / whole) : 0
  return (
    <span class="length" title={`${duration(active * 1000)} active of ${duration(whole * 1000)}`}>
      <span class="length-time">{clockTime(whole * 1000)}</span>
      <span class="meter" aria-hidden="true">
        <span style={`width:${(share * 100).toFixed(1)}%`} />
      </span>
    </span>
  )
}

function Figure({ value, label, isWide = false }: { value: number; label: string; isWide?: boolean }) {
  return (
    <span class={`figure${value === 0 ? ' is-zero' : ''}${isWide ? ' wide-cell' : ''}`} title={`${number(value)} ${label}`}>
      {number(value)}
    </span>
  )
}

function Errors({ row }: { row: ListRow }) {
  const errors = row.consoleErrors + row.exceptions
  const title = `${number(row.consoleErrors)} in the console, ${counted(row.exceptions, 'exception')}`
  return (
    <span class={errors === 0 ? 'figure is-zero' : 'figure'} title={title}>
      {errors === 0 ? '0' : <span class="error-badge">{number(errors)}</span>}
    </span>
  )
}

function Bones({ index }: { index: number }) {
  return (
    <span class="who">
      <span class="avatar bone" />
      <span class="who-text">
        <span class="bone" style={`width:${28 + ((index * 17) % 30)}%`} />
        <span class="bone" style={`width:${45 + ((index * 23) % 40)}%`} />
      </span>
    </span>
  )
}

function FailedRow({ onRetry }: { onRetry: () => void }) {
  return (
    <span class="failed-row">
      This part of the list could not be loaded.
      <button type="button" class="button" onClick={onRetry}>
        <Icon name="refresh" /> Try again
      </button>
    </span>
  )
}

/** A line for each row that is to come, so that the page does not jump. */
export function LoadingRows() {
  return (
    <div class="table" aria-busy="true" aria-label="Loading recordings" role="status">
      {Array.from({ length: 9 }, (_, index) => (
        <div class="row is-loading" key={index}>
          <Bones index={index} />
        </div>
      ))}
    </div>
  )
}

let isUsedToDates = false

/** Undefined until the first rows are on screen: the first date that a browser writes takes it as long as all of them. */
function useNow(): number | undefined {
  const [now, setNow] = useState(() => (isUsedToDates ? Date.now() : undefined))
  useEffect(() => {
    const look = (): void => setNow(Date.now())
    if (!isUsedToDates) void nextFrame().then(look)
    isUsedToDates = true
    const timer = setInterval(look, 15_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
