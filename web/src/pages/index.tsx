// The page `/`: all recordings, or those that the filters in the address find; `saved` names the collection that keeps these filters.

import { render } from 'preact'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { AppPage } from '../app/app-page'
import { readFilters, toQuery } from '../app/filters/address'
import { useCollectionNames } from '../app/filters/collection-names'
import { FilterBar } from '../app/filters/filter-bar'
import { anyFilter, NO_FILTERS, type Filters } from '../app/filters/part'
import { useRefusals } from '../app/filters/refusals'
import { toRequest } from '../app/filters/request'
import { SaveFilters } from '../app/filters/save-filters'
import { FirstSteps } from '../app/first-steps'
import { placeLeft } from '../app/list-memory'
import { ListView } from '../app/list-view'
import { LoadingRows } from '../app/recording-list'
import { useAccount } from '../app/use-account'
import { useRecordings, type Recordings } from '../app/use-recordings'
import type { Collection } from '../format/collection'
import { fetchCollection } from '../sources/collections'
import { earlyAnswers } from '../sources/early'
import { foundBy } from '../sources/list'
import { isLoggedOut } from '../sources/source'
import { Message } from '../ui/message'
import { number } from '../ui/times'
import { showListAndWhatItOpens } from './opened-here'

/** So long the page stays empty rather than show for a moment that it waits for its rows. */
const EARLY_MS = 50

function ListPage() {
  const [{ filters, savedId }, setAddress] = useState(readAddress)
  // Without it the empty page cannot show the snippet; the list itself says whether one is logged in.
  const { account } = useAccount()
  const query = toRequest(filters).toString()
  const source = useMemo(() => foundBy(new URLSearchParams(query)), [query])
  const expected = useRef(placeLeft()?.total ?? 0)
  const recordings = useRecordings(source, { key: query, isNewestFirst: filters.order === 'newest', expected: expected.current })
  const { state } = recordings
  const error = state.kind === 'failed' ? state.error : undefined
  const refusals = useRefusals(filters, error)
  const [saved, setSaved] = useSaved(savedId)
  const collections = useCollectionNames(filters.parts.some(({ kind }) => kind === 'collection'))
  useEffect(() => {
    const back = (): void => {
      // Else a recording takes the place of the list.
      if (location.pathname === '/') setAddress(readAddress())
    }
    addEventListener('popstate', back)
    return () => removeEventListener('popstate', back)
  }, [])
  const change = useCallback((next: Filters, of: string | undefined) => {
    // Other rows: where one was among these says nothing of them.
    expected.current = 0
    const search = [toQuery(next), ...(of === undefined ? [] : [`saved=${encodeURIComponent(of)}`])].filter(Boolean).join('&')
    history.replaceState(null, '', search === '' ? '/' : `/?${search}`)
    setAddress({ filters: next, savedId: of })
  }, [])
  useSlash()
  const demo = account?.demo && (
    <a class="button is-quiet wide-only" href="/demo/" target="_blank" rel="noopener">
      Demo shop
    </a>
  )
  const clear = (): void => change({ ...NO_FILTERS, order: filters.order }, undefined)
  return (
    <AppPage class="list-page" current="Recordings" account={account} isLoggedOut={isLoggedOut(error)} actions={demo}>
      <div class="list-head">
        <h1>{saved?.name ?? 'Recordings'}</h1>
        <Count recordings={recordings} />
      </div>
      <FilterBar
        filters={filters}
        refusals={refusals}
        collections={collections}
        // Without filters it is no longer what was saved.
        onChange={(next) => change(next, anyFilter(next) ? savedId : undefined)}
      >
        <SaveFilters
          filters={filters}
          saved={saved}
          onSaved={(collection) => {
            setSaved(collection)
            change(filters, collection.id)
          }}
        />
      </FilterBar>
      <ListView
        recordings={recordings}
        origin={{ kind: 'found', query }}
        order={filters.order}
        onOrder={(order) => change({ ...filters, order }, savedId)}
        empty={anyFilter(filters) ? <NothingMatches clear={clear} /> : account ? <FirstSteps account={account} /> : <LoadingRows />}
        failed={refusals.size > 0 && <Refused clear={clear} />}
      />
    </AppPage>
  )
}

function readAddress(): { readonly filters: Filters; readonly savedId: string | undefined } {
  return { filters: readFilters(location.search), savedId: new URLSearchParams(location.search).get('saved') ?? undefined }
}

function Count({ recordings: { state } }: { recordings: Recordings }) {
  if (state.kind !== 'shown' || !state.pages.isCounted || state.pages.total === 0) return null
  return (
    <span class="list-count" role="status">
      {number(state.pages.total)}
    </span>
  )
}

/** The collection that is open. One that is gone leaves its filters. */
function useSaved(id: string | undefined) {
  const [saved, setSaved] = useState<Collection>()
  useEffect(() => {
    if (id === undefined) setSaved(undefined)
    else fetchCollection(id).then(setSaved, () => setSaved(undefined))
  }, [id])
  useEffect(() => {
    document.title = `${saved?.name ?? 'Recordings'} · Cassette`
  }, [saved?.name])
  return [saved?.id === id ? saved : undefined, setSaved] as const
}

/** The slash key opens what adds a filter. */
function useSlash(): void {
  useEffect(() => {
    const slash = (event: KeyboardEvent): void => {
      const [target] = event.composedPath()
      const isTyping = target instanceof HTMLInputElement && target.type !== 'checkbox'
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping || target instanceof HTMLSelectElement) return
      event.preventDefault()
      document.querySelector<HTMLElement>('.sentence .is-add')?.click()
    }
    addEventListener('keydown', slash)
    return () => removeEventListener('keydown', slash)
  }, [])
}

function NothingMatches({ clear }: { clear: () => void }) {
  return (
    <Message title="No recording matches" icon="search">
      <p>Nothing was recorded that fits these filters.</p>
      <button type="button" class="button is-primary" onClick={clear}>
        Clear the filters
      </button>
    </Message>
  )
}

function Refused({ clear }: { clear: () => void }) {
  return (
    <Message title="The server does not take these filters" icon="error">
      <p>What is wrong is said above. Change that part, or take it out.</p>
      <button type="button" class="button" onClick={clear}>
        Clear the filters
      </button>
    </Message>
  )
}

function showList(root: Element): () => void {
  render(<ListPage />, root)
  return () => render(null, root)
}

await earlyAnswers(EARLY_MS)
const root = document.getElementById('app')
if (root) showListAndWhatItOpens(root, showList)
