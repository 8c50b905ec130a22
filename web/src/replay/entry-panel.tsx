// All that a person did and met: clicks, typing, pages, errors, the site's own events.

import { useMemo, useState } from 'preact/hooks'
import { isFailure, type Entry } from '../format/entry'
import type { Player } from '../player/player'
import { Icon } from '../ui/icons'
import { DetailPane } from './entry-detail'
import { ALL, EntryFilter, searching, type Group } from './entry-filter'
import { EntryRows } from './entry-rows'
import { iconOf, searchedOf, titleOf } from './entry-words'
import { Nothing } from './nothing'
import { ReadOn } from './read-on'
import { useEntries } from './use-entries'

/** Pictures and style sheets would bury what the page itself asked for. */
const belongs = (entry: Entry): boolean => entry.kind !== 'request' || entry.isCall || entry.failed

const GROUPS: readonly Group[] = [
  ALL,
  { label: 'Actions', has: ({ kind }) => kind === 'click' || kind === 'input' },
  { label: 'Pages', has: ({ kind }) => kind === 'page' },
  { label: 'Errors', has: isFailure, isBad: true },
  { label: 'Events', has: ({ kind }) => kind === 'custom' || kind === 'captured' || kind === 'exception' },
]

export function EntryPanel({ player }: { player: Player }) {
  const [chosen, setChosen] = useState(0)
  const [search, setSearch] = useState('')
  const [selected, setSelected] = useState<Entry>()
  const all = useEntries(player)
  const own = useMemo(() => all.filter(belongs), [all])
  const shown = useMemo(() => {
    const { has } = GROUPS[chosen] ?? ALL
    const isFound = searching<Entry>(search, (entry) => [titleOf(entry), searchedOf(entry)])
    return own.filter((entry) => has(entry) && isFound(entry))
  }, [own, chosen, search])
  return (
    <section class="events is-all" aria-label="Events">
      <EntryFilter name="Events" groups={GROUPS} entries={own} chosen={chosen} onChoose={setChosen} search={search} onSearch={setSearch} />
      <ReadOn player={player} />
      <EntryRows
        player={player}
        entries={shown}
        selected={selected}
        onSelect={setSelected}
        row={(entry) => (
          <>
            <Icon name={iconOf(entry)} />
            <span class="event-text">{titleOf(entry)}</span>
          </>
        )}
      />
      <Nothing player={player} shown={shown.length} of={own.length}>
        No events in this recording.
      </Nothing>
      {selected && <DetailPane player={player} entry={selected} onClose={() => setSelected(undefined)} />}
    </section>
  )
}
