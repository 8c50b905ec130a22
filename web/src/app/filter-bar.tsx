import { useEffect, useRef, useState } from 'preact/hooks'
import { anyFilter, isDay, NO_FILTERS, type Filters } from './filters'
import { Icon, type IconName } from '../ui/icons'

const TYPING_PAUSE_MS = 300

const PERIODS = [
  { value: '', label: 'Any time' },
  { value: '-1h', label: 'Last hour' },
  { value: '-24h', label: 'Last 24 hours' },
  { value: '-3d', label: 'Last 3 days' },
  { value: '-7d', label: 'Last 7 days' },
  { value: '-30d', label: 'Last 30 days' },
] as const

interface Props {
  readonly filters: Filters
  readonly onChange: (filters: Filters) => void
}

export function FilterBar({ filters, onChange }: Props) {
  const change = (part: Partial<Filters>): void => onChange({ ...filters, ...part })
  return (
    <form class="filters" role="search" aria-label="Filter recordings" onSubmit={(event) => event.preventDefault()}>
      <PeriodFilter filters={filters} change={change} />
      <TextFilter label="Person" icon="search" value={filters.person} onChange={(person) => change({ person })} />
      <TextFilter label="Page visited" icon="page" value={filters.page} onChange={(page) => change({ page })} />
      <Toggle label="With errors" pressed={filters.errors} onChange={(errors) => change({ errors })} />
      <Toggle label="Live now" pressed={filters.live} onChange={(live) => change({ live })} />
      {anyFilter(filters) && (
        <button type="button" class="button is-quiet" onClick={() => onChange(NO_FILTERS)}>
          Clear
        </button>
      )}
    </form>
  )
}

function PeriodFilter({ filters, change }: { filters: Filters; change: (part: Partial<Filters>) => void }) {
  const isPeriod = filters.dateTo === '' && PERIODS.some((period) => period.value === filters.dateFrom)
  const [custom, setCustom] = useState(!isPeriod)
  const shown = custom || !isPeriod
  useEffect(() => {
    if (filters.dateFrom === '' && filters.dateTo === '') setCustom(false)
  }, [filters.dateFrom, filters.dateTo])
  return (
    <div class="period">
      <select
        class="control"
        aria-label="When"
        value={shown ? 'custom' : filters.dateFrom}
        onChange={({ currentTarget: { value } }) => {
          setCustom(value === 'custom')
          if (value !== 'custom') change({ dateFrom: value, dateTo: '' })
        }}
      >
        {PERIODS.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        <option value="custom">Between two days…</option>
      </select>
      {shown && (
        <>
          <DayInput label="From" value={filters.dateFrom} onChange={(dateFrom) => change({ dateFrom })} />
          <DayInput label="To" value={filters.dateTo} onChange={(dateTo) => change({ dateTo })} />
        </>
      )}
    </div>
  )
}

function DayInput({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <input
      class="control"
      type="date"
      aria-label={label}
      title={label}
      value={isDay(value) ? value : ''}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  )
}

function TextFilter(props: { label: string; icon: IconName; value: string; onChange: (value: string) => void }) {
  const { label, icon, value, onChange } = props
  const [text, setText] = useState(value)
  const sent = useRef(value)
  useEffect(() => {
    // Changed from outside, by going back or clearing.
    if (value !== sent.current) setText(value)
    sent.current = value
  }, [value])
  useEffect(() => {
    if (text === sent.current) return
    const timer = setTimeout(() => {
      sent.current = text
      onChange(text)
    }, TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  }, [text, onChange])
  return (
    <label class="text-filter">
      <Icon name={icon} />
      <input
        class="control"
        type="search"
        placeholder={label}
        aria-label={label}
        value={text}
        spellcheck={false}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
    </label>
  )
}

function Toggle({ label, pressed, onChange }: { label: string; pressed: boolean; onChange: (pressed: boolean) => void }) {
  return (
    <button type="button" class="chip" aria-pressed={pressed} onClick={() => onChange(!pressed)}>
      {label}
    </button>
  )
}
