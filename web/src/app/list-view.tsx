// A list of recordings as a page shows it: on its way, failed, empty, or its rows with what can be done to them.

import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { Icon } from '../ui/icons'
import { Message } from '../ui/message'
import type { OrderName } from './filters/part'
import { lastOpened, leavePlace, placeLeft, rememberOpened, type ListOrigin } from './list-memory'
import { LoadingRows, RecordingList } from './recording-list'
import type { RowPages } from './row-pages'
import { SelectionBar } from './selection-bar'
import { useSelection } from './selection'
import type { Recordings } from './use-recordings'

interface Props {
  readonly recordings: Recordings
  readonly origin: ListOrigin
  readonly order?: OrderName
  readonly onOrder?: (order: OrderName) => void
  /** In place of a list without rows. */
  readonly empty: ComponentChildren
  /** In place of "could not be loaded", where that was said elsewhere. */
  readonly failed?: ComponentChildren
}

export function ListView({ recordings, origin, order, onOrder, empty, failed }: Props) {
  const { state, showWaiting, reload } = recordings
  const pages = state.kind === 'shown' ? state.pages : undefined
  const key = JSON.stringify(origin)
  const selection = useSelection(pages, key)
  // Only who comes back wants to know.
  const opened = useMemo(() => (placeLeft() ? lastOpened(origin) : undefined), [key])
  useReturn(pages)
  switch (state.kind) {
    case 'loading':
      return <LoadingRows />
    case 'failed':
      if (failed) return <>{failed}</>
      return (
        <Message title="The recordings could not be loaded" icon="error">
          <p>{state.error.message}</p>
          <button type="button" class="button is-primary" onClick={reload}>
            Try again
          </button>
        </Message>
      )
    case 'shown':
      if (state.pages.total === 0) return <>{empty}</>
      return (
        <>
          {state.waiting !== 0 && (
            <button type="button" class="new-rows" onClick={showWaiting}>
              <Icon name="refresh" /> {state.waiting === 'many' ? 'Many' : state.waiting} new
            </button>
          )}
          <RecordingList
            // Another list begins with nothing of the one before.
            key={key}
            pages={state.pages}
            selection={selection}
            lastOpened={opened}
            onOpen={(index, row) => {
              rememberOpened(origin, state.pages, index, row)
              leavePlace(state.pages)
            }}
            order={order}
            onOrder={onOrder}
          />
          <SelectionBar selection={selection} pages={state.pages} collection={origin.kind === 'collection' ? origin.id : undefined} onGone={reload} />
        </>
      )
    default:
      return state satisfies never
  }
}

/** Coming back, one is where one left. */
function useReturn(pages: RowPages | undefined): void {
  const place = useRef(placeLeft())
  const shown = useRef(pages)
  shown.current = pages
  useEffect(() => {
    history.scrollRestoration = 'manual'
    const leave = (): void => {
      if (shown.current) leavePlace(shown.current)
    }
    addEventListener('pagehide', leave)
    return () => removeEventListener('pagehide', leave)
  }, [])
  useLayoutEffect(() => {
    if (!pages || !place.current) return
    scrollTo({ top: place.current.top })
    place.current = undefined
  }, [pages])
}
