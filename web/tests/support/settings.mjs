// What the settings ask the server for, made up: a stand-in keeps what is changed, so that a test sees the effect.

import { shared } from './pages.mjs'

export const RECORDING = {
  enabled: true, sample_rate: 1, minimum_duration_ms: 0, console: true, network: { timing: true, headers: false, bodies: false },
  canvas: { enabled: false, fps: 4, quality: 0.4 }, masking: 'inputs', url_triggers: [], url_blocklist: [], event_triggers: [],
  trigger_match: 'all', linked_flag: null,
}

const EVERY_SCOPE = [
  'session_recording:list', 'session_recording:read', 'session_recording:write', 'person:read', 'project:read', 'project:write', 'user:read', 'user:write',
  'personal_api_key:read', 'personal_api_key:write', 'activity_log:read', 'comment:read', 'session_recording_playlist:read',
]

export const ADMIN = { id: 'admin', email: null, first_name: 'Administrator', role: 'admin', projects: null, may_list: true, may_watch: true, has_password: true }
const ANN = { id: 'u1', email: 'ann@example.com', first_name: 'Ann', role: 'member', projects: [1], may_list: true, may_watch: false, has_password: true }

const refused = (attr, detail, status = 400) => [status, { type: 'validation_error', code: 'invalid_input', detail, attr }]

function day(number) {
  const recordings = number % 7 === 5 ? 0 : 40 + ((number * 37) % 60)
  return { day: new Date(Date.UTC(2026, 9, 23 + number)).toISOString().slice(0, 10), recordings, stored_bytes: recordings * 91_234, raw_bytes: recordings * 1_402_331 }
}

function storage(days) {
  return {
    recordings: { recordings: 12_345, stored_bytes: 1_234_567_890, raw_bytes: 18_900_000_000 },
    live: { recordings: 3, stored_bytes: 456_000, raw_bytes: 3_000_000 },
    others: {
      counted_at: new Date(Date.now() - 240_000).toISOString(),
      persons: { objects: 812, bytes: 2_300_000 }, derived: { objects: 0, bytes: 0 }, assets: { objects: 0, bytes: 0 }, documents: { objects: 4012, bytes: 901_222 },
    },
    days: Array.from({ length: days }, (_, number) => day(number)),
    disk: { free_bytes: 41_000_000_000, total_bytes: 100_000_000_000, min_free_bytes: 268_435_456 },
  }
}

const refusal = (reason, outcome, means, to_do, last_7_days, more = {}) => ({
  reason, outcome, means, to_do, last_hour: 0, last_24_hours: Math.ceil(last_7_days / 3), last_7_days,
  first_at: new Date(Date.now() - 5e8).toISOString(), last_at: new Date(Date.now() - 4e6).toISOString(), sdk: null, host: null, ...more,
})

const health = () => ({
  last_data_at: new Date(Date.now() - 180_000).toISOString(),
  sdks: [
    { name: 'web 1.449.2', last_seen_at: new Date(Date.now() - 180_000).toISOString(), last_24_hours: 48_211 },
    { name: 'posthog-ios 3.31.0', last_seen_at: new Date(Date.now() - 7_200_000).toISOString(), last_24_hours: 912 },
  ],
  refused: [
    refusal('bad_session_id', 'set_aside', 'The session id is not one: 1 to 70 letters, digits or hyphens are.', 'If you set session ids yourself (bootstrap.sessionID), use only letters, digits and hyphens.', 31, { sdk: 'web 1.297.2', host: 'legacy.shop.example' }),
    refusal('deleted', 'dropped', 'Data still came for a recording that was deleted. It is not kept.', 'Nothing: this is what deleting promises.', 2),
  ],
  strangers: {
    refused: [refusal('unknown_token', 'refused', 'The token of the request belongs to no project of this server.', 'Compare the token in the page with the one on the installation page.', 1204, { host: 'staging.shop.example' })],
    tokens: [{ begins: 'phc_oLd1…', last_7_days: 1204, last_at: new Date(Date.now() - 4e6).toISOString(), sdk: null, host: 'staging.shop.example' }],
  },
  unfinished_count: 1,
  unfinished: [{ session_id: '01a1fcf5-801b-7281-b87f-8084dfc6a673', why: 'the disk of the spool failed: No space left on device', since: new Date(Date.now() - 9e6).toISOString(), attempts: 4, next_attempt_at: new Date(Date.now() + 6e5).toISOString() }],
})

/** Lets the stand-in answer the settings of an installation with two projects. Answers what was sent, call by call. */
export function installSettings({ user = ADMIN, scopes = EVERY_SCOPE } = {}) {
  const sent = []
  const project = { id: 1, name: 'Default', api_token: 'phc_mock', old_tokens: [], recording_settings: RECORDING, retention_days: null, created_at: '2026-01-01T00:00:00Z' }
  const keys = [{ id: 'k1', label: 'Nightly export', value: null, mask_value: 'phx_…7Qz1', scopes: ['session_recording:read'], scoped_teams: [], user_id: 'admin', created_at: '2026-10-01T09:00:00Z', last_used_at: null, expires_at: null }]
  const users = [ANN, { ...ANN, id: 'u2', email: 'a-rather-long-address-of-a-person@subsidiary.example.com', first_name: 'Maximiliane', role: 'viewer', projects: null, may_watch: true }]
  const note = (call, body) => sent.push([call, body])
  const answers = {
    'GET /api/me': () => ({ project: { id: 1, name: project.name, token: project.api_token }, projects: [{ id: 1, name: project.name, token: project.api_token }, { id: 2, name: 'Second shop', token: 'phc_second' }], user, scopes, version: '0.1.0', demo: false }),
    'GET /api/projects/1': () => project,
    'GET /api/projects/2': () => ({ ...project, id: 2, name: 'Second shop', api_token: 'phc_second' }),
    'PATCH /api/projects/1': ({ body }) => {
      note('PATCH project', body)
      if (body.name?.includes('bad')) return refused('name', 'Expected a name of 1 to 200 characters, got 0.')
      return Object.assign(project, body)
    },
    'POST /api/projects': ({ body }) => {
      note('POST project', body)
      return [201, { ...project, id: 2, name: body.name, api_token: 'phc_second' }]
    },
    'POST /api/projects/1/reset_token': ({ url }) => {
      note('POST reset_token', url.search)
      return Object.assign(project, { api_token: 'phc_another', old_tokens: [{ api_token: 'phc_mock', until: '2027-01-01T00:00:00Z' }] })
    },
    'GET /api/projects/1/retention': ({ url }) => ({ days: Number(url.searchParams.get('days')), deletes_before: '2026-01-01T00:00:00Z', recordings: Number(url.searchParams.get('days')) < 60 ? 12 : 0, stored_bytes: 3_400_000 }),
    'GET /api/projects/1/storage_use': ({ url }) => storage(Number(url.searchParams.get('days'))),
    'GET /api/projects/1/ingestion_health': health,
    'GET /api/personal_api_keys': () => keys,
    'POST /api/personal_api_keys': ({ body }) => {
      note('POST key', body)
      const made = { ...keys[0], id: 'k2', label: body.label, scopes: body.scopes, mask_value: 'phx_…new1' }
      keys.unshift(made)
      return [201, { ...made, value: 'phx_the-secret-of-the-key' }]
    },
    'DELETE /api/personal_api_keys/k1': () => {
      note('DELETE key')
      keys.splice(keys.findIndex((key) => key.id === 'k1'), 1)
      return {}
    },
    'GET /api/users': () => ({ count: users.length, next: null, previous: null, results: users }),
    'POST /api/users': ({ body }) => {
      note('POST user', body)
      if (users.some((known) => known.email === body.email)) return refused('email', 'Cannot make this user: there is a user with that address already.')
      users.push({ ...ANN, ...body, id: 'u3' })
      return [201, users.at(-1)]
    },
    'PATCH /api/users/u1': ({ body }) => {
      note('PATCH user', body)
      return Object.assign(users[0], body)
    },
  }
  shared.server.state.answers = answers
  return { sent, project }
}
