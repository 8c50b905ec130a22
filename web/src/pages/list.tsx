// The page `/`: all recordings, newest first.

import { render } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import type { Account } from '../format/listing'
import { fetchAccount } from '../sources/api'
import { SourceError } from '../sources/source'
import { FilterBar } from '../ui/filter-bar'
import { anyFilter, NO_FILTERS, readFilters, toQuery, type Filters } from '../ui/filters'
import { FirstSteps } from '../ui/first-steps'
import { Icon } from '../ui/icons'
import { LoadingRows, MoreState, RecordingList } from '../ui/recording-list'
import { LoginScreen, LogOutButton } from '../ui/login'
import { Message } from '../ui/message'
import { TopBar } from '../ui/top-bar'
import { useRecordings, type Recordings } from '../ui/use-recordings'

function ListPage() {
  const [filters, setFilters] = useState(() => readFilters(location.search))
  const [account, setAccount] = useState<Account>()
  const recordings = useRecordings(filters)
  useEffect(() => {
    // Without it the empty page cannot show the snippet; the list itself says whether one is logged in.
    fetchAccount().then(setAccount, () => undefined)
  }, [])
  useEffect(() => {
    const back = (): void => setFilters(readFilters(location.search))
    addEventListener('popstate', back)
    return () => removeEventListener('popstate', back)
  }, [])
  const change = useCallback((next: Filters) => {
    const query = toQuery(next).toString()
    history.replaceState(null, '', query === '' ? '/' : `/?${query}`)
    setFilters(next)
  }, [])
  const { state } = recordings
  if (state.kind === 'failed' && state.error instanceof SourceError && state.error.kind === 'not_logged_in') {
    return (
      <>
        <TopBar home="/" />
        <LoginScreen />
      </>
    )
  }
  return (
    <>
      <TopBar home="/" last={<LogOutButton />}>
        {account?.demo && (
          <a class="button is-quiet" href="/demo/" target="_blank" rel="noopener">
            Demo shop
          </a>
        )}
      </TopBar>
      <main class="list-page">
        <div class="list-head">
          <h1>Recordings</h1>
          <FilterBar filters={filters} onChange={change} />
        </div>
        <Content recordings={recordings} filters={filters} account={account} clear={() => change(NO_FILTERS)} />
      </main>
      <footer class="page-foot">
        <span>Cassette {account?.version}</span>
        <a href="/licenses.txt">Licences</a>
      </footer>
    </>
  )
}

interface ContentProps {
  readonly recordings: Recordings
  readonly filters: Filters
  readonly account: Account | undefined
  readonly clear: () => void
}

function Content({ recordings, filters, account, clear }: ContentProps) {
  const { state, loadMore, showWaiting, reload } = recordings
  switch (state.kind) {
    case 'loading':
      return <LoadingRows />
    case 'failed':
      return (
        <Message title="The recordings could not be loaded" icon="error">
          <p>{state.error.message}</p>
          <button type="button" class="button is-primary" onClick={reload}>
            Try again
          </button>
        </Message>
      )
    case 'shown':
      if (state.rows.length === 0) return <Nothing filters={filters} account={account} clear={clear} />
      return (
        <>
          {state.waiting.length > 0 && (
            <button type="button" class="new-rows" onClick={showWaiting}>
              <Icon name="refresh" /> {state.waiting.length} new
            </button>
          )}
          <RecordingList rows={state.rows} onNearEnd={state.more === 'failed' ? ignore : loadMore} />
          <MoreState more={state.more} hasMore={state.next !== undefined} onRetry={loadMore} />
        </>
      )
    default:
      return state satisfies never
  }
}

function Nothing({ filters, account, clear }: Omit<ContentProps, 'recordings'>) {
  if (anyFilter(filters)) {
    return (
      <Message title="No recording matches" icon="search">
        <p>Nothing was recorded that fits these filters.</p>
        <button type="button" class="button is-primary" onClick={clear}>
          Clear the filters
        </button>
      </Message>
    )
  }
  return account ? <FirstSteps account={account} /> : <LoadingRows />
}

function ignore(): void {
  // A failed page is asked for again by the reader, not by scrolling.
}

const root = document.getElementById('app')
if (root) render(<ListPage />, root)
