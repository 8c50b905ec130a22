// What stands over a list of entries: a search, and chips that choose among them.

import type { ComponentChildren } from 'preact'
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
        {groups.map(({ label, has, isBad }, place) => {
          const count = place === 0 ? 0 : entries.filter(has).length
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

/** Whether the words that are searched for stand in any of these. */
export function holds(search: string, ...texts: readonly string[]): boolean {
  const words = search.trim().toLowerCase()
  return words === '' || texts.some((text) => text.toLowerCase().includes(words))
}
