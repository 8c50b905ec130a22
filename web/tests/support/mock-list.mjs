// The list of the stand-in: filters, orders, pages and marks as the server has them, as far as the pages ask for them.

const number = (value) => Number(Array.isArray(value) ? value[0] : value)

const TESTS = {
  exact: (found, value) => [value].flat().map(String).includes(String(found)),
  is_not: (found, value) => ![value].flat().map(String).includes(String(found)),
  icontains: (found, value) => String(found ?? '').toLowerCase().includes(String(value).toLowerCase()),
  not_icontains: (found, value) => !String(found ?? '').toLowerCase().includes(String(value).toLowerCase()),
  regex: (found, value) => new RegExp(value).test(String(found ?? '')),
  gt: (found, value) => found > number(value),
  gte: (found, value) => found >= number(value),
  lt: (found, value) => found < number(value),
  lte: (found, value) => found <= number(value),
  is_set: (found) => found !== undefined && found !== null,
}

/** What the server says of a filter that it does not take; undefined if it does. */
function refusal(filter) {
  if (Array.isArray(filter.values)) return filter.values.map(refusal).find(Boolean)
  if (!/regex/.test(filter.operator ?? '')) return undefined
  try {
    new RegExp(filter.value)
    return undefined
  } catch {
    return 'Expected a regular expression (without look-around and back-references) that is not too large, found another text.'
  }
}

function holds(row, filter, state) {
  if (Array.isArray(filter.values)) return filter.values[filter.type === 'OR' ? 'some' : 'every']((one) => holds(row, one, state))
  const test = TESTS[filter.operator ?? 'exact']
  const someOf = (values) => (/^(is_not|not_)/.test(filter.operator) ? values.every((one) => test(one, filter.value)) : values.some((one) => test(one, filter.value)))
  if (filter.type === 'person') return filter.key === 'distinct_id' ? someOf(row.person.distinct_ids) : test(row.person.properties?.[filter.key], filter.value)
  switch (filter.key) {
    case 'visited_page':
      return someOf(row.pages)
    case 'duration':
      return test(row.recording_duration, filter.value)
    case 'collection':
      return test(state.collections.find(({ sessions }) => sessions.includes(row.id))?.short_id, filter.value)
    case 'level':
      return filter.value.includes('error') && row.console_error_count > 0
    case 'message':
      return test(row.console_says, filter.value)
    default:
      return test(row[filter.key] ?? 0, filter.value)
  }
}

const ORDERS = { start_time: (row) => Date.parse(row.start_time), duration: (row) => row.recording_duration }

/** `[status, body]` */
export function mockList(state, query) {
  const json = (name) => JSON.parse(query.get(name) ?? '[]')
  for (const name of ['properties', 'having_predicates']) {
    const detail = json(name).map(refusal).find(Boolean)
    if (detail) return [400, { type: 'validation_error', code: 'invalid_input', detail, attr: name }]
  }
  const relative = /^-(\d+)([hd])$/.exec(query.get('date_from') ?? '')
  if (query.get('date_from') && !relative && Number.isNaN(Date.parse(query.get('date_from')))) {
    return [400, { type: 'validation_error', code: 'invalid_input', detail: 'Expected a date.', attr: 'date_from' }]
  }
  const since = relative ? Date.now() - relative[1] * (relative[2] === 'h' ? 3.6e6 : 8.64e7) : query.get('date_from') ? Date.parse(query.get('date_from')) : -Infinity
  const until = query.get('date_to') ? Date.parse(query.get('date_to')) : Infinity
  const filters = [...json('properties'), ...json('having_predicates')]
  const way = query.get('operand') === 'OR' && filters.length > 0 ? 'some' : 'every'
  const order = query.get('order') ?? 'start_time'
  const key = ORDERS[order] ?? ((row) => row[order] ?? 0)
  const sign = query.get('order_direction') === 'ASC' ? -1 : 1
  const rows = state.recordings
    .map((recording) => recording.facts)
    .filter((row) => Date.parse(row.start_time) >= since && Date.parse(row.start_time) <= until)
    .filter((row) => filters[way]((filter) => holds(row, filter, state)))
    .filter((row) => query.get('live') !== '1' || row.ongoing)
    .filter((row) => !query.get('hide_viewed_recordings') || !row.viewed)
    .sort((a, b) => sign * (key(b) - key(a)))
  return [200, mockPage(rows, query)]
}

export function mockPage(rows, query, hasCursor = true) {
  const limit = Number(query.get('limit') ?? 50)
  const after = query.get('after')
  const begin = (after ? rows.findIndex((row) => row.id === after) + 1 : 0) + Number(query.get('offset') ?? 0)
  const results = rows.slice(begin, begin + limit)
  const more = begin + limit < rows.length
  return {
    results, has_next: more, version: 4, ...(more && hasCursor ? { next_cursor: results.at(-1).id } : {}),
    ...(query.get('count') === '1' ? { count: rows.length } : {}),
  }
}

/** Marks and deletions; undefined where the path is none of them. */
export function mockListWrite(state, method, path, body) {
  const rows = (ids) => state.recordings.filter(({ id }) => ids.includes(id))
  const ids = body?.session_recording_ids ?? []
  if (method === 'POST' && (path === 'bulk_viewed' || path === 'bulk_not_viewed')) {
    if (ids.length > 20) return [400, { detail: 'Cannot process more than 20 recordings at once.', attr: 'session_recording_ids' }]
    for (const { facts } of rows(ids)) facts.viewed = path === 'bulk_viewed'
    return [200, { success: true }]
  }
  if (method === 'POST' && path === 'bulk_delete') {
    if (ids.length > 100) return [400, { detail: 'Cannot process more than 100 recordings at once.', attr: 'session_recording_ids' }]
    state.recordings = state.recordings.filter(({ id }) => !ids.includes(id))
    return [200, { success: true, deleted_count: ids.length, total_requested: ids.length, failed_ids: [] }]
  }
  const [one] = rows([path.replace(/\/$/, '')])
  if (method !== 'PATCH' || !one) return undefined
  one.facts.viewed = body.viewed
  return [200, { success: true }]
}

let made = 0

/** Collections: `path` is what stands behind `session_recording_playlists/`. */
export function mockCollections(state, method, path, query, body) {
  const [id, part, what] = path.split('/').filter(Boolean)
  const one = state.collections.find(({ short_id }) => short_id === id)
  const rowsOf = ({ sessions, type, filters }) => {
    if (type === 'collection') return sessions.map((session) => state.recordings.find((recording) => recording.id === session)?.facts).filter(Boolean)
    const asked = new URLSearchParams(Object.entries(filters).map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]))
    asked.set('limit', '1000')
    return mockList(state, asked)[1].results
  }
  const shown = (collection) => {
    const count = rowsOf(collection).length
    const { sessions, ...rest } = collection
    return { ...rest, recordings_counts: { collection: { count, watched_count: 0 }, saved_filters: { count: Math.min(100, count), has_more: count > 100, watched_count: 0 } } }
  }
  if (!id && method === 'GET') {
    const search = (query.get('search') ?? '').toLowerCase()
    const found = state.collections.filter((c) => !c.deleted && (!query.get('type') || c.type === query.get('type')) && (!query.get('session_recording_id') || c.sessions.includes(query.get('session_recording_id'))) && c.name.toLowerCase().includes(search))
    return [200, { count: found.length, next: null, previous: null, results: found.map(shown) }]
  }
  if (!id && method === 'POST') {
    const now = new Date().toISOString()
    const collection = {
      id: ++made, short_id: `made${String(made).padStart(4, '0')}`, description: '', pinned: false, deleted: false, filters: {}, sessions: [],
      created_at: now, last_modified_at: now, created_by: { first_name: 'Ann', email: 'ann@example.com' }, ...body,
    }
    state.collections.unshift(collection)
    return [201, shown(collection)]
  }
  if (!one) return [404, { type: 'invalid_request', code: 'not_found', detail: 'Not found.', attr: null }]
  if (!part && method === 'PATCH') Object.assign(one, body)
  if (!part) return [200, shown(one)]
  if (part === 'sharing') {
    one.sharing = { enabled: false, access_token: 'share-token', password_required: false, share_passwords: [], ...one.sharing, ...body }
    return [200, one.sharing]
  }
  if (part === 'recordings' && !what) return [200, mockPage(rowsOf(one), query, one.type === 'filters')]
  const ids = body?.session_recording_ids ?? []
  if (what === 'bulk_add') one.sessions = [...ids.filter((session) => !one.sessions.includes(session)), ...one.sessions]
  if (what === 'bulk_delete') one.sessions = one.sessions.filter((session) => !ids.includes(session))
  return [200, { success: true }]
}
