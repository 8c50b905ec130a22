// The page `/recordings/:id`: the player.

import { render } from 'preact'
import { HttpSource } from '../sources/http'
import { SourceError } from '../sources/source'
import { Downloads } from '../ui/downloads'
import { LoginScreen } from '../ui/login'
import { Message } from '../ui/message'
import { PlayerPage } from '../ui/player-page'
import { ShareButton } from '../ui/share-dialog'
import { TopBar } from '../ui/top-bar'

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
        <main class="list-page">
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
const id = decodeURIComponent(/^\/recordings\/([^/]+)\/?$/.exec(location.pathname)?.[1] ?? '')
const source = new HttpSource(id)
const page = id === '' ? <Refused what="missing" /> : <PlayerPage source={source} home="/" refusal={refusal} details={<Downloads id={id} />} actions={(player) => <ShareButton id={id} player={player} />} />
if (root) render(page, root)
