// Whether data comes in, what was sent and not taken and why, and which recordings could not be finished.

import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Health, Outcome, ProjectInfo, Refusal, StrangeToken } from '../../format/settings'
import { fetchHealth } from '../../sources/settings'
import { Icon } from '../../ui/icons'
import { counted, exactTime, number, relativeTime } from '../../ui/times'
import { Block, Shown } from './form'
import { useLoaded } from './work'

const LOOK_EVERY_MS = 15_000
const DAY_MS = 24 * 3_600_000

const OUTCOMES: Record<Outcome, string> = {
  refused: 'Refused, lost',
  later: 'Put off, sent again',
  set_aside: 'Set aside in the quarantine',
  dropped: 'Not kept, as wished',
  kept_unread: 'Kept, cannot be played',
}

export function HealthPart({ project }: { project: ProjectInfo }) {
  const loading = useLoaded(() => fetchHealth(project.id), `${project.id}`)
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && loading.reload(), LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [project.id])
  return (
    <Shown loading={loading} what="the health of ingestion">
      {(health) => (
        <>
          <State health={health} project={project} />
          <Refused health={health} />
          {health.strangers && <Strangers strangers={health.strangers} />}
          <Sdks health={health} />
          <Unfinished health={health} />
        </>
      )}
    </Shown>
  )
}

function State({ health, project }: { health: Health; project: ProjectInfo }) {
  const now = Date.now()
  const { lastDataAt } = health
  const isQuiet = lastDataAt === undefined || now - lastDataAt > DAY_MS
  return (
    <Block title="Data">
      <p class={`settings-state ${isQuiet ? 'is-bad' : ''}`}>
        <Icon name={isQuiet ? 'error' : 'check'} />
        <span>
          {lastDataAt === undefined ? (
            'Nothing has come in yet.'
          ) : (
            <>
              Data came in <time dateTime={new Date(lastDataAt).toISOString()} title={exactTime(lastDataAt)}>{relativeTime(lastDataAt, now)}</time>
              {isQuiet ? ', and none since.' : '.'}
            </>
          )}
        </span>
      </p>
      {isQuiet && (
        <p>
          <a href={`/settings/install?project=${project.id}`}>Installation</a> says what a page needs. If pages have it, look below for
          what was refused.
        </p>
      )}
    </Block>
  )
}

function Refused({ health }: { health: Health }) {
  return (
    <Block title="Not taken, in the last seven days" lead="What was sent with this project’s token and is in no recording.">
      {health.refused.length === 0 ? <p>Nothing. All that came was taken.</p> : <Refusals refusals={health.refused} />}
    </Block>
  )
}

function Refusals({ refusals }: { refusals: readonly Refusal[] }) {
  return (
    <ul class="settings-refusals">
      {refusals.map((refusal) => (
        <li key={`${refusal.outcome} ${refusal.reason}`}>
          <h4>{refusal.means}</h4>
          <p>{refusal.toDo}</p>
          <dl>
            <div>
              <dt>What became of it</dt>
              <dd>
                <span class="settings-tag">{OUTCOMES[refusal.outcome]}</span>
              </dd>
            </div>
            <Fact name="Last hour">{number(refusal.lastHour)}</Fact>
            <Fact name="24 hours">{number(refusal.lastDay)}</Fact>
            <Fact name="7 days">{number(refusal.lastWeek)}</Fact>
            {refusal.lastAt !== undefined && (
              <Fact name="Last">
                <time dateTime={new Date(refusal.lastAt).toISOString()} title={exactTime(refusal.lastAt)}>
                  {relativeTime(refusal.lastAt, Date.now())}
                </time>
              </Fact>
            )}
            {refusal.host !== undefined && <Fact name="From">{refusal.host}</Fact>}
            {refusal.sdk !== undefined && <Fact name="By">{refusal.sdk}</Fact>}
          </dl>
        </li>
      ))}
    </ul>
  )
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Strangers({ strangers }: { strangers: NonNullable<Health['strangers']> }) {
  if (strangers.refused.length === 0) return null
  return (
    <Block title="For no project of this server" lead="Requests whose token is missing or unknown. Who sees all projects sees them; they may be meant for any, or for another server.">
      <Refusals refusals={strangers.refused} />
      {strangers.tokens.length > 0 && <Tokens tokens={strangers.tokens} />}
    </Block>
  )
}

function Tokens({ tokens }: { tokens: readonly StrangeToken[] }) {
  return (
    <div class="settings-scroll">
      <table class="settings-table">
        <caption class="only-read">Tokens that belong to no project</caption>
        <thead>
          <tr>
            <th scope="col">Token begins with</th>
            <th scope="col">From</th>
            <th scope="col">By</th>
            <th scope="col" class="is-number">7 days</th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.begins}>
              <th scope="row">
                <code>{token.begins}</code>
              </th>
              <td>{token.host ?? '–'}</td>
              <td>{token.sdk ?? '–'}</td>
              <td class="is-number">{number(token.lastWeek)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Sdks({ health }: { health: Health }) {
  return (
    <Block title="SDKs seen in the last 24 hours">
      {health.sdks.length === 0 ? (
        <p>None.</p>
      ) : (
        <div class="settings-scroll">
          <table class="settings-table">
            <thead>
              <tr>
                <th scope="col">SDK</th>
                <th scope="col">Last</th>
                <th scope="col" class="is-number">Items taken</th>
              </tr>
            </thead>
            <tbody>
              {health.sdks.map((sdk) => (
                <tr key={sdk.name}>
                  <th scope="row">{sdk.name}</th>
                  <td>{sdk.lastSeenAt === undefined ? '–' : relativeTime(sdk.lastSeenAt, Date.now())}</td>
                  <td class="is-number">{number(sdk.items)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Block>
  )
}

function Unfinished({ health }: { health: Health }) {
  if (health.unfinishedCount === 0) return null
  const hidden = health.unfinishedCount - health.unfinished.length
  return (
    <Block title="Recordings that could not be finished" lead="Their data is safe and they play. Turning them into files is tried again and again.">
      <ul class="settings-refusals">
        {health.unfinished.map((one) => (
          <li key={one.session}>
            <h4>
              <a href={`/recordings/${one.session}`}>{one.session}</a>
            </h4>
            <p>{one.why}</p>
            <dl>
              <Fact name="Tried">{counted(one.attempts, 'time')}</Fact>
              {one.since !== undefined && <Fact name="Since">{exactTime(one.since)}</Fact>}
              {one.nextAt !== undefined && <Fact name="Next">{exactTime(one.nextAt)}</Fact>}
            </dl>
          </li>
        ))}
      </ul>
      {hidden > 0 && <p>{counted(hidden, 'more recording')} of which you see no more than this.</p>}
    </Block>
  )
}
