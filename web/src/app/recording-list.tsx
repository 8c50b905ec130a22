// The rows. All have the same height, so that a hundred thousand of them are one tall box with forty in view.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { RecordingFacts } from '../format/listing'
import { shortAddress } from '../ui/addresses'
import { Icon } from '../ui/icons'
import { LiveMark } from '../ui/live-mark'
import { Avatar, personName } from '../ui/person'
import { SignalBadges } from '../ui/signal-badges'
import { clockTime, counted, duration, exactTime, number, relativeTime } from '../ui/times'
import { useMedia } from '../ui/use-media'
import { useVisibleRows } from '../ui/use-visible-rows'

const ROW_HEIGHT = 60
const NARROW_ROW_HEIGHT = 92
const LOAD_MORE_WITHIN = 15

interface Props {
  readonly rows: readonly RecordingFacts[]
  readonly onNearEnd: () => void
}

export function RecordingList({ rows, onNearEnd }: Props) {
  const narrow = useMedia('(max-width: 760px)')
  const rowHeight = narrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT
  const list = useRef<HTMLUListElement>(null)
  const { first, last } = useVisibleRows(list, undefined, rowHeight, rows.length)
  const now = useNow()
  useEffect(() => {
    if (last >= rows.length - LOAD_MORE_WITHIN) onNearEnd()
  }, [last, rows.length, onNearEnd])
  return (
    <div class="table">
      {!narrow && (
        <div class="row row-head" aria-hidden="true">
          <span>Visitor</span>
          <span>Started</span>
          <span>Length</span>
          <span class="figure">Clicks</span>
          <span class="figure">Keys</span>
          <span class="figure">Errors</span>
        </div>
      )}
      <ul class="rows" ref={list} style={`height:${rows.length * rowHeight}px`} aria-label="Recordings">
        {rows.slice(first, last).map((row, index) => (
          <li
            key={row.id}
            class="row-place"
            style={`top:${(first + index) * rowHeight}px;height:${rowHeight}px`}
            aria-setsize={rows.length}
            aria-posinset={first + index + 1}
          >
            {narrow ? <NarrowRow row={row} now={now} /> : <Row row={row} now={now} />}
          </li>
        ))}
      </ul>
    </div>
  )
}

function Row({ row, now }: { row: RecordingFacts; now: number }) {
  return (
    <a class="row" href={addressOf(row)}>
      <span class="who">
        <Avatar name={row.person} />
        <span class="who-text">
          <span class="who-name" title={row.distinctIds.join('\n')}>
            {personName(row.person)} {row.live && <LiveMark />}
            <SignalBadges counts={row.signalCounts} />
          </span>
          <FirstPage row={row} />
        </span>
      </span>
      <span class="when" title={exactTime(row.start)}>
        {relativeTime(row.start, now)}
      </span>
      <Length row={row} />
      <Figure value={row.clicks} label="clicks" />
      <Figure value={row.keys} label="key presses" />
      <Errors row={row} />
    </a>
  )
}

function NarrowRow({ row, now }: { row: RecordingFacts; now: number }) {
  const errors = row.consoleErrors + row.exceptions
  return (
    <a class="narrow-row" href={addressOf(row)}>
      <Avatar name={row.person} />
      <span class="who-text">
        <span class="who-name">
          {personName(row.person)} {row.live && <LiveMark />}
        </span>
        <FirstPage row={row} />
        <span class="narrow-facts">
          <span title={exactTime(row.start)}>{relativeTime(row.start, now)}</span>
          <span>{counted(row.clicks, 'click')}</span>
          {errors > 0 && <span class="error-text">{counted(errors, 'error')}</span>}
          <SignalBadges counts={row.signalCounts} brief />
        </span>
      </span>
      <Length row={row} />
    </a>
  )
}

function FirstPage({ row }: { row: RecordingFacts }) {
  const more = row.pages.length - 1
  return (
    <span class="first-page" title={row.pages.join('\n') || row.startUrl}>
      <span class="address">{shortAddress(row.startUrl) || (row.platform === 'mobile' ? 'Mobile app' : 'No page')}</span>
      {more > 0 && <span class="more-pages">+{more === 24 ? '24 or more' : more}</span>}
    </span>
  )
}

function Length({ row }: { row: RecordingFacts }) {
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

function Figure({ value, label }: { value: number; label: string }) {
  return (
    <span class={value === 0 ? 'figure is-zero' : 'figure'} title={`${number(value)} ${label}`}>
      {number(value)}
    </span>
  )
}

function Errors({ row }: { row: RecordingFacts }) {
  const errors = row.consoleErrors + row.exceptions
  const title = `${number(row.consoleErrors)} in the console, ${counted(row.exceptions, 'exception')}`
  return (
    <span class={errors === 0 ? 'figure is-zero' : 'figure'} title={title}>
      {errors === 0 ? '0' : <span class="error-badge">{number(errors)}</span>}
    </span>
  )
}

/** A line for each row that is to come, so that the page does not jump. */
export function LoadingRows() {
  return (
    <div class="table" aria-busy="true" aria-label="Loading recordings">
      {Array.from({ length: 9 }, (_, index) => (
        <div class="row is-loading" key={index}>
          <span class="who">
            <span class="avatar bone" />
            <span class="who-text">
              <span class="bone" style={`width:${28 + ((index * 17) % 30)}%`} />
              <span class="bone" style={`width:${45 + ((index * 23) % 40)}%`} />
            </span>
          </span>
        </div>
      ))}
    </div>
  )
}

export function MoreState({ more, hasMore, onRetry }: { more: 'idle' | 'loading' | 'failed'; hasMore: boolean; onRetry: () => void }) {
  if (more === 'failed') {
    return (
      <div class="more">
        The next recordings could not be loaded.
        <button type="button" class="button" onClick={onRetry}>
          <Icon name="refresh" /> Try again
        </button>
      </div>
    )
  }
  if (more === 'loading') return <div class="more">Loading more…</div>
  return hasMore ? (
    <div class="more">
      <button type="button" class="button" onClick={onRetry}>
        Load more
      </button>
    </div>
  ) : null
}

function addressOf(row: RecordingFacts): string {
  return `/recordings/${encodeURIComponent(row.id)}`
}

function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
