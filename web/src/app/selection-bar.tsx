// What can be done with the rows that are chosen.

import { useState } from 'preact/hooks'
import { messageOf } from '../format/failures'
import { removeFromCollection } from '../sources/collections'
import { deleteRecordings, markViewed } from '../sources/list'
import { Icon } from '../ui/icons'
import { counted, number } from '../ui/times'
import { AddToCollection } from './add-to-collection'
import { PopoverButton } from './filters/popover'
import { Question } from './question'
import type { RowPages } from './row-pages'
import type { Selection } from './selection'

interface Props {
  readonly selection: Selection
  readonly pages: RowPages
  /** The collection that the list is one of. */
  readonly collection?: string | undefined
  /** Rows are gone. */
  readonly onGone: () => void
}

export function SelectionBar({ selection, pages, collection, onGone }: Props) {
  const [said, setSaid] = useState<string>()
  const [asking, setAsking] = useState(false)
  const [gone, setGone] = useState(0)
  const ids = [...selection.ids]
  const what = counted(ids.length, 'recording')
  const run = async (done: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
      setSaid(done)
    } catch (error) {
      setSaid(messageOf(error))
    }
  }
  const mark = (viewed: boolean): void =>
    void run(viewed ? 'Marked as watched' : 'Marked as not watched', async () => {
      await markViewed(ids, viewed)
      pages.update((row) => (selection.has(row.id) && row.viewed !== viewed ? { ...row, viewed } : row))
    })
  if (ids.length === 0) return null
  return (
    <div class="selection-bar card" role="region" aria-label="Selected recordings">
      <span class="selection-count">
        <b>{number(ids.length)}</b> selected
      </span>
      <PopoverButton
        class="button"
        label="Add to a collection"
        content={(close) => (
          <AddToCollection
            recordings={ids}
            onDone={({ name }) => {
              setSaid(`Added to “${name}”`)
              close()
            }}
          />
        )}
      >
        Add to collection
      </PopoverButton>
      {collection !== undefined && (
        <button
          type="button"
          class="button"
          onClick={() =>
            void run('Taken out', async () => {
              await removeFromCollection(collection, ids)
              selection.clear()
              onGone()
            })
          }
        >
          Take out
        </button>
      )}
      <button type="button" class="button" onClick={() => mark(true)}>
        Mark as watched
      </button>
      <button type="button" class="button wide-only" onClick={() => mark(false)}>
        Mark as not watched
      </button>
      <button type="button" class="button is-danger" onClick={() => setAsking(true)}>
        Delete…
      </button>
      <button type="button" class="icon-button" aria-label="Select none" title="Select none (Escape)" onClick={selection.clear}>
        <Icon name="close" />
      </button>
      <span class="selection-said" role="status">
        {said}
      </span>
      {asking && (
        <Question
          title={`Delete ${what} for good?`}
          act={`Delete ${what}`}
          isDangerous
          onClose={() => setAsking(false)}
          onAct={async () => {
            const left = await deleteRecordings(ids, setGone)
            if (left > 0) throw new Error(`${counted(left, 'recording')} could not be deleted yet. They are hidden, and go as soon as the store allows it.`)
            selection.clear()
            onGone()
          }}
        >
          <p>All bytes go from the store, with comments, shares and places in collections. Nobody can bring them back.</p>
          {gone > 0 && gone < ids.length && (
            <p class="hint" role="status">
              {number(gone)} of {number(ids.length)} are gone.
            </p>
          )}
        </Question>
      )}
    </div>
  )
}
