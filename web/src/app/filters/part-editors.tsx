// What opens below a part: a few fields, for each kind its own. Nothing changes before it is applied.

import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import { Icon } from '../../ui/icons'
import { useCollectionNames, type CollectionNames } from './collection-names'
import {
  LEVELS,
  METRICS,
  NUMBER_OPERATORS,
  PAGE_OPERATORS,
  TEXT_OPERATORS,
  type Level,
  type Part,
  type PropertyTest,
} from './part'
import { isMeasured, METRIC_WORDS, NUMBER_OPERATOR_WORDS, propertyName, TEXT_OPERATOR_WORDS } from './words'

interface EditorProps<P extends Part> {
  readonly part: P
  readonly onChange: (part: P) => void
}

interface Props {
  readonly part: Part
  /** Where they are known already. */
  readonly collections: CollectionNames
  readonly onDone: (part: Part) => void
  /** Absent while it is added. */
  readonly onRemove?: () => void
  /** Why the server does not take it. */
  readonly refusal?: string | undefined
}

export function PartEditor({ part: given, collections, onDone, onRemove, refusal }: Props) {
  const [part, setPart] = useState(given)
  return (
    <form
      class="part-editor"
      onSubmit={(event) => {
        event.preventDefault()
        if (isSaid(part)) onDone(part)
      }}
    >
      {refusal !== undefined && <p class="part-refusal">{refusal}</p>}
      <Fields part={part} onChange={setPart} collections={collections} />
      <div class="part-actions">
        {onRemove && (
          <button type="button" class="button is-quiet" onClick={onRemove}>
            Remove
          </button>
        )}
        <button type="submit" class="button is-primary">
          Apply
        </button>
      </div>
    </form>
  )
}

function Fields({ part, onChange, collections }: EditorProps<Part> & { readonly collections: CollectionNames }) {
  switch (part.kind) {
    case 'person':
      return <TextField label="Their id, e-mail address or name contains" value={part.text} onChange={(text) => onChange({ ...part, text })} />
    case 'property':
      return <TestFields test={part.test} of={part.of} onChange={(test) => onChange({ ...part, test })} />
    case 'page':
      return <PageFields part={part} onChange={onChange} />
    case 'event':
      return <EventFields part={part} onChange={onChange} />
    case 'console':
      return <ConsoleFields part={part} onChange={onChange} />
    case 'number':
      return <NumberFields part={part} onChange={onChange} />
    case 'errors':
      return <p class="hint">An error in the console, or an exception that was captured.</p>
    case 'live':
      return <p class="hint">Something came in during the last five minutes.</p>
    case 'comment':
      return <TextField label="A comment on it contains" value={part.text} onChange={(text) => onChange({ ...part, text })} />
    case 'source':
      return (
        <Choice label="It comes from" value={part.source} onChange={(source) => onChange({ ...part, source })} options={[['web', 'the web'], ['mobile', 'a mobile app']]} />
      )
    case 'unwatched':
      return (
        <Choice label="Not watched" value={part.by} onChange={(by) => onChange({ ...part, by })} options={[['me', 'by me'], ['anybody', 'by anybody']]} />
      )
    case 'collection':
      return <CollectionFields part={part} onChange={onChange} collections={collections} />
    case 'other':
      return (
        <>
          <p class="hint">A filter of {part.parameter} that was saved elsewhere. It is kept as it is.</p>
          <pre class="part-json">{JSON.stringify(part.filter, null, 2)}</pre>
        </>
      )
    default:
      return part satisfies never
  }
}

/** Whether nothing is missing from it. */
function isSaid(part: Part): boolean {
  switch (part.kind) {
    case 'person':
    case 'page':
    case 'comment':
      return part.text.trim() !== ''
    case 'property':
      return isTestSaid(part.test)
    case 'event':
      return part.name.trim() !== '' && part.properties.every(isTestSaid)
    case 'collection':
      return part.id !== ''
    case 'number':
      return Number.isFinite(part.value)
    case 'source':
      return part.source !== ''
    case 'console':
    case 'errors':
    case 'live':
    case 'unwatched':
    case 'other':
      return true
    default:
      return part satisfies never
  }
}

function isTestSaid({ key, operator, values }: PropertyTest): boolean {
  return key.trim() !== '' && (operator === 'is_set' || operator === 'is_not_set' || values.some((value) => value !== ''))
}

function PageFields({ part, onChange }: EditorProps<Part & { kind: 'page' }>) {
  return (
    <>
      <Choice
        label="The address of a page"
        value={part.operator}
        onChange={(operator) => onChange({ ...part, operator })}
        options={PAGE_OPERATORS.map((operator) => [operator, operator === 'not_icontains' ? 'never contains' : TEXT_OPERATOR_WORDS[operator]])}
      />
      <TextField label="Text" placeholder={part.operator === 'regex' ? '/products/[0-9]+' : '/cart'} value={part.text} onChange={(text) => onChange({ ...part, text })} />
    </>
  )
}

function ConsoleFields({ part, onChange }: EditorProps<Part & { kind: 'console' }>) {
  const words = { error: 'An error', warn: 'A warning', log: 'A message' } as const
  return (
    <>
      <Choice<Level | ''>
        label="Level"
        value={part.level ?? ''}
        onChange={(level) => onChange({ ...part, level: level === '' ? undefined : level })}
        options={[['', 'Any line'], ...LEVELS.map((level) => [level, words[level]] as const)]}
      />
      <TextField label="It says (empty: anything)" isOptional value={part.text} onChange={(text) => onChange({ ...part, text })} />
    </>
  )
}

const UNITS = [
  ['1', 'seconds'],
  ['60', 'minutes'],
  ['3600', 'hours'],
] as const

function NumberFields({ part, onChange }: EditorProps<Part & { kind: 'number' }>) {
  const measured = isMeasured(part.metric)
  const [unit, setUnit] = useState<string>(() => (measured && part.value >= 60 && part.value % 60 === 0 ? (part.value % 3600 === 0 ? '3600' : '60') : '1'))
  const size = measured ? Number(unit) : 1
  return (
    <>
      <Choice
        label="What"
        value={part.metric}
        onChange={(metric) => onChange({ ...part, metric })}
        options={METRICS.map((metric) => [metric, METRIC_WORDS[metric][1]])}
      />
      <div class="part-line">
        <Choice
          label="How many"
          value={part.operator}
          onChange={(operator) => onChange({ ...part, operator })}
          options={NUMBER_OPERATORS.map((operator) => [operator, NUMBER_OPERATOR_WORDS[operator]])}
        />
        <label class="part-field">
          <span>Number</span>
          <input
            class="control"
            type="number"
            min="0"
            step="any"
            required
            value={Number.isFinite(part.value) ? part.value / size : ''}
            onInput={({ currentTarget }) => onChange({ ...part, value: currentTarget.value === '' ? NaN : Number(currentTarget.value) * size })}
          />
        </label>
        {measured && (
          <Choice
            label="Unit"
            value={unit}
            onChange={(next) => {
              setUnit(next)
              onChange({ ...part, value: (part.value / size) * Number(next) })
            }}
            options={UNITS}
          />
        )}
      </div>
    </>
  )
}

const KNOWN_EVENTS = ['$pageview', '$pageleave', '$autocapture', '$rageclick', '$dead_click', '$exception', '$identify', '$set', '$web_vitals', '$feature_flag_called']

function EventFields({ part, onChange }: EditorProps<Part & { kind: 'event' }>) {
  const { properties } = part
  const set = (at: number, test: PropertyTest | undefined): void =>
    onChange({ ...part, properties: properties.flatMap((one, place) => (place === at ? (test ?? []) : one)) })
  return (
    <>
      <TextField label="Name of the event" placeholder="$pageview" value={part.name} known={KNOWN_EVENTS} onChange={(name) => onChange({ ...part, name })} />
      {properties.map((test, at) => (
        <fieldset class="part-test" key={at}>
          <legend>and of the same event</legend>
          <TestFields test={test} of="event" onChange={(changed) => set(at, changed)} />
          <button type="button" class="icon-button" aria-label={`Remove the property ${test.key}`} onClick={() => set(at, undefined)}>
            <Icon name="close" />
          </button>
        </fieldset>
      ))}
      <button type="button" class="button is-quiet part-more" onClick={() => onChange({ ...part, properties: [...properties, { key: '', operator: 'exact', values: [] }] })}>
        Ask for a property of it
      </button>
    </>
  )
}

const KNOWN_PROPERTIES = {
  person: ['email', 'name', 'distinct_id', '$browser', '$os', '$geoip_country_code', '$initial_referring_domain'],
  event: ['$browser', '$os', '$device_type', '$geoip_country_code', '$current_url', '$host', '$referring_domain', '$screen_width', '$lib_version'],
} as const

function TestFields({ test, of, onChange }: { readonly test: PropertyTest; readonly of: 'person' | 'event'; readonly onChange: (test: PropertyTest) => void }) {
  const isBare = test.operator === 'is_set' || test.operator === 'is_not_set'
  const isListed = test.operator === 'exact' || test.operator === 'is_not'
  // Written as typed: a comma that is not yet followed by anything is not taken away again.
  const [text, setText] = useState(() => test.values.map((value) => (isListed ? value.replace(/,/g, '\\,') : value)).join(', '))
  const write = (typed: string, listed: boolean): void => {
    setText(typed)
    onChange({ ...test, values: listed ? listedIn(typed) : [typed.trim()] })
  }
  return (
    <>
      <TextField
        label={of === 'person' ? 'Property of the person' : 'Property of an event'}
        value={test.key}
        known={KNOWN_PROPERTIES[of]}
        says={propertyName(test.key) === test.key ? undefined : propertyName(test.key)}
        onChange={(key) => onChange({ ...test, key: key.trim() })}
      />
      <div class="part-line">
        <Choice
          label="How"
          value={test.operator}
          onChange={(operator) => onChange({ ...test, operator, values: operator === 'exact' || operator === 'is_not' ? listedIn(text) : [text.trim()] })}
          options={TEXT_OPERATORS.map((operator) => [operator, TEXT_OPERATOR_WORDS[operator]])}
        />
        {!isBare && <TextField label={isListed ? 'Value (or a, b)' : 'Value'} value={text} onChange={(typed) => write(typed, isListed)} />}
      </div>
    </>
  )
}

/** Texts between commas; a comma after a backslash is part of a text. */
function listedIn(text: string): string[] {
  return (text.match(/(?:\\,|[^,])+/g) ?? [])
    .map((one) => one.replace(/\\,/g, ',').trim())
    .filter((one) => one !== '')
}

function CollectionFields({ part, onChange, collections: known }: EditorProps<Part & { kind: 'collection' }> & { readonly collections: CollectionNames }) {
  const own = useCollectionNames(known === undefined)
  const collections = known ?? own
  if (collections === undefined) return <p class="hint">Loading the collections…</p>
  if (collections.length === 0) return <p class="hint">There is no collection yet.</p>
  return (
    <div class="part-line">
      <Choice label="It is" value={part.isNot ? 'not' : 'in'} onChange={(way) => onChange({ ...part, isNot: way === 'not' })} options={[['in', 'in'], ['not', 'not in']]} />
      <Choice
        label="The collection"
        value={part.id}
        onChange={(id) => onChange({ ...part, id })}
        options={[...(part.id === '' ? [['', 'Choose…'] as const] : []), ...collections.map(({ id, name }) => [id, name] as const)]}
      />
    </div>
  )
}

interface TextFieldProps {
  readonly label: string
  readonly value: string
  readonly placeholder?: string
  readonly known?: readonly string[]
  /** What the value means, in words. */
  readonly says?: string | undefined
  readonly isOptional?: boolean
  readonly onChange: (value: string) => void
}

function TextField({ label, value, placeholder, known, says, isOptional, onChange }: TextFieldProps) {
  const list = useId()
  return (
    <label class="part-field">
      <span>{label}{says !== undefined && `: ${says}`}</span>
      <input
        class="control"
        type="text"
        value={value}
        placeholder={placeholder}
        required={!isOptional}
        spellcheck={false}
        autocomplete="off"
        {...(known && { list })}
        onInput={({ currentTarget }) => onChange(currentTarget.value)}
      />
      {known && (
        <datalist id={list}>
          {known.map((one) => (
            <option key={one} value={one}>
              {propertyName(one)}
            </option>
          ))}
        </datalist>
      )}
    </label>
  )
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly (readonly [value: T, label: ComponentChildren])[]
  readonly onChange: (value: T) => void
}

export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <label class="part-field">
      <span>{label}</span>
      <select
        class="control"
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = options[currentTarget.selectedIndex]?.[0]
          if (chosen !== undefined) onChange(chosen)
        }}
      >
        {options.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
