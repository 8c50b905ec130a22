// The console: what the page wrote, and what it did not catch.

import { useMemo, useState } from 'preact/hooks'
import { isError, type Entry } from '../format/entry'
import type { Player } from '../player/player'
import { foldRepeats } from '../timeline/repeats'
import { DetailPane } from './entry-detail'
import { ALL, EntryFilter, searching, type Group } from './entry-filter'
import { EntryRows } from './entry-rows'
import { searchedOf, titleOf } from './entry-words'
import { Nothing } from './nothing'
import { ReadOn } from './read-on'
import { useEntries } from './use-entries'

const GROUPS: readonly Group[] = [
  ALL,
  { label: 'Errors', has: isError, isBad: true },
  { label: 'Warnings', has: (entry) => levelOf(entry) === 'warn' },
  { label: 'Info', has: (entry) => levelOf(entry) === 'info' },
  { label: 'Log', has: (entry) => levelOf(entry) === 'log' },
  { label: 'Debug', has: (entry) => levelOf(entry) === 'debug' },
]

export function ConsolePanel({ player }: { player: Player }) {
  const [chosen, setChosen] = useState(0)
  const [search, setSearch] = useState('')
  const [selected, setSelected] = useState<Entry>()
  const all = useEntries(player)
  const own = useMemo(() => all.filter(({ kind }) => kind === 'console' || kind === 'exception'), [all])
  const { entries, counts } = useMemo(() => {
    const { has } = GROUPS[chosen] ?? ALL
    const isFound = searching<Entry>(search, (entry) => [titleOf(entry), searchedOf(entry)])
    return foldRepeats(own.filter((entry) => has(entry) && isFound(entry)))
  }, [own, chosen, search])
  return (
    <section class="events is-console" aria-label="Console">
      <EntryFilter name="Console" groups={GROUPS} entries={own} chosen={chosen} onChoose={setChosen} search={search} onSearch={setSearch} />
      <ReadOn player={player} />
      <EntryRows
        player={player}
        entries={entries}
        selected={selected}
        onSelect={setSelected}
        row={(entry) => (
          <>
            <span class={`level is-${levelOf(entry)}`}>{levelOf(entry)}</span>
            <code class="event-text">{titleOf(entry)}</code>
            <Repeats count={counts.get(entry)} />
            {(entry.kind === 'console' || entry.kind === 'exception') && entry.where !== '' && <span class="event-where">{entry.where}</span>}
          </>
        )}
      />
      <Nothing player={player} shown={entries.length} of={own.length}>
        Nothing was written to the console, or the recorder was not told to record it (enable_recording_console_log).
      </Nothing>
      {selected && <DetailPane player={player} entry={selected} count={counts.get(selected) ?? 1} onClose={() => setSelected(undefined)} />}
    </section>
  )
}

function Repeats({ count }: { count: number | undefined }) {
  if (count === undefined) return null
  return (
    <span class="repeats" title={`${count} times in a row`}>
      <span aria-hidden="true">×</span>
      {count}
    </span>
  )
}

function levelOf(entry: Entry): string {
  switch (entry.kind) {
    case 'console':
      return entry.level
    case 'exception':
      return 'error'
    default:
      return 'log'
  }
}
