// The page `/recordings/:id`: the player. The page of the list shows it too, in its own place.

import { render } from 'preact'
import { useCallback, useMemo, useReducer, useState } from 'preact/hooks'
import { HttpSource } from '../sources/http'
import { fetchPerson } from '../sources/persons'
import { SourceError } from '../sources/source'
import { askForRecording, keepReady } from '../app/ask-for-recording'
import { CollectionButton } from '../app/collection-button'
import { commentsPanel } from '../app/comments-panel'
import { Downloads } from '../app/downloads'
import { LoginScreen } from '../app/login'
import { Message } from '../ui/message'
import { PlayerPage } from '../app/player-page'
import { RecordingKeeping } from '../app/recording-keeping'
import { ShareButton } from '../app/share-dialog'
import { useNeighbours } from '../app/neighbours'
import { useAccount } from '../app/use-account'
import { commentMarks, useComments } from '../app/use-comments'
import { Watched } from '../app/watched'
import { detailsPanel, PANELS, personPanel } from '../replay/panels'
import { CONTENT } from '../app/skip-link'
import { TopBar } from '../app/top-bar'
import type { Player } from '../player/player'
import { recordingIdOf } from './recording-id'

function refusal(error: Error) {
  if (!(error instanceof SourceError)) return undefined
  if (error.kind === 'not_logged_in') return <Refused what="login" />
  return error.kind === 'not_found' ? <Refused what="missing" /> : undefined
}

function Refused({ what }: { what: 'login' | 'missing' }) {
  return (
    <>
      <TopBar home="/" />
      {what === 'login' ? (
        <LoginScreen />
      ) : (
        <main class="list-page" id={CONTENT} tabIndex={-1}>
          <Message title="There is no such recording" icon="search">
            <p>It may have been erased, or the link is not complete.</p>
            <a class="button is-primary" href="/">
              All recordings
            </a>
          </Message>
        </main>
      )}
    </>
  )
}

const person = personPanel(fetchPerson)

function Recording({ id }: { id: string }) {
  const source = useMemo(() => new HttpSource(id), [id])
  // The picture comes first: what else the page shows is asked for when it is there.
  const [isReady, setReady] = useState(false)
  const neighbours = useNeighbours(isReady ? id : undefined)
  const { account } = useAccount(isReady)
  const [marks, countMark] = useReducer<number, void>((count) => count + 1, 0)
  const comments = useComments(id, isReady)
  const details = useMemo(
    () =>
      detailsPanel(
        <>
          <Downloads id={id} />
          <RecordingKeeping id={id} account={account} onUnmarked={countMark} />
        </>,
      ),
    [account],
  )
  const panels = useMemo(() => [...PANELS, commentsPanel(comments, account), person, details], [comments, account, details])
  const commented = useCallback((startedAt: number) => commentMarks(comments, startedAt), [comments])
  const actions = (player: Player) => (
    <>
      <Watched id={id} player={player} onMarked={countMark} />
      <CollectionButton id={id} />
      <ShareButton id={id} player={player} />
    </>
  )
  return <PlayerPage source={source} home="/" refusal={refusal} panels={panels} marks={commented} changes={marks} neighbours={neighbours} actions={actions} onReady={() => setReady(true)} />
}

/** In the place of the list that it was opened from. */
export function showRecording(id: string): (root: Element) => () => void {
  void askForRecording(id)
  return (root) => {
    document.title = 'Recording · Cassette'
    render(<Recording id={id} />, root)
    // Whoever hears the page hears that it is another one.
    document.getElementById(CONTENT)?.focus()
    return () => {
      render(null, root)
      delete window.cassette
    }
  }
}

/** Has all here that a recording needs but itself. */
export async function prepare(): Promise<void> {
  await import('../player/replayer')
  keepReady()
}

/** Its own page; the page of the list loads this script too. */
const own = document.querySelector('#app[data-page="recording"]')
if (own) {
  const id = recordingIdOf(location.pathname)
  render(id === '' ? <Refused what="missing" /> : <Recording id={id} />, own)
  // Opened in the page of the list, and then loaded anew: the way back is still one within a page.
  addEventListener('popstate', () => {
    if (recordingIdOf(location.pathname) !== id) location.reload()
  })
}
