// Chooses a collection for some recordings, or makes one.

import { useEffect, useState } from 'preact/hooks'
import type { Collection } from '../format/collection'
import { addToCollection, createCollection, fetchCollections } from '../sources/collections'
import { Icon } from '../ui/icons'
import { counted } from '../ui/times'

interface Props {
  readonly recordings: readonly string[]
  readonly onDone: (collection: Collection) => void
}

export function AddToCollection({ recordings, onDone }: Props) {
  const [search, setSearch] = useState('')
  const [collections, setCollections] = useState<readonly Collection[]>()
  const [trouble, setTrouble] = useState<string>()
  const [busy, setBusy] = useState(false)
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true)
    try {
      await work()
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error))
    }
    setBusy(false)
  }
  useEffect(() => void attempt(async () => setCollections((await fetchCollections({ kind: 'collection' })).collections)), [])
  const add = (choose: () => Collection | Promise<Collection>): void =>
    void attempt(async () => {
      const chosen = await choose()
      await addToCollection(chosen.id, recordings)
      onDone(chosen)
    })
  const name = search.trim()
  const found = (collections ?? []).filter((collection) => collection.name.toLowerCase().includes(name.toLowerCase()))
  const isNew = name !== '' && !found.some((collection) => collection.name === name)
  return (
    <form
      class="part-editor"
      onSubmit={(event) => {
        event.preventDefault()
        const [only] = found
        if (isNew) add(() => createCollection(name))
        else if (only) add(() => only)
      }}
    >
      <input
        class="control"
        type="text"
        aria-label="Find a collection, or name a new one"
        placeholder="Find one, or name a new one"
        maxLength={400}
        value={search}
        autocomplete="off"
        onInput={({ currentTarget }) => setSearch(currentTarget.value)}
      />
      {trouble !== undefined && (
        <p class="part-refusal" role="alert">
          {trouble}
        </p>
      )}
      <div class="part-list">
        {isNew && (
          <button type="submit" class="part-option is-new" disabled={busy}>
            <Icon name="custom" /> New collection “{name}”
          </button>
        )}
        {found.map((collection) => (
          <button key={collection.id} type="button" class="part-option" disabled={busy} onClick={() => add(() => collection)}>
            <span class="part-option-name">{collection.name}</span>
            {collection.count !== undefined && <span class="hint">{counted(collection.count, 'recording')}</span>}
          </button>
        ))}
      </div>
      {collections?.length === 0 && name === '' && <p class="hint">There is no collection yet. Write a name to make one.</p>}
    </form>
  )
}
