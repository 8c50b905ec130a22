// The page `/live`: who is on the site now. A row leads to the running recording.

import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { AppPage } from '../app/app-page'
import { FirstSteps } from '../app/first-steps'
import { LoadingRows } from '../app/recording-list'
import { useAccount } from '../app/use-account'
import { useLive, type Visitor } from '../app/use-live'
import type { Account } from '../format/listing'
import { isLoggedOut } from '../sources/source'
import { shortAddress } from '../ui/addresses'
import { LiveMark } from '../ui/live-mark'
import { Message } from '../ui/message'
import { Avatar, personName } from '../ui/person'
import { counted, duration, exactTime, number } from '../ui/times'

/** After this long without anything somebody is there and does nothing. */
const IDLE_MS = 60_000

function LivePage() {
  const { account } = useAccount()
  const { state, reload } = useLive()
  const here = state.kind === 'shown' ? state.visitors.filter(({ leftAt }) => leftAt === undefined).length : 0
  useEffect(() => {
    document.title = here > 0 ? `(${here}) Live · Cassette` : 'Live · Cassette'
  }, [here])
  const error = state.kind === 'failed' ? state.error : undefined
  return (
    <AppPage class="list-page" current="Live" account={account} isLoggedOut={isLoggedOut(error)}>
      <div class="list-head">
        <h1>On the site now</h1>
        {state.kind === 'shown' && here > 0 && (
          <span class="list-count" role="status">
            {number(here)}
            {state.hasMore && ' or more'}
            <span class="only-read"> visitors</span>
          </span>
        )}
        {state.kind === 'shown' && state.isStale && (
          <span class="error-text" role="alert">
            The server does not answer; this may be old.
          </span>
        )}
      </div>
      {state.kind === 'loading' && <LoadingRows />}
      {error && (
        <Message title="Who is there could not be found out" icon="error">
          <p>{error.message}</p>
          <button type="button" class="button is-primary" onClick={reload}>
            Try again
          </button>
        </Message>
      )}
      {state.kind === 'shown' && (state.visitors.length === 0 ? <Nobody account={account} /> : <Visitors visitors={state.visitors} />)}
    </AppPage>
  )
}

function Visitors({ visitors }: { visitors: readonly Visitor[] }) {
  const now = useSeconds()
  return (
    <div class="table live-table">
      <div class="live-row live-head" aria-hidden="true">
        <span>Visitor</span>
        <span>Here for</span>
        <span>Last activity</span>
        <span class="figure">Clicks</span>
        <span class="figure">Errors</span>
      </div>
      <ul aria-label="Visitors">
        {visitors.map((visitor) => (
          <li key={visitor.row.id} class={visitor.leftAt === undefined ? 'live-place' : 'live-place is-leaving'}>
            <VisitorRow {...visitor} now={now} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function VisitorRow({ row, leftAt, now }: Visitor & { now: number }) {
  const errors = row.consoleErrors + row.exceptions
  const idle = Math.max(0, now - row.end)
  const page = row.pages.at(-1) ?? row.startUrl
  return (
    <a class="live-row" href={`/recordings/${encodeURIComponent(row.id)}`}>
      <span class="who">
        <Avatar name={row.person} />
        <span class="who-text">
          <span class="who-name" title={row.distinctIds.join('\n')}>
            <span class="who-called">{personName(row.person)}</span>
            {leftAt === undefined ? <LiveMark /> : <span class="live-left">left</span>}
          </span>
          <span class="first-page" title={page}>
            <span class="address">{shortAddress(page) || (row.platform === 'mobile' ? 'Mobile app' : 'No page')}</span>
          </span>
        </span>
      </span>
      <span class="live-cell" title={`Since ${exactTime(row.start)}`}>
        {duration(Math.max(0, (leftAt === undefined ? now : row.end) - row.start))}
      </span>
      <span class={idle > IDLE_MS ? 'live-cell is-idle' : 'live-cell'} title={exactTime(row.end)}>
        {idle < 5000 ? 'just now' : `${duration(idle)} ago`}
      </span>
      <span class="figure" title={counted(row.clicks, 'click')}>
        {number(row.clicks)}
        <span class="live-unit"> {row.clicks === 1 ? 'click' : 'clicks'}</span>
      </span>
      <span class={errors === 0 ? 'figure is-zero' : 'figure'} title={counted(errors, 'error')}>
        {errors === 0 ? '0' : <span class="error-badge">{number(errors)}</span>}
        <span class="live-unit"> {errors === 1 ? 'error' : 'errors'}</span>
      </span>
    </a>
  )
}

function Nobody({ account }: { account: Account | undefined }) {
  const [isShown, show] = useState(false)
  return (
    <>
      <Message title="Nobody is on the site" icon="clock">
        <p>Who comes appears here within some seconds, without reloading.</p>
        <div class="live-ways">
          {account?.demo && (
            <a class="button is-primary" href="/demo/" target="_blank" rel="noopener">
              Open the demo shop and watch yourself
            </a>
          )}
          <a class="button" href="/">
            All recordings
          </a>
          {!isShown && (
            <button type="button" class="button" onClick={() => show(true)}>
              How a site is recorded
            </button>
          )}
        </div>
      </Message>
      {isShown && account && <FirstSteps account={account} title="Recording a site" />}
    </>
  )
}

function useSeconds(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return now
}

const root = document.getElementById('app')
if (root) render(<LivePage />, root)
