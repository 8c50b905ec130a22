// A recording for the mock server: its lines, cut into blocks, and its row in the list.

const BLOCK_BYTES = 48 * 1024

const NAMES = { 2: 'click' }

/** `events`: `{ windowId, event }` with rrweb events that keep their own timestamps. */
export function recordingOf({ id, events, captured = [], distinctIds = ['visitor-1'], live = false, broken = [], source = 'web', blockBytes = BLOCK_BYTES, keepsFractions = false }) {
  const sorted = [...events].sort((a, b) => a.event.timestamp - b.event.timestamp)
  const startedAt = sorted[0].event.timestamp
  const endedAt = sorted.at(-1).event.timestamp
  const lines = [
    ...sorted.map(({ windowId, event }) => lineOf(event, windowId, startedAt, keepsFractions)),
    ...captured.map(({ timestamp, windowId, name, captured, distinctId }) => ({
      type: 'captured', timestamp: timestamp - startedAt, window_id: windowId, name, distinct_id: distinctId, captured,
    })),
  ].sort((a, b) => a.timestamp - b.timestamp)
  const texts = lines.map((line) => JSON.stringify(line))
  broken.forEach((text, index) => texts.splice(3 + index, 0, text))
  return {
    id, startedAt, endedAt, live, lines, texts,
    windows: [...new Set(sorted.map(({ windowId }) => windowId))],
    blocks: cut(lines, texts, blockBytes),
    facts: factsOf({ id, startedAt, endedAt, lines, distinctIds, live, source }),
  }
}

export function lineOf(event, windowId, startedAt, keepsFractions = false) {
  const type = event.type === 2 ? 'full_snapshot' : event.type === 3 && event.data.source === 0 ? 'mutation' : 'event'
  return { type, timestamp: keepsFractions ? Math.round((event.timestamp - startedAt) * 1000) / 1000 : Math.round(event.timestamp - startedAt), window_id: windowId, ...(type === 'event' ? { name: NAMES[event.data?.source] ?? 'other' } : {}), event }
}

/** As the server does: full blocks, one right after the first full snapshot, one before each further one. */
function cut(lines, texts, blockBytes) {
  const blocks = []
  let open = []
  let size = 0
  let seq = 0
  let snapshots = 0
  const close = () => {
    if (open.length === 0) return
    const parsed = open.map((text) => safeParse(text)).filter((line) => typeof line?.timestamp === 'number')
    const times = parsed.map((line) => line.timestamp)
    blocks.push({
      key: 1_000_000 + blocks.length,
      first: Math.min(...times), last: Math.max(...times),
      events: open.length, bytes: Math.round(size / 4), raw_bytes: size,
      full_snapshots: parsed.filter((line) => line.type === 'full_snapshot').map((line) => ({ window_id: line.window_id, timestamp: line.timestamp })),
      text: `${open.join('\n')}\n${JSON.stringify({ type: 'checksum', seq, lines: open.length, sha256: '0' })}\n`,
    })
    open = []
    size = 0
  }
  for (const text of texts) {
    const line = safeParse(text)
    if (line?.type === 'full_snapshot' && size >= 16 * 1024) close()
    open.push(text)
    size += Buffer.byteLength(text) + 1
    seq += 1
    if (size >= blockBytes || (line?.type === 'full_snapshot' && snapshots++ === 0)) close()
  }
  close()
  return blocks
}

function safeParse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function factsOf({ id, startedAt, endedAt, lines, distinctIds, live, source }) {
  const incremental = lines.filter((line) => line.event?.type === 3).map((line) => line.event.data)
  const logs = lines.filter((line) => line.event?.data?.plugin === 'rrweb/console@1').map((line) => line.event.data.payload.level)
  const pages = [...new Set(lines.filter((line) => line.event?.type === 4).map((line) => line.event.data.href))]
  const seconds = (endedAt - startedAt) / 1000
  const person = distinctIds.at(-1)
  return {
    id, distinct_id: person, viewed: false, viewers: [],
    recording_duration: seconds, active_seconds: seconds * 0.6, inactive_seconds: seconds * 0.4,
    start_time: new Date(startedAt).toISOString(), end_time: new Date(endedAt).toISOString(),
    click_count: incremental.filter((data) => data.source === 2 && data.type === 2).length,
    keypress_count: incremental.filter((data) => data.source === 5).length,
    mouse_activity_count: incremental.filter((data) => data.source === 1).length,
    console_log_count: logs.filter((level) => level === 'log').length,
    console_warn_count: logs.filter((level) => level === 'warn').length,
    console_error_count: logs.filter((level) => level === 'error').length,
    exception_count: lines.filter((line) => line.name === '$exception').length,
    start_url: pages[0] ?? '', pages: pages.slice(0, 25),
    person: { id: null, name: person, distinct_ids: distinctIds, properties: {}, created_at: null, uuid: null },
    snapshot_source: source, snapshot_library: 'web', ongoing: live, event_count: lines.length,
    total_size: lines.length * 80, window_count: new Set(lines.map((line) => line.window_id)).size, activity_score: 50,
  }
}
