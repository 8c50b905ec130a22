// Logging in and out.

import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../format/failures'
import { fetchProviderName, logIn, logOut, providerAddress } from '../sources/account'
import { Icon, Mark } from '../ui/icons'
import { CONTENT } from './skip-link'

export function LogOutButton() {
  return (
    <button
      type="button"
      class="icon-button"
      title="Log out"
      aria-label="Log out"
      onClick={() => void logOut().then(() => location.assign('/'))}
    >
      <Icon name="out" />
    </button>
  )
}

/** The login provider's name, once the server has said it. Without an answer there is a login by key and password still. */
function useProviderName(): string | undefined {
  const [name, setName] = useState<string>()
  useEffect(() => {
    const leaving = new AbortController()
    fetchProviderName(leaving.signal).then(setName, () => undefined)
    return () => leaving.abort()
  }, [])
  return name
}

export function LoginScreen() {
  const provider = useProviderName()
  const [state, setState] = useState<{ kind: 'asking' } | { kind: 'sending' } | { kind: 'refused'; why: string }>({ kind: 'asking' })
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const typed = new FormData(event.currentTarget as HTMLFormElement) // the handler is on the form
    const text = (name: string): string => String(typed.get(name) ?? '')
    setState({ kind: 'sending' })
    try {
      await logIn(text('email'), text('secret'))
      location.reload()
    } catch (error) {
      setState({ kind: 'refused', why: messageOf(error) })
    }
  }
  return (
    <main class="login" id={CONTENT} tabIndex={-1}>
      <form class="card" onSubmit={(event) => void submit(event)}>
        <Mark />
        <h1>Log in to Cassette</h1>
        <p>
          Open the link that <code>cassette serve</code> printed in the terminal. It logs this browser in.
        </p>
        {provider !== undefined && (
          <>
            <div class="divider">or</div>
            <a class="button" href={providerAddress(location)}>
              Log in with {provider}
            </a>
          </>
        )}
        <div class="divider">or</div>
        <label class="field">
          <span>E-mail address, if you have an account</span>
          <input name="email" type="email" autocomplete="username" spellcheck={false} />
        </label>
        <label class="field">
          <span>Personal API key or password</span>
          <input name="secret" type="password" autocomplete="current-password" placeholder="phx_…" required autofocus spellcheck={false} />
        </label>
        {state.kind === 'refused' && (
          <p class="refusal" role="alert">
            {state.why}
          </p>
        )}
        <button type="submit" class="button is-primary" disabled={state.kind === 'sending'}>
          {state.kind === 'sending' ? 'Logging in…' : 'Log in'}
        </button>
        <p class="hint">The key was printed when the server started for the first time and begins with “phx_”. Without an address the password is the one that the server was started with.</p>
      </form>
    </main>
  )
}
