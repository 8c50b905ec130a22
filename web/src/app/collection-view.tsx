// One collection: its recordings, and what can be done with the whole of it. Saved filters have no page of their own: they open the list.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Collection } from '../format/collection'
import { asError, messageOf } from '../format/failures'
import { changeCollection, fetchCollection, heldBy } from '../sources/collections'
import { isNotFound } from '../sources/source'
import { Icon } from '../ui/icons'
import { Message } from '../ui/message'
import { counted } from '../ui/times'
import { useFocusBack } from '../ui/use-focus-back'
import { CollectionShare } from './collection-share'
import { addressOf, DeleteQuestion } from './collections-list'
import { PopoverButton } from './filters/popover'
import { placeLeft } from './list-memory'
import { ListView } from './list-view'
import { LoadingRows } from './recording-list'
import { NameForm } from './name-form'
import { useRecordings } from './use-recordings'

type State = { readonly kind: 'loading' } | { readonly kind: 'failed'; readonly error: Error } | { readonly kind: 'shown'; readonly collection: Collection }

interface Props {
  readonly id: string
  readonly onError: (error: Error | undefined) => void
}

export function CollectionView({ id, onError }: Props) {
  const [state, setState] = useState<State>({ kind: 'loading' })
  const load = (): void =>
    void fetchCollection(id).then(
      (collection) => {
        if (collection.kind === 'filters') location.replace(addressOf(collection))
        else setState({ kind: 'shown', collection })
      },
      (error: unknown) => {
        const failed = asError(error)
        setState({ kind: 'failed', error: failed })
        onError(failed)
      },
    )
  useEffect(load, [id])
  switch (state.kind) {
    case 'loading':
      return <LoadingRows />
    case 'failed':
      return (
        <Message title={isNotFound(state.error) ? 'There is no such collection' : 'The collection could not be loaded'} icon="search">
          <p>{isNotFound(state.error) ? 'It may have been deleted, or the link is not complete.' : state.error.message}</p>
          <a class="button is-primary" href="/collections">
            All collections
          </a>
        </Message>
      )
    case 'shown':
      return <Shown collection={state.collection} onChange={(collection) => setState({ kind: 'shown', collection })} />
    default:
      return state satisfies never
  }
}

function Shown({ collection, onChange }: { collection: Collection; onChange: (collection: Collection) => void }) {
  const { id, name, description, pinned } = collection
  const [asking, setAsking] = useState(false)
  const source = useMemo(() => heldBy(collection), [collection.id, collection.count])
  const expected = useRef(placeLeft()?.total ?? 0)
  const recordings = useRecordings(source, { key: id, isNewestFirst: false, expected: expected.current })
  useEffect(() => {
    document.title = `${name} · Cassette`
  }, [name])
  const total = recordings.state.kind === 'shown' ? recordings.state.pages.total : undefined
  const change = async (changes: Parameters<typeof changeCollection>[1]): Promise<void> => onChange(await changeCollection(id, changes))
  return (
    <>
      <div class="list-head">
        <a class="icon-button" href="/collections" aria-label="All collections" title="All collections">
          <Icon name="back" />
        </a>
        <h1>{name}</h1>
        {total !== undefined && <span class="list-count">{counted(total, 'recording')}</span>}
        <span class="collections-tools">
          <button type="button" class="icon-button pin" aria-pressed={pinned} aria-label="Pin" title={pinned ? 'Pinned. Let it go' : 'Pin it to the top'} onClick={() => void change({ pinned: !pinned })}>
            <Icon name="captured" />
          </button>
          <PopoverButton
            class="button"
            label="Rename"
            content={(close) => (
              <NameForm
                name={name}
                act="Rename"
                onName={async (next) => {
                  await change({ name: next })
                  close()
                }}
              />
            )}
          >
            Rename
          </PopoverButton>
          <PopoverButton class="button" label="Share the collection" content={() => <CollectionShare id={id} />}>
            <Icon name="share" /> Share
          </PopoverButton>
          <button type="button" class="button is-quiet" onClick={() => setAsking(true)}>
            Delete
          </button>
        </span>
      </div>
      <Description text={description} onText={(text) => change({ description: text })} />
      <ListView
        recordings={recordings}
        origin={{ kind: 'collection', id }}
        empty={
          <Message title="Nothing is in it yet" icon="captured">
            <p>Choose recordings in the list, then “Add to collection”.</p>
            <a class="button is-primary" href="/">
              All recordings
            </a>
          </Message>
        }
      />
      {asking && <DeleteQuestion collection={collection} onClose={() => setAsking(false)} onDeleted={() => location.assign('/collections')} />}
    </>
  )
}

function Description({ text, onText }: { text: string; onText: (text: string) => Promise<void> }) {
  const [draft, setDraft] = useState<string>()
  const button = useFocusBack(draft === undefined ? undefined : 'change')('change')
  const field = useRef<HTMLTextAreaElement>(null)
  const isOpen = draft !== undefined
  useEffect(() => field.current?.focus(), [isOpen])
  const [trouble, setTrouble] = useState<string>()
  if (draft === undefined) {
    return (
      <p class="collection-description">
        {text}{' '}
        <button type="button" class="link-button" ref={button} onClick={() => setDraft(text)}>
          {text === '' ? 'Say what it is about' : 'Change'}
        </button>
      </p>
    )
  }
  const save = (): void => void onText(draft.trim()).then(() => setDraft(undefined), (error: unknown) => setTrouble(messageOf(error)))
  return (
    <form
      class="collection-description"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <textarea
        class="control"
        aria-label="What it is about"
        rows={3}
        maxLength={10_000}
        value={draft}
        ref={field}
        onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setDraft(undefined)
        }}
      />
      {trouble !== undefined && (
        <p class="part-refusal" role="alert">
          {trouble}
        </p>
      )}
      <span class="part-actions">
        <button type="button" class="button" onClick={() => setDraft(undefined)}>
          Cancel
        </button>
        <button type="submit" class="button is-primary">
          Save
        </button>
      </span>
    </form>
  )
}
