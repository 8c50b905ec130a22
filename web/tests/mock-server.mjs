// A stand-in for the server: the built pages under the real content policy, and recordings from memory.
//
//   node tests/mock-server.mjs [--dist DIR] [--bodies DIR]… [--port 8100]
//
// `--bodies` takes folders of real posthog-js request bodies; without any, made-up recordings are served.

import { createServer } from 'node:http'
import { existsSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parseArgs } from 'node:util'
import { madeUpRecordings } from './support/made-up.mjs'
import { mockComments } from './support/mock-comments.mjs'
import { mockCollections, mockList, mockListWrite } from './support/mock-list.mjs'
import { recordingsFromBodies } from './support/sdk-bodies.mjs'

/** `digests` are of the scripts that stand in the pages themselves. */
export const policyWith = (digests) =>
  `default-src 'none'; script-src 'self' ${digests}; style-src 'self' 'unsafe-inline'; img-src data: blob:; font-src data:; ` +
  "media-src data: blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; frame-src 'none'; " +
  "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.html': 'text/html; charset=utf-8', '.txt': 'text/plain' }
const API = '/api/projects/@current/session_recordings/'
const COMMENTS = '/api/projects/@current/comments'
const COLLECTIONS = '/api/projects/@current/session_recording_playlists'

/** As the server has them: `crates/server/src/pages/mod.rs`. */
const PAGES = [
  [/^\/$/, 'index.html'],
  [/^\/recordings\/[^/]+$/, 'recording.html'],
  [/^\/live$/, 'live.html'],
  [/^\/collections(\/[^/]+)?$/, 'collections.html'],
  [/^\/settings(\/[^/]+)?$/, 'settings.html'],
  [/^\/api\/docs$/, 'api.html'],
  [/^\/(shared|embedded)\/[^/]+$/, 'shared.html'],
]

/** Who is logged in may do everything, unless a test says otherwise. */
const SCOPES = ['session_recording', 'session_recording_playlist', 'sharing_configuration', 'comment', 'person', 'project', 'user', 'personal_api_key', 'activity_log']
  .flatMap((thing) => [`${thing}:read`, `${thing}:write`])

/**
 * `state` may be changed while it runs: `loggedIn`, `delay` (ms per block), `recordings`, `collections`, `demo`, `cors` (an origin that may read, or `*`).
 * `keys` collects what came as authorization.
 * `answers` holds what a test adds, by method and path: a body, or a function of `{ url, body }` that returns a body or `[status, body]`, or a promise of them.
 * `gate` is called with a block's place before it is sent: a promise holds it up.
 */
export function startMockServer({ dist, recordings, port = 0 }) {
  const state = { loggedIn: true, scopes: SCOPES, comments: [], delay: 0, recordings, demo: true, requests: [], answers: {}, collections: [], liveStreams: new Set(), keys: new Set(), down: false }
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://mock')
    state.requests.push(`${request.method} ${url.pathname}${url.search}`)
    if (request.headers.authorization) state.keys.add(request.headers.authorization)
    if (state.cors && allowOthers(state.cors, request, response)) return
    if (state.down) return void response.writeHead(500).end()
    route(state, dist, request, response, url)
  })
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      const origin = `http://127.0.0.1:${server.address().port}`
      resolve({ origin, state, close: () => new Promise((done) => { server.closeAllConnections(); server.close(done) }) })
    })
  })
}

/** As a server that was told to allow it; true where that was all that was asked. */
function allowOthers(origin, request, response) {
  response.setHeader('access-control-allow-origin', origin)
  if (request.method !== 'OPTIONS') return false
  response.writeHead(204, { 'access-control-allow-headers': 'authorization, content-type', 'access-control-allow-methods': 'GET, POST' }).end()
  return true
}

function route(state, dist, request, response, url) {
  const json = (status, body) => {
    const bytes = gzipSync(JSON.stringify(body))
    response.writeHead(status, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bytes)
  }
  const own = state.answers[`${request.method} ${url.pathname}`]
  if (own !== undefined) return answerOwn(own, request, url, json)
  // Who has a link or a key names the project; here there is one.
  const path = url.pathname.replace(/^\/api\/projects\/\d+\/(?=session_recordings)/, '/api/projects/@current/')
  const page = PAGES.find(([address]) => address.test(path))?.[1]
  if (page) {
    const whole = policyWith(readFileSync(join(dist, 'script-digests.txt'), 'utf8').trim())
    const policy = page === 'shared.html' ? whole.replace(/; frame-ancestors 'none'$/, '') : whole
    return response
      .writeHead(200, { 'content-type': TYPES['.html'], 'content-security-policy': policy, 'referrer-policy': 'no-referrer' })
      .end(readFileSync(join(dist, page)))
  }
  if (path.startsWith('/app/') || path.startsWith('/static/') || path.startsWith('/demo/')) {
    const file = join(dist, path.endsWith('/') ? `${path}index.html` : path)
    if (!existsSync(file)) return response.writeHead(404).end()
    return response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file))
  }
  if (path === '/api/login' && request.method === 'GET') return json(200, { oidc: state.oidc ?? null })
  if (path === '/api/login') {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    return request.on('end', () => {
      if (!JSON.parse(body).api_key?.startsWith('phx_')) return json(401, { type: 'authentication_error', code: 'not_authenticated', detail: 'This key is not known.', attr: null })
      state.loggedIn = true
      response.writeHead(204).end()
    })
  }
  if (!path.startsWith('/api/')) return response.writeHead(404).end()
  if (!state.loggedIn) return json(401, { type: 'authentication_error', code: 'not_authenticated', detail: 'Authentication credentials were not provided.', attr: null })
  if (path === '/api/me') return json(200, { project: { id: 1, name: 'Default', token: 'phc_mock' }, version: '0.1.0', demo: state.demo, user: { id: 'ann', email: 'ann@example.com', first_name: 'ann' }, scopes: state.scopes })
  if (path.startsWith(COMMENTS)) return answerOwn(({ body }) => mockComments(state, request.method, path.slice(COMMENTS.length + 1), url.searchParams, body), request, url, json)
  if (path === API) return json(...mockList(state, url.searchParams))
  if (path.startsWith(COLLECTIONS)) return answerOwn(({ body }) => mockCollections(state, request.method, path.slice(COLLECTIONS.length), url.searchParams, body), request, url, json)
  if (path.startsWith(API) && request.method !== 'GET') {
    return answerOwn(({ body }) => mockListWrite(state, request.method, path.slice(API.length), body) ?? [404, { detail: 'Not found.' }], request, url, json)
  }
  const [id, part, key] = path.slice(API.length).split('/')
  const recording = state.recordings.find((candidate) => candidate.id === id)
  if (!path.startsWith(API) || !recording) return json(404, { type: 'invalid_request', code: 'not_found', detail: 'Not found.', attr: null })
  if (!part) return json(200, recording.facts)
  if (part === 'blocks' && !key) return json(200, listing(recording))
  if (part === 'blocks') {
    const block = recording.blocks.find((candidate) => candidate.key === Number(key))
    if (!block || block.refused) return json(404, { type: 'invalid_request', code: 'not_found', detail: 'Not found.', attr: null })
    const shift = recording.startedAt - Number(url.searchParams.get('base') ?? recording.startedAt)
    return setTimeout(async () => {
      await state.gate?.(block.key % 1_000_000)
      const bytes = gzipSync(shifted(block.text, shift))
      response.writeHead(200, { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }).end(bytes)
    }, state.delay)
  }
  if (part === 'keyframes') {
    const keyframe = recording.keyframes?.find((candidate) => candidate.key === Number(key))
    if (!keyframe || keyframe.refused) return json(404, { type: 'invalid_request', code: 'not_found', detail: 'Not found.', attr: null })
    const shift = recording.startedAt - Number(url.searchParams.get('base') ?? recording.startedAt)
    return response.writeHead(200, { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }).end(gzipSync(shifted(keyframe.text, shift)))
  }
  if (part === 'live') return openLive(state, recording, response)
  if (part === 'recording') return response.writeHead(200, { 'content-disposition': 'attachment' }).end(recording.texts.join('\n'))
  return response.writeHead(404).end()
}

async function answerOwn(own, request, url, json) {
  let text = ''
  for await (const chunk of request) text += chunk
  const answer = typeof own === 'function' ? await own({ url, body: text === '' ? undefined : JSON.parse(text) }) : own
  const [status, body] = Array.isArray(answer) && typeof answer[0] === 'number' ? answer : [200, answer]
  json(status, body)
}

function shifted(text, shift) {
  if (shift === 0) return text
  return text.split('\n').filter(Boolean).map((line) => {
    const parsed = JSON.parse(line)
    return JSON.stringify({ ...parsed, timestamp: parsed.timestamp + shift })
  }).join('\n')
}

export function listing(recording) {
  return {
    session_id: recording.id, live: recording.live, started_at: recording.startedAt, ended_at: recording.endedAt, generation: 1,
    windows: recording.windows, blocks: recording.blocks.map(({ text, refused, ...block }) => block),
    keyframes: (recording.keyframes ?? []).map(({ text, refused, ...keyframe }) => keyframe), signals: recording.signals ?? [],
  }
}

function openLive(state, recording, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  const send = (event, data) => response.write(`event: ${event}\ndata: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
  send('blocks', listing(recording))
  for (const line of recording.open ?? []) send('line', line)
  const stream = { id: recording.id, send, end: () => response.end() }
  state.liveStreams.add(stream)
  response.on('close', () => state.liveStreams.delete(stream))
}

if (process.argv[1]?.endsWith('mock-server.mjs')) {
  const { values } = parseArgs({ options: { dist: { type: 'string', default: 'dist' }, bodies: { type: 'string', multiple: true }, port: { type: 'string', default: '8100' } } })
  const recordings = values.bodies ? values.bodies.flatMap(recordingsFromBodies) : madeUpRecordings()
  const { origin } = await startMockServer({ dist: values.dist, recordings, port: Number(values.port) })
  console.log(`${origin}/`)
  for (const recording of recordings) console.log(`${origin}/recordings/${recording.id}`)
}
