// Who is on the site now.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, open, shared } from '../support/pages.mjs'
import { manyRows } from '../support/made-up.mjs'

/** As the page has it; nobody waits for it here. */
const UNTIL_ASKED_MS = 3000
const UNTIL_GONE_MS = 16_000

/** Visitors who are there, the first of whom did something just now. */
function visitors(count) {
  const rows = manyRows(count)
  for (const [index, { facts }] of rows.entries()) {
    facts.ongoing = true
    facts.end_time = new Date(Date.now() - index * 90_000).toISOString()
  }
  return rows
}

test('who_is_there_is_listed_comes_and_goes_without_reloading', async () => {
  const all = visitors(3)
  const { page, done } = await open('/live', { recordings: all.slice(1), clock: true })
  await page.getByRole('heading', { name: 'On the site now' }).waitFor()
  const rows = page.locator('.live-place')
  await page.waitForFunction(() => document.querySelectorAll('.live-place').length === 2)
  assert.match(await rows.nth(0).textContent(), /erin.*Live.*shop\.example\/page-1.*1 min [345]\d s ago/)
  assert.equal(await rows.nth(0).locator('a').getAttribute('href'), '/recordings/row-1')
  await eventually(async () => assert.equal(await page.title(), '(2) Live · Cassette'))
  shared.server.state.recordings = all
  await page.clock.fastForward(UNTIL_ASKED_MS)
  await page.waitForFunction(() => document.querySelectorAll('.live-place').length === 3)
  assert.match(await rows.nth(0).textContent(), /ann@example\.com/)
  const clock = () => rows.nth(0).locator('.live-cell').first().textContent()
  const before = await clock()
  await eventually(async () => assert.notEqual(await clock(), before, 'time goes on between two answers'))
  all[0].facts.ongoing = false
  await page.clock.fastForward(UNTIL_ASKED_MS)
  await page.locator('.live-place.is-leaving').getByText('left').waitFor()
  await eventually(async () => assert.equal(await page.title(), '(2) Live · Cassette'))
  await page.clock.fastForward(UNTIL_GONE_MS)
  await page.waitForFunction(() => document.querySelectorAll('.live-place').length === 2)
  await done()
})

test('an_empty_site_says_how_to_get_visitors_and_trouble_is_said', async () => {
  const { page, done } = await open('/live', { recordings: [], clock: true, allow: (message) => message.includes('500') })
  await page.getByText('Nobody is on the site').waitFor()
  await page.getByRole('link', { name: /Open the demo shop/ }).waitFor()
  await page.getByRole('button', { name: 'How a site is recorded' }).click()
  await page.getByText(/posthog\.init/).waitFor()
  shared.server.state.down = true
  await page.clock.fastForward(UNTIL_ASKED_MS)
  await page.getByText('The server does not answer; this may be old.').waitFor()
  shared.server.state.down = false
  shared.server.state.recordings = visitors(1)
  await page.clock.fastForward(UNTIL_ASKED_MS)
  await page.waitForSelector('.live-place')
  assert.equal(await page.getByText('this may be old').count(), 0)
  await done()
})
