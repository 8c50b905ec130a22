// The list, and pages that cannot be shown.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, pressInto, shared } from '../support/pages.mjs'
import { madeUpRecordings, manyRows } from '../support/made-up.mjs'

/** As the page has it; nobody waits for it here. */
const UNTIL_ASKED_MS = 10_000

/** Rows that are loaded and in view. */
const inView = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.row-place')]
      .filter((row) => row.getBoundingClientRect().bottom > 0 && row.getBoundingClientRect().top < innerHeight)
      .map((row) => ({ place: Number(row.getAttribute('aria-posinset')), text: row.textContent, loaded: row.getAttribute('aria-busy') === null })),
  )

const allLoaded = (page) =>
  page.waitForFunction(() => {
    const rows = [...document.querySelectorAll('.row-place')].filter((row) => row.getBoundingClientRect().bottom > 0 && row.getBoundingClientRect().top < innerHeight)
    return rows.length > 5 && rows.every((row) => row.getAttribute('aria-busy') === null)
  })

test('a_long_list_is_one_tall_box_of_which_only_what_is_looked_at_is_fetched', async () => {
  const { page, done } = await open('/', { recordings: manyRows(5000) })
  await page.waitForSelector('.row-place')
  assert.ok((await page.locator('.row-place').count()) < 60, 'rows that are not in view are not in the page')
  await page.getByText('5,000', { exact: true }).waitFor()
  const height = await page.evaluate(() => document.querySelector('.rows').offsetHeight)
  assert.equal(height, 5000 * 60, 'the scroll bar is that of the whole list')
  shared.server.state.requests.length = 0
  await page.evaluate(() => scrollTo({ top: 2500 * 60 }))
  await allLoaded(page)
  const rows = await inView(page)
  assert.ok(rows.some(({ place }) => place === 2505))
  // As manyRows numbers its people.
  const people = ['ann@example.com', 'bob', 'Visitor 6cf2b', 'carol', 'dave', 'erin', 'frank', 'grace']
  for (const { place, text } of rows.slice(0, 5)) assert.ok(text.includes(people[((place - 1) * 5) % 8].slice(0, 13)), `${place}: ${text}`)
  const asked = shared.server.state.requests.filter((request) => request.includes('/session_recordings/?'))
  assert.ok(asked.length <= 4, `${asked.length} pages were asked for on the way to the middle`)
  await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight }))
  await allLoaded(page)
  assert.equal((await inView(page)).at(-1).place, 5000)
  await done()
})

test('what_comes_meanwhile_moves_no_row_under_the_reader', async () => {
  const rows = manyRows(400)
  const { page, done } = await open('/', { recordings: rows.slice(3), clock: true })
  await page.waitForSelector('.row-place')
  await page.evaluate(() => scrollTo({ top: 3000 }))
  await allLoaded(page)
  shared.server.state.recordings = rows
  const before = await inView(page)
  await page.clock.fastForward(UNTIL_ASKED_MS)
  await page.getByRole('button', { name: '3 new' }).waitFor()
  assert.deepEqual((await inView(page)).map(({ text }) => text), before.map(({ text }) => text))
  // Further down it goes on where it was, although the server now counts from three rows earlier.
  await page.evaluate(() => scrollTo({ top: 200 * 60 }))
  await allLoaded(page)
  const hrefs = await page.evaluate(() => [...document.querySelectorAll('.row-place a')].map((a) => a.getAttribute('href')))
  const numbers = hrefs.map((href) => Number(href.split('-')[1])).sort((a, b) => a - b)
  const middle = numbers.filter((number) => number > 200 && number < 210)
  assert.deepEqual(middle, [201, 202, 203, 204, 205, 206, 207, 208, 209])
  await page.getByRole('button', { name: '3 new' }).click()
  await page.waitForFunction(() => scrollY === 0 && document.querySelector('.row-place a')?.getAttribute('href') === '/recordings/row-0')
  await done()
})

test('a_part_that_fails_is_said_in_its_place', async () => {
  const { page, done } = await open('/', { recordings: manyRows(1000), allow: (message) => message.includes('500') })
  await page.getByText('1,000', { exact: true }).waitFor()
  await page.route('**/session_recordings/?*', (route) => route.fulfill({ status: 500, body: '{}' }))
  await page.evaluate(() => scrollTo({ top: 500 * 60 }))
  await page.getByText('This part of the list could not be loaded').first().waitFor()
  await page.unroute('**/session_recordings/?*')
  await page.getByRole('button', { name: 'Try again' }).first().click()
  await allLoaded(page)
  await done()
})

test('the_list_is_walked_and_chosen_from_by_keyboard', async () => {
  const { page, done } = await open('/', { recordings: manyRows(300) })
  await page.waitForSelector('.row-place')
  await page.locator('.row-place a').first().focus()
  for (const [key, index] of [['ArrowDown', 1], ['ArrowDown', 2], ['ArrowUp', 1], ['End', 299], ['Home', 0]]) {
    await page.keyboard.press(key)
    await page.waitForFunction((at) => document.activeElement.closest('[data-index]')?.dataset.index === String(at) && document.activeElement.tagName === 'A', index)
  }
  // Keys that come faster than rows are drawn: none is lost, none taken back.
  const rush = (key, times) => page.evaluate(([name, count]) => {
    for (let at = 0; at < count; at++) document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }))
  }, [key, times])
  await rush('ArrowDown', 5)
  await page.waitForFunction(() => document.activeElement.closest('[data-index]')?.dataset.index === '5')
  await rush('ArrowUp', 5)
  await page.waitForFunction(() => document.activeElement.closest('[data-index]')?.dataset.index === '0')
  await page.keyboard.press('Space')
  await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+ArrowDown')
  await page.getByText('3 selected').waitFor()
  await page.keyboard.press('Space')
  await page.getByText('2 selected').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('.selection-bar').waitFor({ state: 'detached' })
  await page.waitForFunction(() => document.activeElement.closest('[data-index]')?.dataset.index === '2')
  await pressInto(page, '/', page.getByRole('combobox', { name: 'What to filter by' }))
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => document.activeElement.classList.contains('is-add'))
  await done()
})

test('rows_are_marked_and_deleted_together_after_a_question_that_names_their_number', async () => {
  const { page, done } = await open('/', { recordings: manyRows(120) })
  await page.waitForSelector('.row-place')
  await page.locator('.row-check').nth(1).click()
  await page.evaluate(() => scrollTo({ top: 20 * 60 }))
  await page.locator('[data-index="30"] .row-check').click({ modifiers: ['Shift'] })
  await page.getByText('30 selected').waitFor()
  await page.getByRole('button', { name: 'Mark as watched' }).click()
  await page.getByText('Marked as watched').waitFor()
  assert.equal(shared.server.state.recordings.filter(({ facts }) => facts.viewed).length, 30)
  await page.waitForFunction(() => document.querySelectorAll('.row-place.is-viewed').length > 5)
  await page.getByRole('button', { name: 'Delete…' }).click()
  const question = page.getByRole('dialog', { name: 'Delete 30 recordings for good?' })
  await question.getByRole('button', { name: 'Cancel' }).click()
  assert.equal(shared.server.state.recordings.length, 120)
  await page.getByRole('button', { name: 'Delete…' }).click()
  await question.getByRole('button', { name: 'Delete 30 recordings' }).click()
  await page.getByText('90', { exact: true }).waitFor()
  assert.equal(shared.server.state.recordings.length, 90)
  await page.locator('.selection-bar').waitFor({ state: 'detached' })
  await done()
})

test('what_was_chosen_in_one_list_is_not_chosen_in_another', async () => {
  const { page, done } = await open('/', { recordings: manyRows(60) })
  await page.waitForSelector('.row-place')
  await page.locator('.row-check').nth(0).click()
  await page.getByText('1 selected').waitFor()
  await page.getByRole('button', { name: 'Clicks', exact: true }).click()
  await page.waitForURL(/order=clicks$/)
  await page.locator('.selection-bar').waitFor({ state: 'detached' })
  await done()
})

test('back_from_a_recording_leads_to_the_row_that_was_opened', async () => {
  const { page, done } = await open('/?click_count.gte=1', { recordings: manyRows(900), allow: (message) => message.includes('404') })
  // There is no row 400 before they are counted.
  await page.waitForSelector('.list-count')
  await page.evaluate(() => scrollTo({ top: 400 * 60 }))
  await allLoaded(page)
  const row = page.locator('[data-index="405"] a')
  const href = await row.getAttribute('href')
  await row.click()
  await page.waitForURL(`**${href}`)
  await page.goBack({ waitUntil: 'commit' })
  await page.waitForFunction((to) => document.querySelector(`a[href="${to}"]`)?.getBoundingClientRect().top > 0, href)
  const top = await page.evaluate((to) => document.querySelector(`a[href="${to}"]`).getBoundingClientRect().top, href)
  assert.ok(top > 0 && top < 800, `the row is ${top} px down`)
  assert.equal(await page.locator('.row-place.is-last a').getAttribute('href'), href)
  await done()
})

test('an_empty_list_says_how_to_start_and_fills_by_itself', async () => {
  const { page, done } = await open('/', { recordings: [], clock: true })
  await page.getByText('No recordings yet').waitFor()
  assert.match(await page.textContent('.snippet code'), new RegExp(`posthog\\.init\\('phc_mock', { api_host: '${shared.server.origin}' }`))
  await page.getByRole('link', { name: 'Open the demo shop' }).waitFor()
  shared.server.state.recordings = manyRows(3)
  await page.clock.fastForward(UNTIL_ASKED_MS)
  await page.waitForSelector('.row-place')
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
