// What the SDK sends, decoded by the description of the wire alone: no code of the product.
import zlib from 'node:zlib'

const TYPES = ['DomContentLoaded', 'Load', 'FullSnapshot', 'Incremental', 'Meta', 'Custom', 'Plugin']
const COMPRESSED = { 0: ['texts', 'attributes', 'removes', 'adds'], 8: ['adds', 'removes'] }

export function decodeBody(body) {
  if (body[0] === 0x1f && body[1] === 0x8b) return JSON.parse(zlib.gunzipSync(body).toString('utf8'))
  const text = body.toString('utf8')
  if (!text.startsWith('data=')) return JSON.parse(text)
  const form = decodeURIComponent(text.slice('data='.length).replace(/\+/g, '%20'))
  return decodeBody(Buffer.from(form, 'base64'))
}

const inflate = (string) => JSON.parse(zlib.gunzipSync(Buffer.from(string, 'latin1')).toString('utf8'))

export function undoCompression(event) {
  if (event.cv !== '2024-10') return event
  const { cv: _, ...rest } = event
  if (typeof event.data === 'string') return { ...rest, data: inflate(event.data) }
  const data = { ...event.data }
  for (const field of COMPRESSED[data.source] ?? []) if (typeof data[field] === 'string') data[field] = inflate(data[field])
  return { ...rest, data }
}

export function label(event) {
  if (event.type === 3) return `Incremental/${event.data.source}`
  if (event.type === 5) return `Custom/${event.data.tag}`
  if (event.type === 6) return `Plugin/${event.data.plugin}`
  return TYPES[event.type] ?? String(event.type)
}

/** The events of each session in the POSTs that were answered 200, a repeated item once. */
export function sentEvents(posts) {
  const sessions = new Map()
  const seen = new Set()
  for (const post of posts) {
    if (post.path !== '/s/' || post.status !== 200) continue
    const body = decodeBody(post.body)
    for (const item of Array.isArray(body) ? body : (body.batch ?? [body])) {
      if (item.event !== '$snapshot' || seen.has(item.uuid)) continue
      seen.add(item.uuid)
      const session = item.properties.$session_id
      if (!sessions.has(session)) sessions.set(session, [])
      const events = [item.properties.$snapshot_data].flat().map(undoCompression)
      sessions.get(session).push(...events)
    }
  }
  return sessions
}

export function countByLabel(events) {
  const counts = {}
  for (const event of events) counts[label(event)] = (counts[label(event)] ?? 0) + 1
  return Object.fromEntries(Object.entries(counts).sort())
}
