// Who, where, how much, and what is missing.

import type { ComponentChildren } from 'preact'
import type { LeftOut, RecordingFacts } from '../format/listing'
import { deviceOf } from '../format/visitor'
import type { Player } from '../player/player'
import { shortAddress } from '../ui/addresses'
import { personName } from '../ui/person'
import { bytes, counted, duration, exactTime, number } from '../ui/times'
import { usePlayerChanges } from './use-player'
import { LongText } from './value-tree'

interface Props {
  readonly player: Player
  readonly facts: RecordingFacts | undefined
  /** Stands behind the facts. */
  readonly children?: ComponentChildren
}

export function FactsPanel({ player, facts, children }: Props) {
  usePlayerChanges(player)
  if (!facts) return <p class="nothing">Loading…</p>
  const device = deviceOf(player.recording?.visitor.facts ?? {})
  return (
    <section class="facts" aria-label="Details">
      <Notices player={player} />
      <dl>
        <dt>Visitor</dt>
        <dd>
          <LongText text={personName(facts.person)} />
        </dd>
        {facts.distinctIds.length > 0 && (
          <>
            <dt>Known as</dt>
            <dd class="ids">
              {facts.distinctIds.map((id) => (
                <code key={id}>
                  <LongText text={id} />
                </code>
              ))}
            </dd>
          </>
        )}
        <dt>Started</dt>
        <dd>{exactTime(facts.start)}</dd>
        <dt>Length</dt>
        <dd>
          {duration(facts.durationSeconds * 1000)}
          {facts.activeSeconds !== undefined && `, ${duration(facts.activeSeconds * 1000)} active`}
        </dd>
        <dt>Actions</dt>
        <dd>
          {counted(facts.clicks, 'click')}, {counted(facts.keys, 'key press', 'key presses')}
        </dd>
        <dt>Console</dt>
        <dd>
          <span class={facts.consoleErrors + facts.exceptions > 0 ? 'error-text' : ''}>
            {counted(facts.consoleErrors, 'error')}, {counted(facts.exceptions, 'exception')}
          </span>
          , {counted(facts.consoleWarnings, 'warning')}, {counted(facts.consoleLogs, 'line')}
        </dd>
        {(device || facts.userAgent) && (
          <>
            <dt>Device</dt>
            <dd>
              <LongText text={device || facts.userAgent} />
            </dd>
          </>
        )}
        <WatchedBy facts={facts} />
        <dt>Recorded by</dt>
        <dd>
          <bdi>{facts.platform}</bdi>
          {facts.library && (
            <>
              {' · '}
              <LongText text={facts.library} />
            </>
          )}
        </dd>
        <dt>Holds</dt>
        <dd>
          {counted(facts.events, 'event')}, {counted(Math.max(1, facts.windows), 'window')}, {bytes(facts.bytes)}
        </dd>
        <dt>Recording</dt>
        <dd>
          <code>{facts.id}</code>
        </dd>
      </dl>
      {facts.pages.length > 0 && (
        <>
          <h2>Pages</h2>
          <ol class="pages">
            {facts.pages.map((page) => (
              <li key={page} title={page}>
                {shortAddress(page)}
              </li>
            ))}
          </ol>
        </>
      )}
      <Missing leftOut={facts.leftOut} />
      {children}
    </section>
  )
}

/** Names beyond these are counted. */
const NAMES = 5

/** Whose mark of having watched it there is. */
function WatchedBy({ facts: { viewed, viewers } }: { facts: RecordingFacts }) {
  if (viewed === undefined) return null
  const others = viewers.length === 0 ? '' : viewed ? counted(viewers.length, 'other') : counted(viewers.length, 'person', 'people')
  const named = viewers.slice(0, NAMES).join(', ')
  return (
    <>
      <dt>Watched by</dt>
      <dd>
        {[viewed ? 'you' : '', others].filter(Boolean).join(' and ') || 'nobody yet'}
        {viewers.length > 0 && (
          <span class="hint watchers">
            <LongText text={named} />
            {viewers.length > NAMES && ` and ${number(viewers.length - NAMES)} more`}
          </span>
        )}
      </dd>
    </>
  )
}

/** What this copy was made without. */
function Missing({ leftOut }: { leftOut: readonly LeftOut[] }) {
  if (leftOut.length === 0) return null
  return (
    <>
      <h2>Not in this file</h2>
      <ul class="missing">
        {leftOut.map(({ what, count, reason }) => (
          <li key={what + reason}>
            <span>
              {number(count)} {what}
            </span>
            {reason && <span class="hint">{reason}</span>}
          </li>
        ))}
      </ul>
    </>
  )
}

/** What could not be shown as it was: said, not hidden. */
function Notices({ player }: { player: Player }) {
  const { recording, lostBlocks, troubles, lastTrouble } = player
  const skipped = recording?.skippedLines ?? 0
  if (skipped + lostBlocks + troubles === 0) return null
  return (
    <div class="notices" role="note">
      {skipped > 0 && (
        <p>
          {counted(skipped, 'event')} could not be read and {skipped === 1 ? 'was' : 'were'} left out: {recording?.skippedReason}.
        </p>
      )}
      {lostBlocks > 0 && (
        <p>
          {counted(lostBlocks, 'part')} of the recording could not be loaded; playback goes on without.
        </p>
      )}
      {troubles > 0 && (
        <p title={lastTrouble}>
          {counted(troubles, 'change')} of the page could not be replayed exactly.
        </p>
      )}
    </div>
  )
}
