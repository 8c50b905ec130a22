// From one recording to the next in the list that it was opened from, and the mark of what was watched.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, shared } from '../support/pages.mjs'
import { manyRows } from '../support/made-up.mjs'

const next = (page) => page.getByRole('button', { name: /^Next recording/ })
const previous = (page) => page.getByRole('button', { name: /^Previous recording/ })
const idOf = (page) => new URL(page.url()).pathname.split('/').at(-1)

async function go(page, button) {
  const from = page.url()
  await button.click()
  await page.waitForURL((url) => url.href !== from)
}

test('next_and_previous_walk_the_filtered_list_and_back_leads_to_it', async () => {
  const { page, done } = await open('/?click_count.gte=60', { recordings: manyRows(300) })
  await page.waitForSelector('.row-place a')
  const ids = await page.evaluate(() => [...document.querySelectorAll('.row-place a')].map((a) => a.getAttribute('href').split('/').at(-1)))
  await page.locator('.row-place a').nth(1).click()
  await page.waitForURL(`**/recordings/${ids[1]}`)
  await go(page, next(page))
  assert.equal(idOf(page), ids[2])
  await go(page, next(page))
  assert.equal(idOf(page), ids[3])
  await go(page, previous(page))
  await go(page, previous(page))
  await go(page, previous(page))
  assert.equal(idOf(page), ids[0])
  await previous(page).waitFor()
  assert.ok(await previous(page).isDisabled(), 'nothing stands before the first')
  await page.goBack({ waitUntil: 'commit' })
  await page.waitForURL(/click_count\.gte=60$/)
  await page.waitForFunction((id) => document.querySelector('.row-place.is-last a')?.getAttribute('href') === `/recordings/${id}`, ids[0])
  await done()
})

test('the_list_goes_on_beyond_what_was_loaded_of_it', async () => {
  const { page, done } = await open('/', { recordings: manyRows(60) })
  await page.waitForSelector('.row-place')
  await page.evaluate(() => scrollTo({ top: 40 * 60 }))
  // Only the first page is remembered: the row that comes next was never loaded.
  await page.waitForSelector('[data-index="49"] a')
  await page.evaluate(() => {
    const remembered = { origin: { kind: 'found', query: '' }, first: 0, ids: Array.from({ length: 50 }, (_, at) => `row-${at}`), opened: 'row-49' }
    sessionStorage.setItem('cassette.list', JSON.stringify(remembered))
  })
  await page.goto(`${shared.server.origin}/recordings/row-49`, { waitUntil: 'commit' })
  await go(page, next(page))
  assert.equal(idOf(page), 'row-50')
  await done()
})

test('a_recording_that_was_opened_by_a_link_has_its_neighbours_in_time', async () => {
  const { page, done } = await open('/recordings/row-7', { recordings: manyRows(20) })
  await go(page, next(page))
  assert.equal(idOf(page), 'row-8')
  await page.goto(`${shared.server.origin}/recordings/row-7`, { waitUntil: 'commit' })
  await go(page, previous(page))
  assert.equal(idOf(page), 'row-6')
  await done()
})

test('what_was_looked_at_for_some_seconds_is_marked_as_watched', async () => {
  const { page, done } = await open('/recordings/row-3', { recordings: manyRows(10) })
  await next(page).waitFor()
  await page.waitForTimeout(1500)
  assert.ok(!shared.server.state.recordings[3].facts.viewed, 'a glance is no watching')
  await page.waitForResponse((response) => response.request().method() === 'PATCH')
  assert.equal(shared.server.state.recordings[3].facts.viewed, true)
  await page.goto(shared.server.origin, { waitUntil: 'commit' })
  await page.locator('.row-place.is-viewed').getByText('Watched').waitFor({ state: 'attached' })
  assert.equal(await page.locator('.row-place.is-viewed a').getAttribute('href'), '/recordings/row-3')
  await done()
})
