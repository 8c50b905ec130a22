// The network: each request at the moment at which it began, with a bar over the time that the rows in view span.

import { useMemo, useState } from 'preact/hooks'
import { REQUEST_TYPES, type Entry, type RequestContent } from '../format/entry'
import type { Player } from '../player/player'
import { pathOf } from '../ui/addresses'
import { bytes, clockTime, waited } from '../ui/times'
import { DetailPane } from './entry-detail'
import { ALL, EntryFilter, searching, type Group } from './entry-filter'
import { EntryRows, type TimeRange } from './entry-rows'
import { titleOf } from './entry-words'
import { HarButton } from './har-button'
import { Nothing } from './nothing'
import { ReadOn } from './read-on'
import { useEntries } from './use-entries'

export type RequestEntry = Entry & RequestContent

const SLOW_MS = 1000

export const isRequest = (entry: Entry): entry is RequestEntry => entry.kind === 'request'

const GROUPS: readonly Group[] = [
  ALL,
  { label: 'Failed', has: (entry) => isRequest(entry) && entry.failed, isBad: true },
  { label: 'Slow', has: (entry) => isRequest(entry) && entry.milliseconds >= SLOW_MS },
  { label: 'Calls', has: (entry) => isRequest(entry) && entry.isCall },
  { label: 'Files', has: (entry) => isRequest(entry) && !entry.isCall },
]

const STATUSES = ['2xx', '3xx', '4xx', '5xx', 'none'] as const

export function NetworkPanel({ player, recordingId }: { player: Player; recordingId: string | undefined }) {
  const [chosen, setChosen] = useState(0)
  const [search, setSearch] = useState('')
  const [type, setType] = useState('')
  const [status, setStatus] = useState('')
  const [selected, setSelected] = useState<Entry>()
  const all = useEntries(player)
  const own = useMemo(() => all.filter(isRequest), [all])
  const shown = useMemo(() => {
    const { has } = GROUPS[chosen] ?? ALL
    const isFound = searching<RequestEntry>(search, (entry) => [`${entry.method} ${entry.url}`, String(entry.status), entry.operation])
    return own.filter((entry) => has(entry) && (type === '' || entry.type === type) && (status === '' || statusClass(entry) === status) && isFound(entry))
  }, [own, chosen, search, type, status])
  const types = useMemo(() => REQUEST_TYPES.filter((one) => own.some((entry) => entry.type === one)), [own])
  const statuses = useMemo(() => STATUSES.filter((one) => own.some((entry) => statusClass(entry) === one)), [own])
  return (
    <section class="events is-network" aria-label="Network">
      <EntryFilter name="Network" groups={GROUPS} entries={own} chosen={chosen} onChoose={setChosen} search={search} onSearch={setSearch}>
        <Select label="Type" any="Any type" values={types} value={type} onChange={setType} />
        <Select label="Status" any="Any status" values={statuses} value={status} onChange={setStatus} />
        <HarButton player={player} recordingId={recordingId} requests={own} />
      </EntryFilter>
      <ReadOn player={player} />
      <EntryRows player={player} entries={shown} selected={selected} onSelect={setSelected} head={(range) => <Axis range={range} />} row={(entry, range) => <Row entry={entry} range={range} />} />
      <Nothing player={player} shown={shown.length} of={own.length}>
        No requests in this recording. Either the page made none, or the recorder was not told to record the network (capture_performance, and recordHeaders and
        recordBody for what is in them).
      </Nothing>
      {selected && <DetailPane player={player} entry={selected} onClose={() => setSelected(undefined)} />}
    </section>
  )
}

interface SelectProps {
  readonly label: string
  readonly any: string
  readonly values: readonly string[]
  readonly value: string
  readonly onChange: (value: string) => void
}

function Select({ label, any, values, value, onChange }: SelectProps) {
  if (values.length < 2) return null
  return (
    <select class="control is-small" aria-label={label} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
      <option value="">{any}</option>
      {values.map((one) => (
        <option key={one} value={one}>
          {one === 'none' ? 'no status' : one}
        </option>
      ))}
    </select>
  )
}

function statusClass({ status }: RequestContent): string {
  return status === 0 ? 'none' : `${Math.floor(status / 100)}xx`
}

function Axis({ range }: { range: TimeRange }) {
  return (
    <div class="axis" aria-hidden="true">
      <span class="axis-columns">
        <span>Status</span>
        <span>Size</span>
        <span>Time</span>
      </span>
      <span class="axis-bar">
        <span>{clockTime(range.from)}</span>
        <span>{waited(range.to - range.from)}</span>
      </span>
    </div>
  )
}

function Row({ entry, range }: { entry: Entry; range: TimeRange }) {
  if (!isRequest(entry)) return <span class="event-text">{titleOf(entry)}</span>
  const { method, url, type, status, failed, milliseconds, bytes: size, operation } = entry
  return (
    <>
      <span class="method">{method}</span>
      <span class="event-text" title={url}>
        {operation !== '' && <strong class="operation">{operation} </strong>}
        {pathOf(url)}
      </span>
      <span class="type">{type}</span>
      <span class={failed ? 'status error-text' : 'status'}>{status || (failed ? 'failed' : '–')}</span>
      <span class="size">{size === undefined ? '' : size === 0 ? 'stored' : bytes(size)}</span>
      <span class="waited">{waited(milliseconds)}</span>
      <Bar entry={entry} range={range} />
    </>
  )
}

/** Light until the first byte, full while the answer comes. */
function Bar({ entry: { timestamp, milliseconds, waited: until, failed }, range }: { entry: RequestEntry; range: TimeRange }) {
  const share = (time: number): number => (time / (range.to - range.from)) * 100
  return (
    <span class="bar" aria-hidden="true">
      <span class={failed ? 'bar-span is-failed' : 'bar-span'} style={`left:${share(timestamp - range.from)}%;width:${share(milliseconds)}%`}>
        <span class="bar-wait" style={`width:${milliseconds > 0 ? (until / milliseconds) * 100 : 100}%`} />
      </span>
    </span>
  )
}
