// Behind the details: who watched, the mark taken back, the recording deleted after a question; and nothing of it for those who may not.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { madeUpRecordings } from '../support/made-up.mjs'
import { openPlayer, shared } from '../support/pages.mjs'

async function openDetails(options = {}) {
  const recordings = madeUpRecordings()
  const [{ id }] = recordings
  const opened = await openPlayer(id, { recordings, ...options })
  await opened.page.getByRole('tab', { name: 'Details' }).click()
  return { ...opened, id }
}

test('who_watched_is_asked_for_when_somebody_wants_to_know', async () => {
  const asked = []
  shared.server.state.answers['GET /api/projects/@current/activity_log'] = ({ url }) => {
    asked.push(url.search)
    return { results: [{ created_at: '2026-05-04T10:00:00Z', user: { id: 'u1', email: 'ben@example.com' }, via: 'download' }], has_next: false }
  }
  const { page, id, done } = await openDetails()
  assert.deepEqual(asked, [])
  await page.getByRole('button', { name: 'Ask the audit' }).click()
  assert.match(await page.getByRole('list', { name: 'Who watched it' }).innerText(), /ben@example\.com as a file, May 4, 2026/)
  assert.deepEqual(asked, [`?subject=${id}&action=watched&limit=20`])
  await done()
  shared.server.state.answers = {}
})

test('a_recording_is_deleted_after_a_question_and_the_list_follows', async () => {
  const { page, id, done } = await openDetails()
  await page.getByRole('button', { name: 'Delete…' }).click()
  await page.getByRole('button', { name: 'Keep it' }).click()
  assert.ok(shared.server.state.recordings.some((one) => one.id === id))
  await page.getByRole('button', { name: 'Delete…' }).click()
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await page.waitForURL((url) => url.pathname === '/')
  assert.ok(!shared.server.state.recordings.some((one) => one.id === id))
  await done()
})

test('the_mark_of_having_watched_is_taken_back', async () => {
  const { page, id, done } = await openDetails()
  shared.server.state.recordings[0].facts.viewed = true
  await page.getByRole('button', { name: 'Mark as not watched' }).click()
  await page.getByText('Marked as not watched.').waitFor()
  assert.equal(shared.server.state.recordings.find((one) => one.id === id).facts.viewed, false)
  await done()
})

test('who_may_not_is_offered_nothing', async () => {
  const { scopes } = shared.server.state
  shared.server.state.scopes = ['session_recording:read']
  const { page, done } = await openDetails()
  await page.getByText('Recording file').waitFor()
  assert.equal(await page.getByText('Who watched it').count() + (await page.getByRole('button', { name: 'Delete…' }).count()), 0)
  await done()
  shared.server.state.scopes = scopes
})
