// The page `/recordings/:id`: the player.

import { render } from 'preact'
import { useCallback, useMemo, useReducer, useState } from 'preact/hooks'
import { HttpSource } from '../sources/http'
import { fetchPerson } from '../sources/persons'
import { SourceError } from '../sources/source'
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

const root = document.getElementById('app')
const id = recordingIdOf(location.pathname)
const source = new HttpSource(id)
const person = personPanel(fetchPerson)

function Recording() {
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

if (root) render(id === '' ? <Refused what="missing" /> : <Recording />, root)
