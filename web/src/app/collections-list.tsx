// All collections and saved filters: those that are pinned first, then the last changed.

import { useCallback, useEffect, useState } from 'preact/hooks'
import type { Collection } from '../format/collection'
import { asError, messageOf } from '../format/failures'
import { changeCollection, createCollection, fetchCollections } from '../sources/collections'
import { Icon } from '../ui/icons'
import { Message } from '../ui/message'
import { counted, exactTime, relativeTime } from '../ui/times'
import { PopoverButton } from './filters/popover'
import { toQuery } from './filters/address'
import { readSaved } from './filters/saved'
import { timeWords, wordsOf } from './filters/words'
import { LoadingRows } from './recording-list'
import { NameForm } from './name-form'
import { Question } from './question'

const PAGE_SIZE = 100
const TYPING_PAUSE_MS = 250

type State =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'shown'; readonly collections: readonly Collection[]; readonly count: number }

interface Props {
  readonly onError: (error: Error | undefined) => void
}

export function CollectionsList({ onError }: Props) {
  const [search, setSearch] = useState('')
  const [state, setState] = useState<State>({ kind: 'loading' })
  const [attempt, setAttempt] = useState(0)
  const [limit, setLimit] = useState(PAGE_SIZE)
  useEffect(() => {
    const abort = new AbortController()
    const timer = setTimeout(() => {
      fetchCollections({ search: search.trim(), limit }, abort.signal).then(
        (page) => {
          setState({ kind: 'shown', ...page })
          onError(undefined)
        },
        (error: unknown) => {
          if (abort.signal.aborted) return
          const failed = asError(error)
          setState({ kind: 'failed', error: failed })
          onError(failed)
        },
      )
    }, search === '' ? 0 : TYPING_PAUSE_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [search, attempt, limit, onError])
  const reload = useCallback(() => setAttempt((count) => count + 1), [])
  return (
    <>
      <div class="list-head">
        <h1>Collections</h1>
        <span class="collections-tools">
          <label class="text-filter">
            <Icon name="search" />
            <input
              class="control"
              type="search"
              placeholder="Find a collection"
              aria-label="Find a collection"
              value={search}
              onInput={({ currentTarget }) => setSearch(currentTarget.value)}
            />
          </label>
          <PopoverButton
            class="button is-primary"
            label="New collection"
            content={() => (
              <NameForm
                act="Create"
                onName={async (name) => {
                  const made = await createCollection(name)
                  location.assign(`/collections/${made.id}`)
                }}
              />
            )}
          >
            New collection
          </PopoverButton>
        </span>
      </div>
      <Content state={state} isSearch={search.trim() !== ''} reload={reload} onMore={() => setLimit(limit + PAGE_SIZE)} />
    </>
  )
}

function Content({ state, isSearch, reload, onMore }: { state: State; isSearch: boolean; reload: () => void; onMore: () => void }) {
  switch (state.kind) {
    case 'loading':
      return <LoadingRows />
    case 'failed':
      return (
        <Message title="The collections could not be loaded" icon="error">
          <p>{state.error.message}</p>
          <button type="button" class="button is-primary" onClick={reload}>
            Try again
          </button>
        </Message>
      )
    case 'shown': {
      if (state.collections.length === 0) return isSearch ? <Message title="No collection is called so" icon="search" /> : <NoCollections />
      const pinnedFirst = [...state.collections].sort((a, b) => Number(b.pinned) - Number(a.pinned))
      return (
        <>
          <ul class="table" aria-label="Collections">
            {pinnedFirst.map((collection) => (
              <CollectionRow key={collection.id} collection={collection} onChanged={reload} />
            ))}
          </ul>
          {state.count > state.collections.length && (
            <div class="more">
              <button type="button" class="button" onClick={onMore}>
                Show more
              </button>
            </div>
          )}
        </>
      )
    }
    default:
      return state satisfies never
  }
}

function NoCollections() {
  return (
    <Message title="No collections yet" icon="captured">
      <p>Choose recordings in the list and add them to a collection, or save the filters that find them.</p>
      <a class="button is-primary" href="/">
        All recordings
      </a>
    </Message>
  )
}

export function addressOf(collection: Collection): string {
  if (collection.kind === 'collection') return `/collections/${encodeURIComponent(collection.id)}`
  const query = toQuery(readSaved(collection.filters))
  return `/?${query === '' ? '' : `${query}&`}saved=${encodeURIComponent(collection.id)}`
}

function CollectionRow({ collection, onChanged }: { collection: Collection; onChanged: () => void }) {
  const [asking, setAsking] = useState(false)
  const [trouble, setTrouble] = useState<string>()
  const { id, kind, name, pinned, changedAt } = collection
  const pin = (): void =>
    void changeCollection(id, { pinned: !pinned }).then(onChanged, (error: unknown) => setTrouble(messageOf(error)))
  return (
    <li class="collection-place">
      <button type="button" class="icon-button pin" aria-pressed={pinned} aria-label={`Pin ${name}`} title={pinned ? 'Pinned. Let it go' : 'Pin it to the top'} onClick={pin}>
        <Icon name="captured" />
      </button>
      <a class="collection-link" href={addressOf(collection)}>
        <span class="who-name">
          <span class="who-called">{name}</span>
        </span>
        <span class="first-page">
          <span class="address">{kind === 'filters' ? saidOf(collection) : collection.description || 'Recordings that were put together by hand'}</span>
        </span>
      </a>
      <span class="collection-fact">
        <span class="chip-label">{kind === 'filters' ? 'Saved filters' : 'Collection'}</span>
      </span>
      <span class="collection-fact">
        {collection.count === undefined ? 'not known' : `${counted(collection.count, 'recording')}${collection.hasMore ? ' or more' : ''}`}
        {collection.watched !== undefined && collection.watched > 0 && <span class="hint-line">{collection.watched} watched</span>}
      </span>
      <span class="collection-fact" title={exactTime(changedAt)}>
        {relativeTime(changedAt, Date.now())}
        {collection.createdBy !== '' && <span class="hint-line">by <bdi>{collection.createdBy}</bdi></span>}
      </span>
      <span class="collection-actions">
        <PopoverButton
          class="button is-quiet"
          label={`Rename ${name}`}
          content={(close) => (
            <NameForm
              name={name}
              act="Rename"
              onName={async (next) => {
                await changeCollection(id, { name: next })
                close()
                onChanged()
              }}
            />
          )}
        >
          Rename
        </PopoverButton>
        <button type="button" class="button is-quiet" aria-label={`Delete ${name}`} onClick={() => setAsking(true)}>
          Delete
        </button>
      </span>
      {trouble !== undefined && (
        <p class="part-refusal" role="alert">
          {trouble}
        </p>
      )}
      {asking && <DeleteQuestion collection={collection} onClose={() => setAsking(false)} onDeleted={onChanged} />}
    </li>
  )
}

export function DeleteQuestion({ collection, onClose, onDeleted }: { collection: Collection; onClose: () => void; onDeleted: () => void }) {
  return (
    <Question
      title={`Delete “${collection.name}”?`}
      act={collection.kind === 'filters' ? 'Delete the filters' : 'Delete the collection'}
      isDangerous
      onClose={onClose}
      onAct={async () => {
        await changeCollection(collection.id, { deleted: true })
        onDeleted()
      }}
    >
      <p>The recordings stay. A link that shares the collection opens nothing any more.</p>
    </Question>
  )
}

function saidOf({ filters }: Collection): string {
  const read = readSaved(filters)
  const said = [timeWords(read), ...read.parts.map((part) => wordsOf(part, () => undefined))]
  return `Recordings ${said.map(({ lead, what }) => `${lead} ${what}`.trim()).join(', ')}`
}
