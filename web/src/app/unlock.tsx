// The password of a link.

import { useState } from 'preact/hooks'
import { Mark } from '../ui/icons'

interface Props {
  /** What was wrong with the last one. */
  readonly why: string | undefined
  readonly onPassword: (password: string) => Promise<void>
}

export function Unlock({ why, onPassword }: Props) {
  const [sending, setSending] = useState(false)
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const password = new FormData(event.currentTarget as HTMLFormElement).get('password') // the handler is on the form
    setSending(true)
    await onPassword(String(password ?? ''))
    setSending(false)
  }
  return (
    <main class="login is-whole">
      <form class="card" onSubmit={(event) => void submit(event)}>
        <Mark />
        <h1>This recording has a password</h1>
        <label class="field">
          <span>Password</span>
          <input name="password" type="password" autocomplete="off" required autofocus spellcheck={false} />
        </label>
        {why !== undefined && (
          <p class="refusal" role="alert">
            {why}
          </p>
        )}
        <button type="submit" class="button is-primary" disabled={sending}>
          {sending ? 'Opening…' : 'Open'}
        </button>
        <p class="hint">Who sent the link knows it.</p>
      </form>
    </main>
  )
}
