// Chooses a collection for some recordings, or makes one. Where it is about one recording, it says which hold it already.

import { useEffect, useState } from 'preact/hooks'
import type { Collection } from '../format/collection'
import { messageOf } from '../format/failures'
import { addToCollection, createCollection, fetchCollections, removeFromCollection } from '../sources/collections'
import { Icon } from '../ui/icons'
import { counted } from '../ui/times'

interface Props {
  readonly recordings: readonly string[]
  readonly onDone: (collection: Collection) => void
  /** For one recording: collections that hold it are told apart, and choosing one takes it out. */
  readonly onTakenOut?: (collection: Collection) => void
}

/** The server is asked for a name when nobody typed for so long. */
const TYPING_MS = 200

export function AddToCollection({ recordings, onDone, onTakenOut }: Props) {
  const [search, setSearch] = useState('')
  const [collections, setCollections] = useState<readonly Collection[]>()
  const [holding, setHolding] = useState<ReadonlySet<string>>(new Set())
  const [trouble, setTrouble] = useState<string>()
  const [busy, setBusy] = useState(false)
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true)
    try {
      await work()
    } catch (error) {
      setTrouble(messageOf(error))
    }
    setBusy(false)
  }
  const name = search.trim()
  useEffect(() => {
    const aborter = new AbortController()
    const ask = async (): Promise<void> => {
      try {
        setCollections((await fetchCollections({ kind: 'collection', search: name }, aborter.signal)).collections)
        setTrouble(undefined)
      } catch (error) {
        if (!aborter.signal.aborted) setTrouble(messageOf(error))
      }
    }
    const timer = setTimeout(() => void ask(), name === '' ? 0 : TYPING_MS)
    return () => {
      clearTimeout(timer)
      aborter.abort()
    }
  }, [name])
  const [one] = recordings
  const isAboutOne = onTakenOut !== undefined && one !== undefined
  useEffect(() => {
    if (!isAboutOne) return
    void attempt(async () => {
      const { collections: holders } = await fetchCollections({ kind: 'collection', holding: one, limit: 1000 })
      setHolding(new Set(holders.map(({ id }) => id)))
    })
  }, [isAboutOne, one])
  const add = (choose: () => Collection | Promise<Collection>): void =>
    void attempt(async () => {
      const chosen = await choose()
      await addToCollection(chosen.id, recordings)
      onDone(chosen)
    })
  const takeOut = (collection: Collection): void =>
    void attempt(async () => {
      await removeFromCollection(collection.id, recordings)
      setHolding((now) => new Set([...now].filter((id) => id !== collection.id)))
      onTakenOut?.(collection)
    })
  // What the server has not answered yet is sorted out here.
  const found = (collections ?? []).filter((collection) => collection.name.toLowerCase().includes(name.toLowerCase()))
  const isNew = name !== '' && !found.some((collection) => collection.name === name)
  return (
    <form
      class="part-editor"
      onSubmit={(event) => {
        event.preventDefault()
        const [only] = found
        if (isNew) add(() => createCollection(name))
        else if (only && !holding.has(only.id)) add(() => only)
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
          <button
            key={collection.id}
            type="button"
            class="part-option"
            disabled={busy}
            title={holding.has(collection.id) ? `It is in “${collection.name}”. Take it out` : undefined}
            aria-pressed={isAboutOne ? holding.has(collection.id) : undefined}
            onClick={() => (holding.has(collection.id) ? takeOut(collection) : add(() => collection))}
          >
            {holding.has(collection.id) && <Icon name="check" />}
            <span class="part-option-name">{collection.name}</span>
            {collection.count !== undefined && <span class="hint">{counted(collection.count, 'recording')}</span>}
          </button>
        ))}
      </div>
      {collections?.length === 0 && name === '' && <p class="hint">There is no collection yet. Write a name to make one.</p>}
    </form>
  )
}
