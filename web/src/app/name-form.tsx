// Asks for a name.

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { messageOf } from '../format/failures'

interface Props {
  /** What it is called so far. */
  readonly name?: string
  /** What the button says. */
  readonly act: string
  /** What else is to be said. */
  readonly children?: ComponentChildren
  readonly onName: (name: string) => Promise<void>
}

export function NameForm({ name: given = '', act, children, onName }: Props) {
  const [name, setName] = useState(given)
  const [trouble, setTrouble] = useState<string>()
  const submit = (): void => void onName(name.trim()).catch((error: unknown) => setTrouble(messageOf(error)))
  return (
    <form
      class="part-editor"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
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
      {children}
      <div class="part-actions">
        <button type="submit" class="button is-primary">
          {act}
        </button>
      </div>
    </form>
  )
}
