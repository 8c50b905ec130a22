// Sharing from the player: links, bounds, look, passwords, who came, files, and the way back; through the public API only.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { click, madeUpRecordings, meta, snapshot } from '../support/made-up.mjs'
import { eventually, openPlayer, shared } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'

const NOT_SHARED = {
  enabled: false, access_token: null, settings: {}, password_required: false, share_passwords: [], expires_at: null, max_views: null, views: 0, starts_at: null, ends_at: null,
  allowed_origins: [],
}

/** The player with the dialog open; `sharing()` is what the server has. */
async function openDialog(before = {}, { recordings = madeUpRecordings(), ...options } = {}) {
  const [{ id }] = recordings
  const path = `/api/projects/@current/session_recordings/${id}/sharing`
  let sharing = { ...NOT_SHARED, ...before }
  const { answers } = shared.server.state
  answers[`GET ${path}`] = () => sharing
  answers[`PATCH ${path}`] = ({ body }) => {
    if (body.starts_at !== undefined && body.starts_at !== null && body.starts_at > 3000) {
      return [400, { type: 'validation_error', code: 'invalid_input', detail: 'Expected a part with a full picture of the page; there are some at 0 and 2000.', attr: 'starts_at' }]
    }
    sharing = { ...sharing, access_token: 'token-1', ...body }
    return sharing
  }
  answers[`POST ${path}/refresh`] = () => (sharing = { ...sharing, access_token: 'token-2' })
  answers[`POST ${path}/passwords`] = ({ body }) => {
    sharing = { ...sharing, share_passwords: [...sharing.share_passwords, { id: 7, note: body.note ?? '' }] }
    return [201, { id: 7, note: body.note, password: body.raw_password }]
  }
  answers[`DELETE ${path}/passwords/7`] = () => {
    sharing = { ...sharing, share_passwords: [] }
    return {}
  }
  answers[`GET ${path}/accesses`] = {
    count: 1, next: null, previous: null,
    results: [{ time: '2026-05-04T10:00:00Z', address: '192.0.2.x', user_agent: 'Firefox', referrer_origin: 'https://wiki.example', password_id: 7 }],
  }
  const opened = await openPlayer(id, { recordings, ...options })
  await opened.seek(2000)
  await opened.page.getByRole('button', { name: 'Share' }).click()
  const dialog = opened.page.getByRole('dialog', { name: 'Share this recording' })
  return { ...opened, id, dialog, sharing: () => sharing }
}

const opens = (dialog, summary) => dialog.locator('summary', { hasText: summary }).click()

test('a_link_is_made_copied_for_this_moment_renewed_and_taken_back', async () => {
  const { page, dialog, sharing, done } = await openDialog()
  const { origin } = shared.server
  await dialog.getByText('They see no name and no id of the visitor').waitFor()
  await dialog.getByRole('button', { name: 'Create a link' }).click()
  assert.equal(await dialog.getByLabel('Link', { exact: true }).inputValue(), `${origin}/shared/token-1`)
  await dialog.getByLabel('Both start at this moment, 0:02').check()
  await eventually(async () => assert.equal(await dialog.getByLabel('Link', { exact: true }).inputValue(), `${origin}/shared/token-1#t=2`))
  assert.match(await dialog.getByLabel('For a page of yours').inputValue(), /<iframe src="[^"]+\/embedded\/token-1#t=2" .*allowfullscreen><\/iframe>/)
  await dialog.getByRole('button', { name: 'New link' }).click()
  await page.waitForFunction(() => document.querySelector('dialog input').value.includes('token-2'))
  await dialog.getByRole('button', { name: 'Stop sharing' }).click()
  await dialog.getByRole('button', { name: 'Create a link' }).waitFor()
  assert.equal(sharing().enabled, false)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await eventually(async () => assert.equal(await page.evaluate(() => document.activeElement?.title), 'Share this recording', 'the focus is where it was'))
  await done()
})

test('what_is_shown_and_how_it_looks_is_set', async () => {
  const { dialog, seek, sharing, page, done } = await openDialog({ enabled: true, access_token: 'token-1', settings: { theirs: 1 } }, { allow: (message) => message.includes('400') })
  await opens(dialog, 'What it shows, and how')
  await dialog.getByRole('button', { name: 'Begin at 0:02' }).click()
  await dialog.getByText('Shows it from 0:02 to the end').waitFor()
  assert.deepEqual([sharing().starts_at, sharing().ends_at], [2000, null])
  await dialog.getByRole('button', { name: 'Show all' }).click()
  await dialog.getByText('Shows the whole recording').waitFor()
  await dialog.getByLabel('Panels: events').check()
  await dialog.getByLabel('Plays by itself').uncheck()
  await dialog.getByLabel('Theme').selectOption('dark')
  await page.waitForFunction(() => document.querySelector('.share-look select').value === 'dark')
  await eventually(() => assert.deepEqual(sharing().settings, { theirs: 1, showInspector: true, autoplay: false, theme: 'dark' }, 'what this page does not know stays'))
  await page.keyboard.press('Escape')
  await seek(4000)
  await page.getByRole('button', { name: 'Share' }).click()
  await opens(dialog, 'What it shows, and how')
  await dialog.getByRole('button', { name: 'Begin at 0:04' }).click()
  await dialog.getByRole('alert').getByText('there are some at 0 and 2000').waitFor()
  await done()
})

test('who_may_open_it_is_set_and_who_did_is_said', async () => {
  const { dialog, sharing, done } = await openDialog({ enabled: true, access_token: 'token-1', views: 1 })
  await opens(dialog, 'Who may open it')
  await dialog.getByLabel('Opens as often as anybody likes').fill('5')
  await dialog.locator('form', { hasText: 'Opens as often' }).getByRole('button', { name: 'Set' }).click()
  await dialog.getByText('Opens 5 times, of which 1 was used').waitFor()
  await dialog.getByLabel('Any site may show it in a frame').fill('https://wiki.example https://docs.example')
  await dialog.locator('form', { hasText: 'Any site' }).getByRole('button', { name: 'Set' }).click()
  await dialog.getByText('Only these sites may show it in a frame').waitFor()
  await dialog.getByLabel('New password').fill('correct horse')
  await dialog.getByLabel('For whom the password is').fill('Legal')
  await dialog.getByRole('button', { name: 'Add' }).click()
  await dialog.getByText('Opens with a password').waitFor()
  await eventually(() => assert.deepEqual([sharing().max_views, sharing().allowed_origins, sharing().password_required], [5, ['https://wiki.example', 'https://docs.example'], true]))
  await opens(dialog, 'Opened 1 time')
  await dialog.getByText('Firefox · 192.0.2.x · from https://wiki.example · with Legal').waitFor()
  await dialog.getByRole('button', { name: 'Take back Legal' }).click()
  await dialog.getByText('Opens without a password').waitFor()
  await eventually(() => assert.equal(sharing().password_required, false, 'without any, nobody could open it'))
  await done()
})

test('files_are_offered_without_a_link_and_the_network_is_made_here', async () => {
  const at = meta(0).timestamp
  const request = { name: 'https://shop.example/api/cart', entryType: 'resource', initiatorType: 'fetch', method: 'GET', status: 200, startTime: 1000, duration: 80, timestamp: at + 1000 }
  const events = [meta(0), snapshot(5, []), { type: 6, data: { plugin: 'rrweb/network@1', payload: { requests: [request] } }, timestamp: at + 1500 }, click(4000, 4)]
  const recordings = [recordingOf({ id: 'network', events: events.map((event) => ({ windowId: 'w', event })) })]
  const { page, dialog, id, done } = await openDialog({}, { recordings })
  await opens(dialog, 'Files to take away')
  for (const [name, format] of [['Page to play it anywhere', 'html'], ['rrweb events', 'rrweb'], ['PostHog export', 'posthog-json']]) {
    assert.equal(await dialog.getByRole('link', { name }).getAttribute('href'), `/api/projects/@current/session_recordings/${id}/recording?format=${format}`)
  }
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'HAR' }).click()])
  assert.equal(download.suggestedFilename(), `${id}.har`)
  await done()
})
