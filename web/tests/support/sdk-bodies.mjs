// Real request bodies of posthog-js, as a folder of NNN-<path>.body files, to recordings for the mock server.
// Only for tests: the server's own decoder is in Rust.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { recordingOf } from './recording.mjs'

function decodeBody(bytes) {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return decodeBody(gunzipSync(bytes))
  const text = bytes.toString('utf8')
  if (text.startsWith('data=')) {
    return decodeBody(Buffer.from(decodeURIComponent(text.slice(5).split('&')[0].replaceAll('+', ' ')), 'base64'))
  }
  return JSON.parse(text)
}

function inflate(value) {
  if (typeof value !== 'string' || !value.startsWith('\u001f\u008b')) return value
  return JSON.parse(gunzipSync(Buffer.from(value, 'latin1')).toString('utf8'))
}

export function decompressEvent({ cv, ...event }) {
  if (cv === undefined) return event
  if (typeof event.data === 'string') return { ...event, data: inflate(event.data) }
  const data = { ...event.data }
  for (const field of ['texts', 'attributes', 'removes', 'adds']) if (field in data) data[field] = inflate(data[field])
  return { ...event, data }
}

/** The recordings in one folder, each item once. */
export function recordingsFromBodies(folder) {
  const sessions = new Map()
  const sessionOf = (id) => {
    if (!sessions.has(id)) sessions.set(id, { id, seen: new Set(), events: [], captured: [], distinctIds: [] })
    return sessions.get(id)
  }
  const bodies = readdirSync(folder).filter((name) => name.endsWith('.body') && !name.includes('flags')).sort()
  for (const name of bodies) {
    const decoded = decodeBody(readFileSync(join(folder, name)))
    for (const item of Array.isArray(decoded) ? decoded : (decoded.batch ?? [decoded])) {
      const { $session_id: id, $window_id: windowId, $snapshot_data: snapshot, distinct_id: distinctId } = item.properties ?? {}
      if (!id) continue
      const session = sessionOf(id)
      if (session.seen.has(item.uuid)) continue
      session.seen.add(item.uuid)
      if (!session.distinctIds.includes(distinctId)) session.distinctIds.push(distinctId)
      if (item.event !== '$snapshot') {
        session.captured.push({ timestamp: Date.parse(item.timestamp) || Date.now(), windowId, name: item.event, captured: item, distinctId })
        continue
      }
      for (const event of snapshot) session.events.push({ windowId, event: decompressEvent(event) })
    }
  }
  return [...sessions.values()]
    .filter((session) => session.events.length > 0)
    .map((session) => recordingOf(session))
}
