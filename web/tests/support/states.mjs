// Every page in every state that it can be in, as a table: what looks at all of them (`accessibility.test.mjs`) takes them from here.
// A page or state that is added is added here.

import { commentOf } from './mock-comments.mjs'
import { madeUpRecordings, manyRows } from './made-up.mjs'
import { open, openOffline, openPlayer, picture, shared, waitForCount } from './pages.mjs'
import { installSettings } from './settings.mjs'

const LIST = '/api/projects/@current/session_recordings/'
const refused = (status, detail) => [status, { type: 'server_error', code: 'error', detail, attr: null }]
const never = () => new Promise(() => undefined)
const SETTINGS_PARTS = ['project', 'install', 'recording', 'retention', 'keys', 'users', 'storage', 'health']
const PANELS = ['Events', 'Console', 'Network', 'Pages', 'Inspect', 'Notices', 'Comments', 'Person', 'Details']

const [counter] = madeUpRecordings()
const collection = (name, more = {}) => ({
  id: 1, short_id: name.toLowerCase(), type: 'collection', name, description: 'Those who gave up.', pinned: true, deleted: false, filters: {}, sessions: [counter.id],
  created_at: '2026-05-04T10:00:00Z', last_modified_at: '2026-05-04T10:00:00Z', created_by: { first_name: 'Ann' }, ...more,
})
const openedLink = (more = {}) => ({ shareToken: 'pass', project_id: 1, type: 'recording', recordings: [counter.facts], settings: {}, ...more })
const sharing = {
  enabled: true, access_token: 'token-1', settings: {}, password_required: true, share_passwords: [{ id: 7, note: 'Legal' }], expires_at: null, max_views: 5, views: 1,
  starts_at: 2000, ends_at: null, allowed_origins: ['https://wiki.example'],
}

const link = (path, answer) => () => {
  shared.server.state.answers = { [`POST ${path}`]: answer, [`GET ${path}/alive`]: {} }
}
const player = (then) => ({
  prepare: () => {
    const at = { time_in_recording: new Date(counter.startedAt + 2000).toISOString() }
    shared.server.state.collections = [collection('Anger'), collection('Joy', { sessions: [] })]
    shared.server.state.comments = [
      commentOf({ item_id: counter.id, id: 'a', content: 'Look at 0:03.', item_context: at }),
      commentOf({ item_id: counter.id, id: 'b', content: 'Yes.', source_comment: 'a', created_by: { id: 'ann', first_name: 'ann' } }),
    ]
    const path = `${LIST}${counter.id}/sharing`
    shared.server.state.answers = { [`GET ${path}`]: sharing, [`GET ${path}/accesses`]: { count: 1, results: [{ time: '2026-05-04T10:00:00Z', address: '192.0.2.x', user_agent: 'Firefox' }] } }
  },
  open: async (options) => {
    const opened = await openPlayer(counter.id, options)
    await opened.seek(2500)
    await then?.(opened.page)
    return opened
  },
})
const page = (path, ready, more = {}) => ({
  open: async (options) => {
    const opened = await open(path, options)
    await ready(opened.page)
    return opened
  },
  ...more,
})
const hasPicture = (shown) => waitForCount(picture(shown), 1)
const text = (words) => (shown) => shown.getByText(words).first().waitFor()

/** `prepare` sets up what the stand-in answers; `open` resolves when the state is on screen. */
export const STATES = {
  'list': page('/', (shown) => shown.waitForSelector('.row-place'), { recordings: () => manyRows(40) }),
  'list, rows chosen': page('/', async (shown) => {
    await shown.locator('.row-check').nth(0).click()
    await shown.locator('.selection-bar').waitFor()
  }, { recordings: () => manyRows(40) }),
  'list, nothing yet': page('/', (shown) => shown.locator('main h1').first().waitFor(), { recordings: () => [] }),
  'list, nothing fits': page('/?date_from=-1h', (shown) => shown.locator('.message').first().waitFor(), { recordings: () => [counter] }),
  'list, loading': page('/', text('Cassette'), { prepare: () => { shared.server.state.answers = { [`GET ${LIST}`]: never } } }),
  'list, failed': page('/', text('The catalog is not there.'), { prepare: () => { shared.server.state.answers = { [`GET ${LIST}`]: refused(503, 'The catalog is not there.') } } }),
  'login': page('/', (shown) => shown.locator('.login').waitFor(), { prepare: () => { shared.server.state.loggedIn = false } }),
  ...Object.fromEntries(PANELS.map((name) => [`player, ${name}`, player(async (shown) => {
    await shown.getByRole('tab', { name: new RegExp(`^${name}`) }).click()
    await shown.getByRole('tabpanel', { name: new RegExp(`^${name}`) }).waitFor()
    await shown.getByText('Loading…').waitFor({ state: 'detached' })
  })])),
  'player, moments': player(async (shown) => {
    await shown.keyboard.press('g')
    await shown.getByRole('dialog', { name: 'Moments' }).waitFor()
  }),
  'player, keyboard sheet': player(async (shown) => {
    await shown.keyboard.press('?')
    await shown.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  }),
  'player, collections': player(async (shown) => {
    await shown.getByTitle('Add to a collection').click()
    await shown.getByRole('button', { name: /^Anger/, pressed: true }).waitFor()
  }),
  'player, share': player(async (shown) => {
    await shown.getByTitle('Share this recording').click()
    await shown.locator('dialog summary').first().waitFor()
    for (const summary of await shown.locator('dialog summary').all()) await summary.click()
    await shown.getByText('Firefox').waitFor()
  }),
  'player, nothing by this address': page('/recordings/nobody', text('There is no such recording')),
  'live': page('/live', (shown) => shown.locator('.live-place').first().waitFor(), { recordings: () => [{ ...counter, facts: { ...counter.facts, ongoing: true } }] }),
  'live, nobody': page('/live', (shown) => shown.locator('.message').first().waitFor(), { recordings: () => [] }),
  'collections': page('/collections', text('Anger'), { prepare: () => { shared.server.state.collections = [collection('Anger')] } }),
  'collections, none': page('/collections', text('No collections yet'), { prepare: () => { shared.server.state.collections = [] } }),
  'collection': page('/collections/anger', (shown) => shown.getByRole('heading', { name: 'Anger' }).waitFor(), { prepare: () => { shared.server.state.collections = [collection('Anger')] } }),
  ...Object.fromEntries(SETTINGS_PARTS.map((part) => [`settings, ${part}`, page(`/settings/${part}`, (shown) => shown.locator('.settings-main h2').first().waitFor(), { prepare: () => installSettings() })])),
  'API': page('/api/docs', (shown) => shown.locator('main h1').first().waitFor(), {
    prepare: () => {
      const responses = { 200: { description: 'It is there.' } }
      shared.server.state.answers = { 'GET /api/schema': { openapi: '3.1.0', info: { title: 'Cassette', version: '1' }, paths: { '/api/me': { get: { tags: ['users'], summary: 'Who asks.', responses } } } } }
    },
  }),
  'link': page('/shared/TOKEN', hasPicture, { prepare: link('/shared/TOKEN', openedLink({ settings: { showInspector: true } })) }),
  'link to a collection': page('/shared/TOKEN', (shown) => shown.locator('.shared-list li').waitFor(), { prepare: link('/shared/TOKEN', openedLink({ type: 'collection', name: 'Anger' })) }),
  'link, locked': page('/shared/TOKEN', (shown) => shown.locator('input[type=password]').waitFor(), { prepare: link('/shared/TOKEN', refused(401, 'A password is needed.')) }),
  'link, gone': page('/shared/TOKEN', (shown) => shown.locator('.share-gone').waitFor(), { prepare: link('/shared/TOKEN', refused(404, 'Not found.')) }),
  'link in a frame': page('/embedded/TOKEN', hasPicture, { prepare: link('/embedded/TOKEN', openedLink()) }),
  'a file that plays by itself': { open: (options) => openOffline(counter, options) },
}

/** Opens a state as nobody has touched the stand-in before. */
export async function openState(name, options = {}) {
  const { prepare, recordings, open: opens } = STATES[name]
  Object.assign(shared.server.state, { answers: {}, loggedIn: true, comments: [], collections: [], recordings: recordings?.() ?? madeUpRecordings() })
  prepare?.()
  return opens({ allow: (message) => message.includes('the server responded with a status of'), ...options })
}
