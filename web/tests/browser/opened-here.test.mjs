// A recording that is opened from the list is shown in the page of the list, and every way there and back does what it does between pages.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { madeUpRecordings, manyRows } from '../support/made-up.mjs'
import { eventually, open, shared, textOnScreen } from '../support/pages.mjs'

/** The list, when it has loaded the player; what is noted in its page tells it from another. */
async function openList(options) {
  const opened = await open('/', { recordings: manyRows(40), ...options })
  const { page } = opened
  await page.waitForSelector('.row-place a')
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => name.includes('/replayer-')))
  await page.waitForTimeout(200)
  await page.evaluate(() => (window.isTheSame = true))
  return opened
}

const isTheSame = (page) => page.evaluate(() => window.isTheSame === true)
const rowOf = (page, index) => page.locator(`[data-index="${index}"] a`)

async function shown(page, id) {
  await page.waitForURL(`**/recordings/${id}`)
  await eventually(async () => assert.ok(await page.evaluate(() => window.cassette !== undefined)))
  await page.evaluate(() => window.cassette.ready)
  await eventually(async () => assert.match(await textOnScreen(page), /./))
}

test('a_recording_takes_the_place_of_the_list_and_back_brings_it_again', async () => {
  const { page, done } = await openList()
  await rowOf(page, 3).click()
  await shown(page, 'row-3')
  assert.ok(await isTheSame(page))
  assert.equal(await page.getByRole('list', { name: 'Recordings' }).count(), 0, 'the list is gone')
  assert.ok(await page.evaluate(() => document.activeElement?.id === 'content'), 'what is new has the focus')
  assert.match(await page.title(), /^(?!Recordings)/)
  await page.goBack()
  await rowOf(page, 3).waitFor()
  assert.ok(await isTheSame(page))
  assert.equal(await page.title(), 'Recordings · Cassette')
  assert.equal(await page.locator('session-replay').count(), 0)
  assert.equal(await page.evaluate(() => window.cassette), undefined)
  assert.equal(await page.locator('.row-place.is-last a').getAttribute('href'), '/recordings/row-3')
  await page.goForward()
  await shown(page, 'row-3')
  assert.ok(await isTheSame(page))
  await done()
})

test('recordings_that_follow_one_another_show_their_own_and_their_workers_end', async () => {
  const { page, done } = await openList({ recordings: madeUpRecordings() })
  for (const [id, text] of [['made-up-counter', /Counter/], ['made-up-two-windows', /window one/], ['made-up-canvas', /canvas page/], ['made-up-counter', /Counter/]]) {
    const row = page.locator(`.row-place a[href$="/${id}"]`)
    await row.click()
    await shown(page, id)
    assert.match(await textOnScreen(page), text)
    assert.equal(page.workers().length, 1)
    await page.goBack()
    await row.waitFor()
    // The one that is ready for the next.
    await eventually(async () => assert.equal(page.workers().length, 1))
    await page.waitForTimeout(1000)
    assert.equal(page.workers().length, 1)
  }
  await done()
})

test('nothing_is_left_of_a_recording_that_was_closed', async () => {
  const { page, done } = await openList()
  const devtools = await page.context().newCDPSession(page)
  const left = async () => {
    await devtools.send('HeapProfiler.collectGarbage')
    const { documents, nodes } = await devtools.send('Memory.getDOMCounters')
    return { documents, nodes }
  }
  const counts = []
  for (let round = 0; round < 4; round++) {
    await rowOf(page, 1).click()
    await shown(page, 'row-1')
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).waitFor()
    await page.goBack()
    await rowOf(page, 1).waitFor()
    await page.waitForTimeout(300)
    counts.push(await left())
  }
  // The list's own, and the empty one that the browser may keep of a frame.
  assert.ok(counts.every(({ documents }) => documents <= 2), JSON.stringify(counts))
  assert.ok(counts.at(-1).nodes < counts[0].nodes * 1.2, JSON.stringify(counts))
  await done()
})

test('the_next_one_takes_the_place_of_the_one_before_and_back_leads_to_the_list', async () => {
  const { page, done } = await openList()
  await rowOf(page, 4).click()
  await shown(page, 'row-4')
  await page.getByRole('button', { name: /^Next recording/ }).click()
  await shown(page, 'row-5')
  assert.ok(await isTheSame(page))
  await page.goBack()
  await rowOf(page, 5).waitFor()
  assert.ok(await isTheSame(page))
  await done()
})

test('a_page_that_was_loaded_anew_still_knows_the_way_back', async () => {
  const { page, done } = await openList()
  await rowOf(page, 2).click()
  await shown(page, 'row-2')
  await page.reload({ waitUntil: 'commit' })
  await shown(page, 'row-2')
  await page.goBack({ waitUntil: 'commit' })
  await rowOf(page, 2).waitFor()
  await page.goForward({ waitUntil: 'commit' })
  await shown(page, 'row-2')
  await done()
})

test('a_link_elsewhere_and_one_for_a_new_tab_are_followed_by_the_browser', async () => {
  const { page, done } = await openList()
  const [tab] = await Promise.all([page.context().waitForEvent('page'), rowOf(page, 1).click({ modifiers: ['Control'] })])
  await tab.waitForURL('**/recordings/row-1')
  assert.equal(new URL(page.url()).pathname, '/')
  await rowOf(page, 1).click()
  await shown(page, 'row-1')
  await page.getByRole('link', { name: 'Cassette, all recordings' }).click()
  await rowOf(page, 1).waitFor()
  assert.ok(await isTheSame(page), 'the list of all is the one that the page can show')
  await page.getByRole('link', { name: 'Collections' }).click()
  await page.waitForURL('**/collections')
  await eventually(async () => assert.equal(await isTheSame(page), false))
  await done()
})

test('where_the_player_is_not_here_the_recording_has_a_page_of_its_own', async () => {
  const { page, done } = await open('/collections', { recordings: manyRows(40), allow: (message) => message.includes('ERR_FAILED') })
  await page.route('**/app/recording-*.js', (route) => route.abort(), { times: 1 })
  await Promise.all([page.waitForEvent('requestfailed'), page.goto(`${shared.server.origin}/`, { waitUntil: 'commit' })])
  await rowOf(page, 3).waitFor()
  await page.evaluate(() => (window.isTheSame = true))
  await rowOf(page, 3).click()
  await shown(page, 'row-3')
  assert.equal(await isTheSame(page), false)
  await done()
})

test('the_address_of_a_moment_is_no_other_page', async () => {
  const { page, done } = await openList()
  await rowOf(page, 0).click()
  await shown(page, 'row-0')
  await page.evaluate(() => (location.hash = 't=0.1'))
  await page.waitForFunction(() => window.cassette.currentTime === 100)
  assert.ok(await isTheSame(page))
  await page.evaluate(() => history.replaceState(null, '', '#t=0.2'))
  await page.waitForTimeout(100)
  assert.equal(await page.locator('session-replay').count(), 1)
  await done()
})
