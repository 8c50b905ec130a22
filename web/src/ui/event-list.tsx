// What happened, in step with the playhead.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { isError, type Entry } from '../format/entry'
import type { Player } from '../player/player'
import { pathOf, shortAddress } from './addresses'
import { Icon, type IconName } from './icons'
import { clockTime } from './times'
import { usePlayerChanges, usePlayhead } from './use-player'
import { useVisibleRows } from './use-visible-rows'

const ROW_HEIGHT = 34
/** After the reader has scrolled, the list stays where it is for so long. */
const HANDS_OFF_MS = 5000

const GROUPS = {
  all: { label: 'All', has: () => true },
  actions: { label: 'Actions', has: (entry: Entry) => entry.kind === 'click' || entry.kind === 'input' },
  pages: { label: 'Pages', has: (entry: Entry) => entry.kind === 'page' },
  errors: { label: 'Errors', has: (entry: Entry) => isError(entry) || (entry.kind === 'request' && entry.failed) },
  console: { label: 'Console', has: (entry: Entry) => entry.kind === 'console' },
  network: { label: 'Network', has: (entry: Entry) => entry.kind === 'request' },
  custom: { label: 'Events', has: (entry: Entry) => entry.kind === 'custom' || entry.kind === 'captured' || entry.kind === 'exception' },
} as const

type Group = keyof typeof GROUPS

export function EventList({ player }: { player: Player }) {
  usePlayerChanges(player)
  const [group, setGroup] = useState<Group>('all')
  const [search, setSearch] = useState('')
  const [selected, setSelected] = useState<Entry>()
  const all = player.recording?.entryList() ?? NONE
  const shown = useMemo(() => select(all, group, search), [all, group, search])
  const counts = useMemo(() => countGroups(all), [all])
  return (
    <section class="events" aria-label="Events">
      <div class="events-filter">
        <label class="text-filter">
          <Icon name="search" />
          <input
            class="control"
            type="search"
            placeholder="Search events"
            aria-label="Search events"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
          />
        </label>
        <div class="groups" role="group" aria-label="Kinds of events">
          {groupNames().filter((name) => name === 'all' || counts[name] > 0).map((name) => (
            <button type="button" key={name} class="chip is-small" aria-pressed={group === name} onClick={() => setGroup(name)}>
              {GROUPS[name].label}
              {name !== 'all' && <span class={name === 'errors' ? 'count error-text' : 'count'}>{counts[name]}</span>}
            </button>
          ))}
        </div>
      </div>
      <Rows player={player} entries={shown} selected={selected} onSelect={setSelected} />
      {shown.length === 0 && (
        <p class="nothing">{all.length > 0 ? 'No event fits.' : player.recording?.coverage.isComplete ? 'No events in this recording.' : 'Loading…'}</p>
      )}
      {selected && <Detail entry={selected} onClose={() => setSelected(undefined)} />}
    </section>
  )
}

const NONE: readonly Entry[] = []

interface RowsProps {
  readonly player: Player
  readonly entries: readonly Entry[]
  readonly selected: Entry | undefined
  readonly onSelect: (entry: Entry) => void
}

function Rows({ player, entries, selected, onSelect }: RowsProps) {
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
                <Icon name={iconOf(entry)} />
                <span class="event-text">{titleOf(entry)}</span>
              </button>
            </li>
          )
        })}
      </ol>
    </div>
  )
}

function Detail({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const { heading, body } = detailOf(entry)
  return (
    <div class="event-detail">
      <div class="event-detail-head">
        <Icon name={iconOf(entry)} />
        <strong>{heading}</strong>
        <span class="event-time">{clockTime(entry.timestamp)}</span>
        <button type="button" class="icon-button" aria-label="Close details" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {body && <pre tabIndex={0}>{body}</pre>}
    </div>
  )
}

function groupNames(): Group[] {
  return Object.keys(GROUPS) as Group[] // the object's own keys, written above
}

function countGroups(entries: readonly Entry[]): Record<Group, number> {
  const counts: Record<Group, number> = { all: 0, actions: 0, pages: 0, errors: 0, console: 0, network: 0, custom: 0 }
  for (const entry of entries) {
    for (const name of groupNames()) if (GROUPS[name].has(entry)) counts[name] += 1
  }
  return counts
}

function select(entries: readonly Entry[], group: Group, search: string): readonly Entry[] {
  const words = search.trim().toLowerCase()
  if (group === 'all' && words === '') return entries
  return entries.filter((entry) => {
    if (!GROUPS[group].has(entry)) return false
    if (words === '') return true
    const { heading, body } = detailOf(entry)
    return `${titleOf(entry)} ${heading} ${body}`.toLowerCase().includes(words)
  })
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

function iconOf(entry: Entry): IconName {
  switch (entry.kind) {
    case 'click':
    case 'input':
    case 'page':
    case 'request':
    case 'captured':
    case 'custom':
      return entry.kind
    case 'console':
      return entry.level === 'error' ? 'error' : 'console'
    case 'exception':
      return 'error'
    default:
      return entry satisfies never
  }
}

function titleOf(entry: Entry): string {
  switch (entry.kind) {
    case 'click': {
      const action = { click: 'Clicked', 'double click': 'Double-clicked', 'right click': 'Right-clicked', tap: 'Tapped' }[entry.action]
      return entry.target ? `${action} “${entry.target}”` : action
    }
    case 'input':
      return entry.text ? `Typed ${quoted(entry.text)}${entry.target ? ` into ${entry.target}` : ''}` : `Emptied ${entry.target || 'a field'}`
    case 'page':
      return pathOf(entry.href)
    case 'console':
    case 'exception':
      return entry.text
    case 'request':
      return `${entry.method} ${pathOf(entry.url)} ${entry.status || ''}`
    case 'captured':
      return entry.name
    case 'custom':
      return CUSTOM_TITLES[entry.tag] ?? entry.tag
    default:
      return entry satisfies never
  }
}

const CUSTOM_TITLES: Record<string, string | undefined> = {
  sessionIdle: 'Visitor went idle',
  sessionNoLongerIdle: 'Visitor came back',
  'window hidden': 'Window hidden',
  'window visible': 'Window visible again',
  'browser offline': 'Browser went offline',
  'browser online': 'Browser is online again',
  'recording paused': 'Recording paused by a rule',
  'recording resumed': 'Recording resumed',
  $session_id_change: 'A new recording begins',
  $session_ending: 'Session ends',
  $session_starting: 'Session starts',
}

function quoted(text: string): string {
  return /^\*+$/.test(text) ? text.slice(0, 12) : `“${text}”`
}

function detailOf(entry: Entry): { heading: string; body: string } {
  switch (entry.kind) {
    case 'click':
      return { heading: entry.action, body: entry.target }
    case 'input':
      return { heading: `Input into ${entry.target || 'a field'}`, body: entry.text }
    case 'page':
      return { heading: 'Page', body: entry.href }
    case 'console':
      return { heading: `console.${entry.level}`, body: [entry.text, entry.detail].filter(Boolean).join('\n\n') }
    case 'exception':
      return { heading: 'Exception', body: [entry.text, entry.detail].filter(Boolean).join('\n\n') }
    case 'request':
      return {
        heading: `${entry.method} ${shortAddress(entry.url)}`,
        body: `${entry.url}\nstatus ${entry.status || 'unknown'}, ${entry.milliseconds} ms`,
      }
    case 'captured':
      return { heading: entry.name, body: entry.detail }
    case 'custom':
      return { heading: entry.tag, body: entry.detail }
    default:
      return entry satisfies never
  }
}
