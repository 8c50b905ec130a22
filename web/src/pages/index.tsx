// The page `/`: all recordings, newest first.

import { render } from 'preact'
import { useCallback, useEffect, useState } from 'preact/hooks'
import { AppPage } from '../app/app-page'
import { FilterBar } from '../app/filter-bar'
import { anyFilter, NO_FILTERS, readFilters, toQuery, type Filters } from '../app/filters'
import { FirstSteps } from '../app/first-steps'
import { LoadingRows, MoreState, RecordingList } from '../app/recording-list'
import { useAccount } from '../app/use-account'
import { useRecordings, type Recordings } from '../app/use-recordings'
import type { Account } from '../format/listing'
import { isLoggedOut } from '../sources/source'
import { Icon } from '../ui/icons'
import { Message } from '../ui/message'

function ListPage() {
  const [filters, setFilters] = useState(() => readFilters(location.search))
  // Without it the empty page cannot show the snippet; the list itself says whether one is logged in.
  const { account } = useAccount()
  const recordings = useRecordings(filters)
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
  const demo = account?.demo && (
    <a class="button is-quiet" href="/demo/" target="_blank" rel="noopener">
      Demo shop
    </a>
  )
  return (
    <AppPage class="list-page" current="Recordings" account={account} isLoggedOut={state.kind === 'failed' && isLoggedOut(state.error)} actions={demo}>
      <div class="list-head">
        <h1>Recordings</h1>
        <FilterBar filters={filters} onChange={change} />
      </div>
      <Content recordings={recordings} filters={filters} account={account} clear={() => change(NO_FILTERS)} />
    </AppPage>
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
