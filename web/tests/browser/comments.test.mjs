// Comments: read, written about a moment, answered, changed, deleted; as marks on the time line; and what is said where that fails.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commentOf } from '../support/mock-comments.mjs'
import { madeUpRecordings } from '../support/made-up.mjs'
import { openPlayer, position, pressInto, shared, waitForCount } from '../support/pages.mjs'

const at = (recording, ms) => ({ time_in_recording: new Date(recording.startedAt + ms).toISOString() })
const field = (page) => page.getByLabel('Comment', { exact: true })
const items = (page) => page.getByRole('article', { name: /^Comment by/ })

/** The first made-up recording with these comments. */
async function withComments(comments, options = {}) {
  const recordings = madeUpRecordings()
  const [recording] = recordings
  shared.server.state.comments = comments(recording).map((one) => commentOf({ item_id: recording.id, ...one }))
  const opened = await openPlayer(recording.id, { recordings, ...options })
  // The panels, which hear the key that begins a comment, come after the picture.
  await opened.page.getByRole('tab', { name: /^Comments/ }).waitFor()
  return { ...opened, recording, tab: () => opened.page.getByRole('tab', { name: /^Comments/ }).click() }
}

test('comments_stand_in_order_of_their_moments_with_their_answers_and_lead_there', async () => {
  const { page, tab, done } = await withComments((recording) => [
    { id: 'c', content: 'Here, and again at 0:03. Not at 12:34.', item_context: at(recording, 2000) },
    { id: 'a', content: 'About all of it.' },
    { id: 'd', content: 'Yes.', source_comment: 'c', created_by: { id: 'ann', first_name: 'ann' } },
  ])
  await tab()
  await waitForCount(items(page), 3)
  assert.deepEqual((await items(page).locator('.comment-text').allInnerTexts()), ['About all of it.', 'Here, and again at 0:03. Not at 12:34.', 'Yes.'])
  assert.equal(await page.getByRole('list', { name: 'Answers' }).getByRole('article').count(), 1)
  await page.getByRole('button', { name: 'Go to 0:02' }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 2000)
  await page.getByRole('button', { name: 'Go to 0:03' }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 3000)
  assert.equal(await page.getByRole('button', { name: 'Go to 12:34' }).count(), 0, 'a time after the end is another time')
  await done()
})

test('the_key_m_begins_a_comment_on_this_moment_and_it_becomes_a_mark', async () => {
  const { page, seek, recording, done } = await withComments(() => [])
  await seek(1500)
  await pressInto(page, 'm', field(page))
  await page.getByRole('button', { name: 'at 0:01' }).waitFor()
  await page.keyboard.type('Look: m is typed here')
  await seek(2500)
  await page.keyboard.press('Control+Enter')
  await items(page).first().waitFor()
  assert.equal(await position(page), 2500, 'no key of the text was one of the player')
  const [sent] = shared.server.state.comments
  assert.deepEqual([sent.content, sent.scope, sent.item_id, sent.item_context], ['Look: m is typed here', 'recording', recording.id, at(recording, 1500)])
  await page.keyboard.press('g')
  await page.getByText('Comment: ann, Look: m is typed here').first().waitFor()
  await page.keyboard.press('?')
  await page.getByText('Comment on this moment').waitFor()
  await done()
})

test('a_comment_about_no_moment_says_none', async () => {
  const { page, seek, done } = await withComments(() => [])
  await seek(1500)
  await pressInto(page, 'm', field(page))
  await page.keyboard.type('All of it')
  await page.getByRole('button', { name: 'at 0:01' }).click()
  await page.getByRole('button', { name: 'Comment', exact: true }).click()
  await items(page).first().waitFor()
  assert.equal(shared.server.state.comments[0].item_context, null)
  await done()
})

test('ones_own_comments_are_changed_and_deleted_and_others_are_answered', async () => {
  const { page, tab, done } = await withComments((recording) => [
    { id: 'own', content: 'Mine', created_by: { id: 'ann', first_name: 'ann' } },
    { id: 'other', content: 'Theirs', item_context: at(recording, 1000) },
  ])
  await tab()
  const own = page.getByRole('article', { name: 'Comment by ann' })
  await waitForCount(items(page), 2)
  assert.equal(await page.getByRole('article', { name: 'Comment by ben' }).getByRole('button', { name: 'Delete' }).count(), 0)
  await own.getByRole('button', { name: 'Change' }).click()
  await page.getByLabel('Change the comment').fill('Mine, better')
  await page.getByRole('button', { name: 'Save' }).click()
  await own.getByText('Mine, better').waitFor()
  await own.getByText(', changed').waitFor()
  await page.getByRole('article', { name: 'Comment by ben' }).getByRole('button', { name: 'Answer' }).click()
  await page.getByLabel('Answer to ben').fill('I see')
  await page.locator('.comment-list').getByRole('button', { name: 'Answer', exact: true }).last().click()
  await page.getByRole('list', { name: 'Answers' }).getByText('I see').waitFor()
  assert.equal(shared.server.state.comments[0].source_comment, 'other')
  await own.first().getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('group', { name: 'Delete this comment?' }).getByRole('button', { name: 'Delete' }).click()
  await page.getByText('Mine, better').waitFor({ state: 'detached' })
  assert.equal(shared.server.state.comments.find(({ id }) => id === 'own').deleted, true)
  await done()
})

test('what_is_refused_stays_written_and_is_said', async () => {
  const { page, done } = await withComments(() => [], { allow: (message) => message.includes('400') })
  await pressInto(page, 'm', field(page))
  await page.keyboard.type('refuse me')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('alert').getByText('Expected something else.').waitFor()
  await page.getByRole('tab', { name: 'Console' }).click()
  await pressInto(page, 'm', field(page))
  assert.equal(await field(page).inputValue(), 'refuse me', 'it outlives another panel')
  await done()
})

test('who_may_not_read_or_write_comments_is_told', async () => {
  const { answers } = shared.server.state
  answers['GET /api/projects/@current/comments'] = [403, { type: 'authentication_error', code: 'permission_denied', detail: 'This key may not read comments.', attr: null }]
  const refused = await withComments(() => [], { allow: (message) => message.includes('403') })
  await refused.tab()
  await refused.page.getByText('This key may not read comments.').waitFor()
  delete answers['GET /api/projects/@current/comments']
  await refused.page.getByRole('button', { name: 'Try again' }).click()
  await refused.page.getByText('Nobody has said anything').waitFor()
  await refused.done()
  const { scopes } = shared.server.state
  shared.server.state.scopes = ['comment:read']
  const reader = await withComments(() => [{ id: 'own', content: 'Mine', created_by: { id: 'ann', first_name: 'ann' } }])
  await reader.tab()
  await reader.page.getByText('You may read comments here, and not write any.').waitFor()
  await waitForCount(items(reader.page), 1)
  assert.equal(await field(reader.page).count(), 0)
  assert.equal(await reader.page.getByRole('button', { name: 'Change', exact: true }).count(), 0)
  await reader.done()
  shared.server.state.scopes = scopes
})
