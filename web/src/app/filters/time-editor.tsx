// When recordings began: a stretch up to now, or between two days of the viewer's.

import { useState } from 'preact/hooks'
import { isDay, type Filters } from './part'

const PERIODS = [
  ['', 'Any time'],
  ['-1h', 'The last hour'],
  ['-24h', 'The last 24 hours'],
  ['-3d', 'The last 3 days'],
  ['-7d', 'The last 7 days'],
  ['-30d', 'The last 30 days'],
  ['-90d', 'The last 90 days'],
] as const

type Time = Pick<Filters, 'dateFrom' | 'dateTo'>

export function TimeEditor({ time, refusal, onDone }: { time: Time; refusal: string | undefined; onDone: (time: Time) => void }) {
  const [from, setFrom] = useState(isDay(time.dateFrom) ? time.dateFrom : '')
  const [to, setTo] = useState(isDay(time.dateTo) ? time.dateTo : '')
  return (
    <form
      class="part-editor"
      onSubmit={(event) => {
        event.preventDefault()
        // Whoever wrote them the wrong way round means the same.
        const [dateFrom, dateTo] = from !== '' && to !== '' && to < from ? [to, from] : [from, to]
        onDone({ dateFrom, dateTo })
      }}
    >
      {refusal !== undefined && <p class="part-refusal">{refusal}</p>}
      <div class="part-list">
        {PERIODS.map(([value, label]) => (
          <button
            key={value}
            type="button"
            class="part-option"
            aria-pressed={time.dateTo === '' && time.dateFrom === value}
            onClick={() => onDone({ dateFrom: value, dateTo: '' })}
          >
            {label}
          </button>
        ))}
      </div>
      <div class="part-line">
        <DayField label="From the day" value={from} onChange={setFrom} />
        <DayField label="To the day" value={to} onChange={setTo} />
      </div>
      <div class="part-actions">
        <button type="submit" class="button is-primary" disabled={from === '' && to === ''}>
          Apply the days
        </button>
      </div>
    </form>
  )
}

function DayField({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return (
    <label class="part-field">
      <span>{label}</span>
      <input class="control" type="date" value={value} onInput={({ currentTarget }) => onChange(currentTarget.value)} />
    </label>
  )
}
