// Every page in every state that it can be in, as a table: what looks at all of them (`accessibility.test.mjs`) takes them from here.
// A page or state that is added is added here.

import { commentOf } from './mock-comments.mjs'
import { counter as counting, madeUpRecordings, manyRows } from './made-up.mjs'
import { visit } from './made-up-visit.mjs'
import { open, openOffline, openPlayer, picture, shared, waitForCount } from './pages.mjs'
import { installSettings } from './settings.mjs'

const LIST = '/api/projects/@current/session_recordings/'
const refused = (status, detail) => [status, { type: 'server_error', code: 'error', detail, attr: null }]
const never = () => new Promise(() => undefined)
const SETTINGS_PARTS = ['project', 'install', 'recording', 'retention', 'keys', 'users', 'storage', 'health']
const PANELS = ['Events', 'Console', 'Network', 'Pages', 'Inspect', 'Person', 'Details']

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

/** A description of the API, of one call. */
function describe() {
  const parameters = [{ name: 'limit', in: 'query', schema: { type: 'integer' }, description: 'How many at most.' }]
  const responses = { 200: { description: 'It is there.' }, 401: { description: 'Nobody is logged in.' } }
  shared.server.state.answers = { 'GET /api/schema': { openapi: '3.1.0', info: { title: 'Cassette', version: '1' }, paths: { '/api/me': { get: { tags: ['users'], summary: 'Who asks.', description: 'The user, and the projects that it sees.', parameters, responses } } } } }
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

/** The visit that has something of everything, with the panel open, and what is done then. */
const visited = (panel, then, { at = 33_500, ...more } = {}) => ({
  recordings: () => [visit()],
  prepare: () => { shared.server.state.answers = { 'GET /api/projects/@current/persons/': { results: [visit().facts.person] } } },
  open: async (options) => {
    const opened = await openPlayer('made-up-visit', options)
    await opened.seek(at)
    await opened.page.getByRole('tab', { name: new RegExp(`^${panel}`) }).click()
    await opened.page.getByRole('tabpanel', { name: new RegExp(`^${panel}`) }).waitFor()
    await then?.(opened.page)
    return opened
  },
  ...more,
})
/** The player with one of the recordings that show no picture, or none yet. */
const noPicture = (id, words, more = {}) => page(`/recordings/${id}`, text(words), more)
const detail = (row) => async (shown) => {
  await shown.locator('.event', { hasText: row }).first().click()
  await shown.getByRole('region', { name: 'Details' }).waitFor()
}
const elementPicked = async (shown) => {
  await shown.getByRole('button', { name: 'Pick an element' }).click()
  const button = shown.frameLocator('.stage-picture:not(.is-coming) iframe').locator('button').first()
  const { x, y, width, height } = await button.boundingBox()
  await shown.mouse.click(x + width / 2, y + height / 2)
  await shown.getByRole('list', { name: 'History' }).or(shown.locator('.history')).first().waitFor()
}
/** The list with the fields of one filter open. */
const adding = (label) => page('/', async (shown) => {
  await shown.waitForSelector('.row-place')
  await shown.keyboard.press('/')
  await shown.getByLabel('What to filter by').first().fill(label)
  await shown.keyboard.press('Enter')
  await shown.getByRole('button', { name: 'Apply' }).waitFor()
}, { recordings: () => manyRows(40) })
const opening = (button, label) => page('/?page=/page-3&click_count.gte=3', async (shown) => {
  await shown.waitForSelector('.row-place')
  await shown.locator('.sentence').getByRole('button', { name: button }).first().click()
  await shown.getByRole('dialog', { name: label }).waitFor()
}, { recordings: () => manyRows(40) })
const inSettings = (part, then) => page(`/settings/${part}`, async (shown) => {
  await shown.locator('.settings-main h2').first().waitFor()
  await then(shown)
}, { prepare: () => installSettings() })
const inCollection = (then, sharing) => page('/collections/anger', async (shown) => {
  await shown.getByRole('heading', { name: 'Anger' }).waitFor()
  await then(shown)
}, {
  prepare: () => {
    shared.server.state.collections = [collection('Anger', { sharing })]
    if (sharing) shared.server.state.answers = { 'GET /api/projects/@current/session_recording_playlists/anger/sharing': sharing }
  },
})
const FILTERS = ['Page visited', 'Length', 'Console line', 'Event', 'Property of an event', 'Collection']

/** `prepare` sets up what the stand-in answers; `open` resolves when the state is on screen. */
export const STATES = {
  'list': page('/', (shown) => shown.waitForSelector('.row-place'), { recordings: () => manyRows(40) }),
  'list, rows chosen': page('/', async (shown) => {
    await shown.locator('.row-check').nth(0).click()
    await shown.locator('.selection-bar').waitFor()
  }, { recordings: () => manyRows(40) }),
  'list, nothing yet': page('/', (shown) => shown.locator('.first-steps').waitFor(), { recordings: () => [] }),
  'list, nothing fits': page('/?date_from=-1h', (shown) => shown.locator('.message').first().waitFor(), { recordings: () => [counter] }),
  'list, loading': page('/', text('Cassette'), { prepare: () => { shared.server.state.answers = { [`GET ${LIST}`]: never } } }),
  'list, failed': page('/', text('The catalog is not there.'), { prepare: () => { shared.server.state.answers = { [`GET ${LIST}`]: refused(503, 'The catalog is not there.') } } }),
  'list, question before deleting': page('/', async (shown) => {
    await shown.locator('.row-check').nth(0).click()
    await shown.getByRole('button', { name: 'Delete…' }).click()
    await shown.getByRole('dialog').waitFor()
  }, { recordings: () => manyRows(40) }),
  'list, many filters': page('/?page=/page-3&click_count.gte=3&rage_click_count.gte=1&date_from=-7d&match=any', (shown) => shown.locator('.row-place, .message').first().waitFor(), { recordings: () => manyRows(400) }),
  'list, adding a filter': page('/', async (shown) => {
    await shown.waitForSelector('.row-place')
    await shown.keyboard.press('/')
    await shown.getByRole('listbox').waitFor()
  }, { recordings: () => manyRows(40) }),
  ...Object.fromEntries(FILTERS.map((label) => [`list, filter by ${label.toLowerCase()}`, adding(label)])),
  'list, a filter opened again': opening(/^who visited/, 'who visited /page-3'),
  'list, time': opening('from any time', 'When they began'),
  'list, order': opening('newest first', 'Order'),
  'list, saving filters': opening(/^Save/, 'Save as collection'),
  'login': page('/', (shown) => shown.locator('.login').waitFor(), { prepare: () => { shared.server.state.loggedIn = false } }),
  ...Object.fromEntries(PANELS.map((name) => [`player, ${name}`, visited(name)])),
  'player, Notices': visited('Notices', text('A gap')),
  'player, Notices, none': player((shown) => shown.getByRole('tab', { name: /^Notices/ }).click()),
  'player, Comments': player(async (shown) => {
    await shown.getByRole('tab', { name: /^Comments/ }).click()
    await shown.getByText('Look at').waitFor()
  }),
  'player, Network, no requests': player((shown) => shown.getByRole('tab', { name: 'Network' }).click()),
  'player, moments': visited('Events', async (shown) => {
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
  'player, console line opened': visited('Console', async (shown) => {
    await detail('basket')(shown)
    await shown.getByRole('region', { name: 'Details' }).getByRole('button', { expanded: false }).first().click()
  }),
  'player, error opened': visited('Console', detail('payment is undefined')),
  'player, request opened': visited('Network', detail('/api/basket')),
  'player, event opened': visited('Events', detail('lamp_added')),
  'player, element picked': visited('Inspect', elementPicked),
  'player, in a gap': visited('Events', undefined, { at: 300_000 }),
  'player, question before deleting': visited('Details', async (shown) => {
    await shown.getByRole('button', { name: 'Delete…' }).click()
    await shown.getByRole('button', { name: 'Delete for good' }).waitFor()
  }),
  'player, answering a comment': player(async (shown) => {
    await shown.getByRole('tab', { name: /^Comments/ }).click()
    await shown.getByRole('button', { name: 'Answer' }).first().click()
  }),
  'player, no picture': noPicture('made-up-no-snapshot', 'Nothing to show here'),
  'player, mobile app': noPicture('made-up-mobile', 'A recording of a mobile app'),
  'player, loading': page(`/recordings/${counter.id}`, (shown) => shown.locator('.spinner').waitFor(), { prepare: () => { shared.server.state.answers = { [`GET ${LIST}${counter.id}/blocks`]: never } } }),
  'player, failed': noPicture(counter.id, 'The recording could not be loaded', { prepare: () => { shared.server.state.answers = { [`GET ${LIST}${counter.id}/blocks`]: refused(503, 'The store does not answer.') } } }),
  'player, live': page('/recordings/running', async (shown) => {
    await shown.getByRole('button', { name: 'Live' }).click()
    await shown.waitForSelector('.live-button[aria-pressed=true]')
  }, { recordings: () => [counting({ id: 'running', live: true, seconds: 8 })] }),
  'player, two windows': { open: async (options) => {
    const opened = await openPlayer('made-up-two-windows', options)
    await opened.seek(5000)
    return opened
  } },
  'player, ended': { open: async (options) => {
    const opened = await openPlayer('made-up-two-windows', options)
    await opened.seek(9400)
    await opened.page.keyboard.press(' ')
    await opened.page.getByRole('button', { name: 'Play again' }).first().waitFor()
    return opened
  } },
  'player, logged out': page(`/recordings/${counter.id}`, (shown) => shown.locator('.login').waitFor(), { prepare: () => { shared.server.state.loggedIn = false } }),
  'player, nothing by this address': page('/recordings/nobody', text('There is no such recording')),
  'live': page('/live', (shown) => shown.locator('.live-place').first().waitFor(), { recordings: () => manyRows(7).map((one) => ({ ...one, facts: { ...one.facts, ongoing: true } })) }),
  'live, nobody': page('/live', (shown) => shown.locator('.message').first().waitFor(), { recordings: () => [] }),
  'collections': page('/collections', text('Anger'), { prepare: () => { shared.server.state.collections = [collection('Anger')] } }),
  'collections, none': page('/collections', text('No collections yet'), { prepare: () => { shared.server.state.collections = [] } }),
  'collections, failed': page('/collections', text('The catalog is not there.'), { prepare: () => { shared.server.state.answers = { 'GET /api/projects/@current/session_recording_playlists/': refused(503, 'The catalog is not there.') } } }),
  'collections, rename': page('/collections', async (shown) => {
    await shown.getByRole('button', { name: 'Rename' }).first().click()
    await shown.getByRole('textbox', { name: 'Name' }).waitFor()
  }, { prepare: () => { shared.server.state.collections = [collection('Anger'), collection('Joy', { id: 2, pinned: false })] } }),
  'collections, question before deleting': page('/collections', async (shown) => {
    await shown.getByRole('button', { name: 'Delete Anger' }).click()
    await shown.getByRole('dialog').waitFor()
  }, { prepare: () => { shared.server.state.collections = [collection('Anger')] } }),
  'collection, nothing in it': page('/collections/joy', text('Nothing is in it yet'), { prepare: () => { shared.server.state.collections = [collection('Joy', { sessions: [] })] } }),
  'collection, nothing by this address': page('/collections/nobody', text('There is no such collection')),
  'collection, being changed': inCollection((shown) => shown.getByRole('button', { name: 'Change', exact: true }).click()),
  'collection, link': inCollection(async (shown) => {
    await shown.getByRole('button', { name: 'Share' }).click()
    await shown.getByLabel('Link').waitFor()
  }, sharing),
  'collection': page('/collections/anger', (shown) => shown.getByRole('heading', { name: 'Anger' }).waitFor(), { prepare: () => { shared.server.state.collections = [collection('Anger')] } }),
  ...Object.fromEntries(SETTINGS_PARTS.map((part) => [`settings, ${part}`, page(`/settings/${part}`, (shown) => shown.locator('.settings-main h2').first().waitFor(), { prepare: () => installSettings() })])),
  'settings, another token': inSettings('project', async (shown) => {
    await shown.getByRole('button', { name: 'Make another token…' }).click()
    await shown.getByRole('dialog').waitFor()
  }),
  'settings, custom masking': inSettings('recording', (shown) => shown.getByRole('radio', { name: /Custom/ }).check()),
  'settings, question before keeping less': inSettings('retention', async (shown) => {
    await shown.getByRole('radio', { name: 'Deleted when they are older than' }).check()
    await shown.getByLabel('Days').fill('30')
    await shown.getByText(/12 recordings/).first().waitFor()
    await shown.getByRole('button', { name: 'Save' }).click()
    await shown.getByRole('dialog').waitFor()
  }),
  'settings, a key was made': inSettings('keys', async (shown) => {
    await shown.getByLabel('What it is for').fill('Notebook')
    await shown.getByRole('button', { name: 'Make the key' }).click()
    await shown.locator('.settings-secret').waitFor()
  }),
  'settings, question before taking back': inSettings('keys', async (shown) => {
    await shown.getByRole('button', { name: 'Take back…' }).first().click()
    await shown.getByRole('dialog').waitFor()
  }),
  'settings, a user being changed': inSettings('users', (shown) => shown.locator('summary', { hasText: 'Change' }).nth(1).click()),
  'settings, failed': page('/settings/project', text('The catalog is not there.'), { prepare: () => { shared.server.state.answers = { 'GET /api/me': refused(503, 'The catalog is not there.') } } }),
  'settings, nothing by this address': page('/settings/nobody', text('There is no such part of the settings'), { prepare: () => installSettings() }),
  'API': page('/api/docs', (shown) => shown.locator('main h1').first().waitFor(), { prepare: describe }),
  'API, a call opened': page('/api/docs', async (shown) => {
    await shown.locator('main summary').first().click()
    await shown.locator('main details[open]').first().waitFor()
  }, { prepare: describe }),
  'link': page('/shared/TOKEN', hasPicture, { prepare: link('/shared/TOKEN', openedLink({ settings: { showInspector: true } })) }),
  'link to a collection': page('/shared/TOKEN', (shown) => shown.locator('.shared-list li').waitFor(), { prepare: link('/shared/TOKEN', openedLink({ type: 'collection', name: 'Anger' })) }),
  'link, locked': page('/shared/TOKEN', (shown) => shown.locator('input[type=password]').waitFor(), { prepare: link('/shared/TOKEN', refused(401, 'A password is needed.')) }),
  'link, wrong password': page('/shared/TOKEN', async (shown) => {
    await shown.locator('input[type=password]').fill('wrong')
    await shown.keyboard.press('Enter')
    await shown.getByRole('alert').waitFor()
  }, { prepare: link('/shared/TOKEN', refused(401, 'A password is needed.')) }),
  'link, failed': page('/shared/TOKEN', text('This recording could not be opened'), { prepare: link('/shared/TOKEN', refused(503, 'The catalog is not there.')) }),
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
