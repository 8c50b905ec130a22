// What stands over a list of entries: a search, and chips that choose among them.

import type { ComponentChildren } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Entry } from '../format/entry'
import { Icon } from '../ui/icons'

export interface Group {
  readonly label: string
  readonly has: (entry: Entry) => boolean
  readonly isBad?: boolean
}

export const ALL: Group = { label: 'All', has: () => true }

interface Props {
  /** What the list is of: "Console". */
  readonly name: string
  /** The first one shows all. */
  readonly groups: readonly Group[]
  readonly entries: readonly Entry[]
  readonly chosen: number
  readonly onChoose: (group: number) => void
  readonly search: string
  readonly onSearch: (search: string) => void
  /** Behind the chips. */
  readonly children?: ComponentChildren
}

export function EntryFilter({ name, groups, entries, chosen, onChoose, search, onSearch, children }: Props) {
  const what = name.toLowerCase()
  const counts = useMemo(() => groups.map(({ has }, place) => (place === 0 ? 0 : entries.filter(has).length)), [groups, entries])
  return (
    <div class="events-filter">
      <label class="text-filter">
        <Icon name="search" />
        <input
          class="control"
          type="search"
          placeholder={`Search ${what}`}
          aria-label={`Search ${what}`}
          value={search}
          onInput={({ currentTarget }) => onSearch(currentTarget.value)}
        />
      </label>
      <div class="groups" role="group" aria-label={`Kinds of ${what}`}>
        {groups.map(({ label, isBad }, place) => {
          const count = counts[place] ?? 0
          if (place > 0 && count === 0 && place !== chosen) return null
          return (
            <button type="button" key={label} class="chip is-small" aria-pressed={chosen === place} onClick={() => onChoose(place)}>
              {label}
              {place > 0 && <span class={isBad ? 'count error-text' : 'count'}>{count}</span>}
            </button>
          )
        })}
        {children}
      </div>
    </div>
  )
}

/** What has the words that are searched for in one of its texts; with no words, everything, and nobody is asked for texts. */
export function searching<T>(search: string, textsOf: (item: T) => readonly string[]): (item: T) => boolean {
  const words = search.trim().toLowerCase()
  return words === '' ? () => true : (item) => textsOf(item).some((text) => text.toLowerCase().includes(words))
}
