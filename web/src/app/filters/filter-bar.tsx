// The filters as a sentence: "Recordings of anyone from the last 7 days, who visited /cart and with at least 3 rage clicks". Each part
// is a button that opens its fields.

import type { ComponentChildren } from 'preact'
import { Icon } from '../../ui/icons'
import { AddPart } from './add-part'
import type { CollectionNames } from './collection-names'
import { anyFilter, isJoinable, NO_FILTERS, ORDER_NAMES, ORDERS, type Filters, type OrderName, type Part } from './part'
import { PartEditor } from './part-editors'
import { PopoverButton } from './popover'
import { TimeEditor } from './time-editor'
import { timeWords, wordsOf } from './words'

/** What the server said of a part, by its place; of the time under `time`. */
export type Refusals = ReadonlyMap<number | 'time', string>

interface Props {
  readonly filters: Filters
  readonly refusals: Refusals
  readonly collections: CollectionNames
  /** "Recordings", unless the list is one of something else. */
  readonly subject?: string
  readonly onChange: (filters: Filters) => void
  /** Stands at the end: what can be done with the filters. */
  readonly children?: ComponentChildren
}

export function FilterBar({ filters, refusals, collections, subject = 'Recordings', onChange, children }: Props) {
  const { parts } = filters
  const setPart = (at: number, part: Part): void => onChange({ ...filters, parts: parts.map((one, place) => (place === at ? part : one)) })
  const remove = (at: number): void => onChange({ ...filters, parts: parts.filter((_, place) => place !== at) })
  const add = (part: Part): void => onChange({ ...filters, parts: [...parts, part] })
  const shared = { collections, refusals, setPart, remove }
  const placed = parts.map((part, at) => ({ part, at }))
  // Whose they are has a place of its own, unless it is one of several ways to match.
  const who = placed.find(({ part }) => part.kind === 'person')
  const first = filters.match === 'all' ? who : undefined
  const others = placed.filter((one) => one !== first)
  // What always holds stands before what is joined.
  const always = others.filter(({ part }) => !isJoinable(part))
  const joined = others.filter(({ part }) => isJoinable(part))
  const togglesMatch = parts.filter(isJoinable).length > 1
  return (
    <div class="sentence" role="search" aria-label="Filter recordings">
      <span class="said">{subject}</span>
      {!who && <Anyone collections={collections} onDone={add} />}
      {first && <PartButton {...shared} {...first} />}
      <PopoverButton
        class="part"
        label="When they began"
        isInvalid={refusals.has('time')}
        content={(close) => (
          <TimeEditor
            time={filters}
            refusal={refusals.get('time')}
            onDone={(time) => {
              onChange({ ...filters, ...time })
              close()
            }}
          />
        )}
      >
        <Said {...timeWords(filters)} />
      </PopoverButton>
      {always.map((one) => (
        <PartButton key={one.at} {...shared} {...one} />
      ))}
      {joined.map((one, number) => (
        <span class="joined" key={one.at}>
          {(number > 0 || (first && togglesMatch)) && <Joint filters={filters} onChange={onChange} />}
          <PartButton {...shared} {...one} />
        </span>
      ))}
      <PopoverButton
        class="part is-add"
        label="Add a filter"
        title="Add a filter ( / )"
        content={(close) => (
          <AddPart
            collections={collections}
            onDone={(part) => {
              add(part)
              close()
            }}
          />
        )}
      >
        {parts.length === 0 ? 'with …' : filters.match === 'any' ? 'or …' : 'and …'}
      </PopoverButton>
      <OrderButton order={filters.order} onChange={(order) => onChange({ ...filters, order })} />
      <span class="sentence-end">
        {anyFilter(filters) && (
          <button type="button" class="button is-quiet" onClick={() => onChange({ ...NO_FILTERS, order: filters.order })}>
            Clear
          </button>
        )}
        {children}
      </span>
      <RefusalList {...{ parts, refusals, collections }} />
    </div>
  )
}

function Said({ lead, what }: { lead: string; what: string }) {
  return (
    <>
      {lead !== '' && <span class="part-lead">{lead} </span>}
      <b>{what}</b>
    </>
  )
}

function Anyone({ collections, onDone }: { collections: CollectionNames; onDone: (part: Part) => void }) {
  return (
    <PopoverButton
      class="part"
      label="Whose they are"
      content={(close) => (
        <PartEditor
          part={{ kind: 'person', text: '' }}
          collections={collections}
          onDone={(part) => {
            onDone(part)
            close()
          }}
        />
      )}
    >
      <Said lead="of" what="anyone" />
    </PopoverButton>
  )
}

interface PartButtonProps {
  readonly part: Part
  readonly at: number
  readonly collections: CollectionNames
  readonly refusals: Refusals
  readonly setPart: (at: number, part: Part) => void
  readonly remove: (at: number) => void
}

function PartButton({ part, at, collections, refusals, setPart, remove }: PartButtonProps) {
  const words = wordsOf(part, (id) => nameOf(collections, id))
  const text = `${words.lead} ${words.what}`.trim()
  return (
    <span class="part-group">
      <PopoverButton
        class="part"
        label={text}
        title={text}
        isInvalid={refusals.has(at)}
        content={(close) => (
          <PartEditor
            part={part}
            collections={collections}
            refusal={refusals.get(at)}
            onDone={(changed) => {
              setPart(at, changed)
              close()
            }}
            onRemove={() => {
              close()
              remove(at)
            }}
          />
        )}
      >
        <Said {...words} />
      </PopoverButton>
      <button type="button" class="part-remove" aria-label={`Remove: ${text}`} title="Remove" onClick={() => remove(at)}>
        <Icon name="close" />
      </button>
    </span>
  )
}

/** Between two parts: the choice between all and any. */
function Joint({ filters, onChange }: { filters: Filters; onChange: (filters: Filters) => void }) {
  const isAny = filters.match === 'any'
  const word = isAny ? 'or' : 'and'
  return (
    <button
      type="button"
      class="joint"
      title={isAny ? 'One of them is enough. Change: all must be so' : 'All must be so. Change: one of them is enough'}
      aria-label={isAny ? 'or: one of them is enough' : 'and: all must be so'}
      onClick={() => onChange({ ...filters, match: isAny ? 'all' : 'any' })}
    >
      {word}
    </button>
  )
}

function OrderButton({ order, onChange }: { order: OrderName; onChange: (order: OrderName) => void }) {
  return (
    <PopoverButton
      class="part"
      label="Order"
      content={(close) => (
        <div class="part-editor">
          <div class="part-list">
            {ORDER_NAMES.map((name) => (
              <button
                key={name}
                type="button"
                class="part-option"
                aria-pressed={name === order}
                onClick={() => {
                  onChange(name)
                  close()
                }}
              >
                {ORDERS[name].words[0]?.toUpperCase()}
                {ORDERS[name].words.slice(1)}
              </button>
            ))}
          </div>
        </div>
      )}
    >
      <Said lead="" what={ORDERS[order].words} />
    </PopoverButton>
  )
}

function RefusalList({ parts, refusals, collections }: { parts: readonly Part[]; refusals: Refusals; collections: CollectionNames }) {
  if (refusals.size === 0) return null
  return (
    <ul class="sentence-refusals" role="alert">
      {[...refusals].map(([at, message]) => {
        const part = at === 'time' ? undefined : parts[at]
        const { lead, what } = part ? wordsOf(part, (id) => nameOf(collections, id)) : { lead: 'the', what: 'time' }
        return (
          <li key={at}>
            <Icon name="error" /> <b>{`${lead} ${what}`.trim()}</b>: {message}
          </li>
        )
      })}
    </ul>
  )
}

function nameOf(collections: CollectionNames, id: string): string | undefined {
  return collections?.find((collection) => collection.id === id)?.name
}
