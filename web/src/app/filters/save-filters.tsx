// Saving filters under a name, and saving them again when they were changed.

import { useState } from 'preact/hooks'
import type { Collection } from '../../format/collection'
import { messageOf } from '../../format/failures'
import { changeCollection, saveFilters } from '../../sources/collections'
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
  const attempt = async (work: () => Promise<Collection>): Promise<boolean> => {
    try {
      onSaved(await work())
      setTrouble(undefined)
      return true
    } catch (error) {
      setTrouble(messageOf(error))
      return false
    }
  }
  if (!anyFilter(filters)) return null
  const isChanged = saved !== undefined && questionOf(readSaved(saved.filters)) !== questionOf(filters)
  if (saved && !isChanged) return <span class="hint">Saved</span>
  return (
    <>
      {saved && (
        <button type="button" class="button" onClick={() => void attempt(() => changeCollection(saved.id, { filters: toParameters(filters) }))}>
          Save changes
        </button>
      )}
      <PopoverButton
        class="button is-quiet"
        label="Save as collection"
        content={(close) => (
          <NameForm
            trouble={trouble}
            onName={(name) =>
              void attempt(() => saveFilters(name, toParameters(filters))).then((isSaved) => {
                if (isSaved) close()
              })
            }
          />
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

function NameForm({ trouble, onName }: { trouble: string | undefined; onName: (name: string) => void }) {
  const [name, setName] = useState('')
  return (
    <form
      class="part-editor"
      onSubmit={(event) => {
        event.preventDefault()
        onName(name.trim())
      }}
    >
      {trouble !== undefined && (
        <p class="part-refusal" role="alert">
          {trouble}
        </p>
      )}
      <label class="part-field">
        <span>Name</span>
        <input class="control" type="text" required maxLength={400} pattern=".*\S.*" value={name} autocomplete="off" onInput={({ currentTarget }) => setName(currentTarget.value)} />
      </label>
      <p class="hint">It keeps the filters, and finds its recordings anew each time.</p>
      <div class="part-actions">
        <button type="submit" class="button is-primary">
          Save
        </button>
      </div>
    </form>
  )
}
