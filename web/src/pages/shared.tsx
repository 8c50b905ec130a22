// The page of a link, `/shared/:token` and `/embedded/:token`: one recording, or the list of a collection. It ends when
// the link does.

import { render } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { RecordingFacts } from '../format/listing'
import { readShareLook, type OpenedShare, type ShareLook } from '../format/shared'
import { PANELS } from '../replay/panels'
import { openShare, ShareSource, watchShare, type Refusal } from '../sources/share'
import { SourceError } from '../sources/source'
import { Message } from '../ui/message'
import { PlayerPage } from '../app/player-page'
import { forceTheme } from '../ui/theme'
import { SharedList } from '../app/shared-list'
import { TopBar } from '../app/top-bar'
import { Unlock } from '../app/unlock'

const PATH = location.pathname.replace(/\/+$/, '')
const IS_EMBEDDED = PATH.startsWith('/embedded/')

type State =
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly share: OpenedShare; readonly look: ShareLook }
  | Refusal

function SharedPage({ isGone }: { isGone: boolean }) {
  const [state, setState] = useState<State>(isGone ? { kind: 'gone' } : { kind: 'opening' })
  const open = async (password: string | undefined): Promise<void> => {
    const answer = await openShare(PATH, password, document.referrer)
    if (!('pass' in answer)) return setState(answer)
    const look = readShareLook(answer.settings, new URLSearchParams(location.search), IS_EMBEDDED)
    if (look.theme) forceTheme(look.theme)
    setState({ kind: 'open', share: answer, look })
  }
  useEffect(() => {
    if (!isGone) void open(undefined)
  }, [])
  const pass = state.kind === 'open' ? state.share.pass : undefined
  useEffect(() => (pass === undefined ? undefined : watchShare(PATH, pass, () => setState({ kind: 'gone' }))), [pass])
  switch (state.kind) {
    case 'opening':
      return <Waiting />
    case 'open':
      return <Opened share={state.share} look={state.look} onGone={() => setState({ kind: 'gone' })} />
    case 'locked':
      return <Unlock why={state.why} onPassword={open} />
    case 'gone':
      return <Gone />
    case 'failed':
      return (
        <main class="share-gone">
          <Message title="This recording could not be opened" icon="error">
            <p>{state.why}</p>
            <button type="button" class="button is-primary" onClick={() => void open(undefined)}>
              Try again
            </button>
          </Message>
        </main>
      )
    default:
      return state satisfies never
  }
}

function Waiting() {
  return (
    <div class="share-waiting" role="status" aria-label="Opening the link">
      <span class="spinner" />
    </div>
  )
}

function Gone() {
  useEffect(() => {
    document.title = 'Not shared · Cassette'
  }, [])
  return (
    <main class="share-gone">
      <Message title="This link does not open anything" icon="link">
        <p>It may have been taken back, or have run out, or is not complete. Ask who sent it for another one.</p>
      </Message>
    </main>
  )
}

interface OpenedProps {
  readonly share: OpenedShare
  readonly look: ShareLook
  readonly onGone: () => void
}

function Opened({ share, look, onGone }: OpenedProps) {
  const [chosen, choose] = useState<RecordingFacts | undefined>(share.kind === 'recording' ? share.recordings[0] : undefined)
  const source = useMemo(() => (chosen ? new ShareSource(share, chosen) : undefined), [share, chosen])
  if (!chosen || !source) {
    return (
      <>
        {look.header && <TopBar isPlain={!look.brand} />}
        <SharedList share={share} onChoose={choose} />
      </>
    )
  }
  const back = share.kind === 'collection' ? () => choose(undefined) : undefined
  return (
    <PlayerPage
      source={source}
      panels={PANELS}
      shared={{ ...look, title: share.name || 'Recording', ...(back ? { back } : {}) }}
      refusal={(error) => (error instanceof SourceError && error.kind === 'not_logged_in' ? <Ended onGone={onGone} /> : undefined)}
    />
  )
}

/** What was open a moment ago is refused now. */
function Ended({ onGone }: { onGone: () => void }) {
  useEffect(onGone, [])
  return <Gone />
}

const root = document.getElementById('app')
if (root) render(<SharedPage isGone={root.dataset.gone !== undefined} />, root)
