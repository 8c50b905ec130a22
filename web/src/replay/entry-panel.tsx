// One panel of entries: a search, chips that choose among them, the rows, and the one that was opened.

import { useMemo, useState } from 'preact/hooks'
import type { Entry } from '../format/entry'
import type { Player } from '../player/player'
import { EntryRows } from './entry-rows'
import type { EntryView } from './entry-views'
import { detailOf, iconOf, titleOf } from './entry-words'
import { ReadOn } from './read-on'
import { Icon } from '../ui/icons'
import { clockTime } from '../ui/times'
import { usePlayerChanges } from './use-player'

const NONE: readonly Entry[] = []

export function EntryPanel({ player, view }: { player: Player; view: EntryView }) {
  usePlayerChanges(player)
  const [chosen, setChosen] = useState(0)
  const [search, setSearch] = useState('')
  const [selected, setSelected] = useState<Entry>()
  const all = player.recording?.entryList() ?? NONE
  const own = useMemo(() => all.filter(view.has), [all, view])
  const counts = useMemo(() => view.groups.map(({ has }) => own.filter(has).length), [own, view])
  const shown = useMemo(() => select(own, view.groups[chosen]?.has, search), [own, view, chosen, search])
  return (
    <section class={`events ${view.className}`} aria-label={view.name}>
      <div class="events-filter">
        <label class="text-filter">
          <Icon name="search" />
          <input
            class="control"
            type="search"
            placeholder={`Search ${view.name.toLowerCase()}`}
            aria-label={`Search ${view.name.toLowerCase()}`}
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
          />
        </label>
        <div class="groups" role="group" aria-label={`Kinds of ${view.name.toLowerCase()}`}>
          {view.groups.map(({ label, isBad }, place) => {
            const count = counts[place] ?? 0
            if (place > 0 && count === 0 && place !== chosen) return null
            return (
              <button type="button" key={label} class="chip is-small" aria-pressed={chosen === place} onClick={() => setChosen(place)}>
                {label}
                {place > 0 && <span class={isBad ? 'count error-text' : 'count'}>{count}</span>}
              </button>
            )
          })}
        </div>
      </div>
      <ReadOn player={player} />
      <EntryRows player={player} entries={shown} selected={selected} onSelect={setSelected} row={view.row} />
      {shown.length === 0 && (
        <p class="nothing">{own.length > 0 ? 'Nothing fits.' : player.recording?.isRead ? view.nothing : 'Loading…'}</p>
      )}
      {selected && <Detail entry={selected} onClose={() => setSelected(undefined)} />}
    </section>
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

function select(entries: readonly Entry[], has: ((entry: Entry) => boolean) | undefined, search: string): readonly Entry[] {
  const words = search.trim().toLowerCase()
  return entries.filter((entry) => {
    if (has && !has(entry)) return false
    if (words === '') return true
    const { heading, body } = detailOf(entry)
    return `${titleOf(entry)} ${heading} ${body}`.toLowerCase().includes(words)
  })
}
