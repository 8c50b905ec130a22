// The page `/api/docs`: every call of the API, read from the server's own description.

import { render } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { AppPage } from '../app/app-page'
import { OperationCard, SchemaCard } from '../app/operation'
import { useAccount } from '../app/use-account'
import { readDescription, type Description, type Operation } from '../format/openapi'
import { fetchDescription } from '../sources/account'
import { isLoggedOut } from '../sources/source'
import { Message } from '../ui/message'

type State = { kind: 'loading' } | { kind: 'failed'; error: unknown } | { kind: 'shown'; description: Description }

function ApiPage() {
  const [state, setState] = useState<State>({ kind: 'loading' })
  const { account } = useAccount()
  useEffect(() => {
    fetchDescription().then(
      (description) => setState({ kind: 'shown', description: readDescription(description) }),
      (error: unknown) => setState({ kind: 'failed', error }),
    )
  }, [])
  return (
    <AppPage class="api-page" account={account} isLoggedOut={state.kind === 'failed' && isLoggedOut(state.error)}>
      {state.kind === 'shown' && <Content description={state.description} />}
      {state.kind === 'failed' && (
        <Message title="The description could not be loaded" icon="error">
          <p>{state.error instanceof Error ? state.error.message : 'The server does not answer.'}</p>
        </Message>
      )}
    </AppPage>
  )
}

function Content({ description }: { description: Description }) {
  const [search, setSearch] = useState('')
  const shown = useMemo(() => description.operations.filter((operation) => matches(operation, search)), [description, search])
  useOpenedByAddress()
  const tags = [...new Set(shown.map((operation) => operation.tag))]
  return (
    <>
      <div class="list-head">
        <h1>API {description.version}</h1>
        <input
          class="control api-search"
          type="search"
          placeholder="Search calls"
          aria-label="Search calls"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <a class="button" href="/api/schema">
          OpenAPI file
        </a>
      </div>
      <p class="api-lead">
        Send a personal API key as <code>Authorization: Bearer phx_…</code>. A last slash more or less makes no difference, and{' '}
        <code>environments</code> is another name of <code>projects</code>; <code>@current</code> is your own project.
      </p>
      {tags.map((tag) => (
        <section key={tag}>
          <h2>{tag}</h2>
          {shown.filter((operation) => operation.tag === tag).map((operation) => (
            <OperationCard key={operation.id} operation={operation} />
          ))}
        </section>
      ))}
      {shown.length === 0 && <p class="api-lead">No call matches.</p>}
      {search === '' && (
        <section>
          <h2>Shapes</h2>
          {description.schemas.map((schema) => (
            <SchemaCard key={schema.name} schema={schema} />
          ))}
        </section>
      )}
    </>
  )
}

function matches(operation: Operation, search: string): boolean {
  const text = `${operation.id} ${operation.tag} ${operation.summary}`.toLowerCase()
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word))
}

/** A link to a part that is folded opens it. */
function useOpenedByAddress(): void {
  useEffect(() => {
    const open = (): void => {
      const part = document.getElementById(decodeURIComponent(location.hash.slice(1)))
      if (part instanceof HTMLDetailsElement) {
        part.open = true
        part.scrollIntoView()
      }
    }
    open()
    addEventListener('hashchange', open)
    return () => removeEventListener('hashchange', open)
  }, [])
}

const root = document.getElementById('app')
if (root) render(<ApiPage />, root)
