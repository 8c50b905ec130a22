// The list, and pages that cannot be shown.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, shared } from '../support/pages.mjs'
import { madeUpRecordings, manyRows } from '../support/made-up.mjs'

test('the_list_filters_through_its_address_and_loads_as_one_scrolls', async () => {
  const { page, done } = await open('/', { recordings: manyRows(400) })
  await page.waitForSelector('.row-place')
  assert.ok((await page.locator('.row-place').count()) < 60, 'rows that are not in view are not in the page')
  for (let step = 0; step < 12; step++) {
    await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight }))
    await page.waitForTimeout(120)
  }
  await page.waitForFunction(() => Number(document.querySelector('.row-place:last-child').getAttribute('aria-posinset')) === 400)
  await page.evaluate(() => scrollTo({ top: 0 }))
  await page.getByRole('button', { name: 'With errors' }).click()
  await page.getByLabel('Person').fill('ann')
  await page.waitForURL(/\?person=ann&errors=1$/)
  await page.waitForFunction(() => [...document.querySelectorAll('.row-place')].every((row) => row.textContent.includes('ann@example.com')))
  await page.reload({ waitUntil: 'commit' })
  await page.waitForSelector('.row-place')
  assert.equal(await page.inputValue('input[aria-label=Person]'), 'ann')
  await page.getByLabel('Person').fill('nobody at all')
  await page.getByText('No recording matches').waitFor()
  await page.getByRole('button', { name: 'Clear the filters' }).click()
  await page.waitForSelector('.row-place')
  assert.equal(new URL(page.url()).search, '')
  await done()
})

test('an_empty_list_says_how_to_start_and_fills_by_itself', async () => {
  const { page, done } = await open('/', { recordings: [] })
  await page.getByText('No recordings yet').waitFor()
  assert.match(await page.textContent('.snippet code'), new RegExp(`posthog\\.init\\('phc_mock', { api_host: '${shared.server.origin}' }`))
  await page.getByRole('link', { name: 'Open the demo shop' }).waitFor()
  shared.server.state.recordings = manyRows(3)
  await page.waitForSelector('.row-place', { timeout: 12_000 })
  await done()
})

test('who_is_not_logged_in_is_asked_for_a_key', async () => {
  shared.server.state.loggedIn = false
  const { page, done } = await open('/recordings/made-up-counter', { recordings: madeUpRecordings(), allow: (message) => message.includes('401') })
  await page.getByLabel('Personal API key or password').fill('wrong')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText('This key is not known.').waitFor()
  await page.getByLabel('Personal API key or password').fill('phx_right')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.waitForFunction(() => window.cassette?.duration > 0)
  await done()
})

test('a_server_that_fails_is_said_and_can_be_tried_again', async () => {
  shared.server.state.down = false
  const { page, done } = await open('/', { recordings: manyRows(3), allow: (message) => message.includes('500') })
  await page.waitForSelector('.row-place')
  await page.route('**/session_recordings/**', (route) => route.fulfill({ status: 500, body: '{"detail":"the disk is full"}' }))
  await page.reload({ waitUntil: 'commit' })
  await page.getByText('the disk is full').waitFor()
  await page.unroute('**/session_recordings/**')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.waitForSelector('.row-place')
  await done()
})

test('a_recording_that_is_not_there_is_said', async () => {
  const { page, done } = await open('/recordings/nothing', { recordings: [], allow: (message) => message.includes('404') })
  await page.getByText('There is no such recording').waitFor()
  await done()
})
