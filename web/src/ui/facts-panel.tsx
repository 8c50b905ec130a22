// Who, where, how much, and the files to take away.

import type { RecordingFacts } from '../format/listing'
import type { Player } from '../player/player'
import { downloadAddress, type DownloadFormat } from '../sources/api'
import { shortAddress } from './addresses'
import { Icon } from './icons'
import { personName } from './person'
import { bytes, counted, duration, exactTime } from './times'
import { usePlayerChanges } from './use-player'

export function FactsPanel({ player, facts }: { player: Player; facts: RecordingFacts | undefined }) {
  usePlayerChanges(player)
  if (!facts) return <p class="nothing">Loading…</p>
  return (
    <section class="facts" aria-label="Details">
      <Notices player={player} />
      <dl>
        <dt>Visitor</dt>
        <dd>{personName(facts.person)}</dd>
        {facts.distinctIds.length > 0 && (
          <>
            <dt>Known as</dt>
            <dd class="ids">
              {facts.distinctIds.map((id) => (
                <code key={id}>{id}</code>
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
        {player.recording?.device && (
          <>
            <dt>Device</dt>
            <dd>{player.recording.device}</dd>
          </>
        )}
        <dt>Recorded by</dt>
        <dd>
          {facts.platform}
          {facts.library && ` · ${facts.library}`}
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
      <h2>Download</h2>
      <div class="downloads">
        <Download id={facts.id} format="ndjson.zst" label="Recording file" hint="NDJSON, zstd" />
        <Download id={facts.id} format="ndjson" label="Plain NDJSON" hint="one event a line" />
        <Download id={facts.id} format="rrweb" label="rrweb events" hint="JSON array" />
      </div>
    </section>
  )
}

function Download({ id, format, label, hint }: { id: string; format: DownloadFormat; label: string; hint: string }) {
  return (
    <a class="download" href={downloadAddress(id, format)} download>
      <Icon name="download" />
      <span>{label}</span>
      <span class="hint">{hint}</span>
    </a>
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
