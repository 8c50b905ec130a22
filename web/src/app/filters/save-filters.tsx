// Saving filters under a name, and saving them again when they were changed.

import { useState } from 'preact/hooks'
import type { Collection } from '../../format/collection'
import { messageOf } from '../../format/failures'
import { changeCollection, saveFilters } from '../../sources/collections'
import { NameForm } from '../name-form'
import { anyFilter, type Filters } from './part'
import { PopoverButton } from './popover'
import { toParameters, toRequest } from './request'
import { readSaved } from './saved'

interface Props {
  readonly filters: Filters
  /** What was opened. */
  readonly saved: Collection | undefined
  readonly onSaved: (collection: Collection) => void
}

export function SaveFilters({ filters, saved, onSaved }: Props) {
  const [trouble, setTrouble] = useState<string>()
  const saveAgain = async (collection: Collection): Promise<void> => {
    try {
      onSaved(await changeCollection(collection.id, { filters: toParameters(filters) }))
      setTrouble(undefined)
    } catch (error) {
      setTrouble(messageOf(error))
    }
  }
  if (!anyFilter(filters)) return null
  const isChanged = saved !== undefined && questionOf(readSaved(saved.filters)) !== questionOf(filters)
  if (saved && !isChanged) return <span class="hint">Saved</span>
  return (
    <>
      {saved && (
        <button type="button" class="button" onClick={() => void saveAgain(saved)}>
          Save changes
        </button>
      )}
      {trouble !== undefined && (
        <span class="error-text" role="alert">
          {trouble}
        </span>
      )}
      <PopoverButton
        class="button is-quiet"
        label="Save as collection"
        content={(close) => (
          <NameForm
            act="Save"
            onName={async (name) => {
              onSaved(await saveFilters(name, toParameters(filters)))
              close()
            }}
          >
            <p class="hint">It keeps the filters, and finds its recordings anew each time.</p>
          </NameForm>
        )}
      >
        {saved ? 'Save as another' : 'Save as collection'}
      </PopoverButton>
    </>
  )
}

/** The same for parts in another order: what was saved is kept by parameter. */
function questionOf(filters: Filters): string {
  return JSON.stringify([...toRequest(filters)].sort())
}
