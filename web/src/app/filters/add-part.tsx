// "and …": a list of what can be asked for, to search in, and then the fields of what was chosen.

import { useMemo, useState } from 'preact/hooks'
import type { CollectionNames } from './collection-names'
import type { Part } from './part'
import { PartEditor } from './part-editors'
import { choicesFor, type PartChoice } from './part-kinds'

interface Props {
  readonly collections: CollectionNames
  readonly onDone: (part: Part) => void
}

export function AddPart({ collections, onDone }: Props) {
  const [chosen, setChosen] = useState<PartChoice>()
  if (chosen) return <PartEditor key={chosen.label} part={chosen.part} collections={collections} onDone={onDone} />
  return <Choices onChoose={(choice) => (choice.isWhole ? onDone(choice.part) : setChosen(choice))} />
}

function Choices({ onChoose }: { onChoose: (choice: PartChoice) => void }) {
  const [search, setSearch] = useState('')
  const [at, setAt] = useState(0)
  const choices = useMemo(() => choicesFor(search), [search])
  const active = choices[Math.min(at, choices.length - 1)]
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => setAt((now) => Math.min(choices.length - 1, now + 1)),
    ArrowUp: () => setAt((now) => Math.max(0, Math.min(now, choices.length - 1) - 1)),
    Enter: () => active && onChoose(active),
  }
  return (
    <div class="part-editor">
      <input
        class="control"
        type="text"
        role="combobox"
        aria-label="What to filter by"
        aria-expanded="true"
        aria-controls="part-choices"
        aria-autocomplete="list"
        aria-activedescendant={active && optionId(active)}
        placeholder="Filter by…"
        value={search}
        spellcheck={false}
        autocomplete="off"
        onInput={({ currentTarget }) => {
          setSearch(currentTarget.value)
          setAt(0)
        }}
        onKeyDown={(event) => {
          const act = keys[event.key]
          if (!act) return
          event.preventDefault()
          act()
        }}
      />
      <ul class="part-list" role="listbox" id="part-choices" aria-label="What to filter by">
        {choices.map((choice) => (
          <li
            key={choice.label}
            id={optionId(choice)}
            role="option"
            class="part-option"
            aria-selected={choice === active}
            ref={(element) => {
              if (choice === active) element?.scrollIntoView({ block: 'nearest' })
            }}
            onClick={() => onChoose(choice)}
          >
            {choice.label}
          </li>
        ))}
      </ul>
      {choices.length === 0 && <p class="hint">There is no such filter. Properties of events and persons can be asked for by their names.</p>}
    </div>
  )
}

function optionId({ label }: PartChoice): string {
  return `part-${label.replace(/\W+/g, '-')}`
}
