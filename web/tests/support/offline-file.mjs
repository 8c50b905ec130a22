// An offline file made of a recording of the mock server, by the description of the format (docs/format/forms.md) alone:
// the real ones are written by the binary.

import { gzipSync } from 'node:zlib'

export const MARK = '<!-- recording -->'

export function offlineFile(page, recording, leftOut = []) {
  const blocks = recording.blocks.map(({ text, raw_bytes, refused, ...block }, key) => ({ ...block, key, raw_length: raw_bytes, lines: block.events, text, refused }))
  const carriers = blocks
    .filter(({ refused }) => !refused)
    .map(({ key, text }) => `<script type="text/plain" id="block-${key}">${gzipSync(text).toString('base64')}</script>\n`)
  const { facts } = recording
  const listing = {
    format: 'cassette-offline/1',
    recording: {
      session_id: recording.id, started_at: recording.startedAt, ended_at: recording.endedAt, distinct_ids: facts.person.distinct_ids, windows: recording.windows,
      user_agent: 'Mozilla/5.0 (made up)', library: 'web 1.0.0', source: facts.snapshot_source, active_ms: facts.active_seconds * 1000,
      counts: { events: facts.event_count, clicks: facts.click_count, keypresses: facts.keypress_count, console_error: facts.console_error_count },
      first_url: facts.start_url, urls: facts.pages,
    },
    left_out: leftOut,
    blocks: blocks.map(({ text, refused, ...block }) => block),
  }
  const safe = JSON.stringify(listing).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
  return page.replace(MARK, () => `${carriers.join('')}<script type="application/json" id="listing">${safe}</script>`)
}
