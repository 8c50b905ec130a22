// A dialog that asks before something is done: it names what will happen, and says what went wrong instead.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { messageOf } from '../format/failures'

interface Props {
  readonly title: string
  readonly children?: ComponentChildren
  /** What the button says that does it. */
  readonly act: string
  readonly isDangerous?: boolean
  /** To be typed before it goes on: for what cannot be undone and concerns much. */
  readonly typed?: string | undefined
  readonly onAct: () => Promise<void>
  readonly onClose: () => void
}

export function Question({ title, children, act, isDangerous, typed, onAct, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [trouble, setTrouble] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [text, setText] = useState('')
  useEffect(() => {
    // Whoever opened it gets the focus back: the browser does that for a dialog that is closed before it is taken away.
    dialog.current?.showModal()
  }, [])
  const run = async (): Promise<void> => {
    setBusy(true)
    try {
      await onAct()
      dialog.current?.close()
    } catch (error) {
      setTrouble(messageOf(error))
      setBusy(false)
    }
  }
  return (
    <dialog class="question card" ref={dialog} aria-label={title} onClose={onClose}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault()
          void run()
        }}
      >
        <h2>{title}</h2>
        {children}
        {typed !== undefined && (
          <label class="question-typed">
            <span>Type {typed} to go on</span>
            <input class="control" value={text} autocomplete="off" spellcheck={false} onInput={({ currentTarget }) => setText(currentTarget.value)} />
          </label>
        )}
        {trouble !== undefined && (
          <p class="error-text" role="alert">
            {trouble}
          </p>
        )}
        <div class="question-actions">
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" class={isDangerous ? 'button is-danger' : 'button is-primary'} disabled={busy || (typed !== undefined && text.trim() !== typed)}>
            {act}
          </button>
        </div>
      </form>
    </dialog>
  )
}
