// Recordings of which not everything is kept: the panels say so, and what is taken away is whole.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { checkHar } from '../support/har-rules.mjs'
import { log, meta, setText, snapshot } from '../support/made-up.mjs'
import { openPlayer, shared } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'

const REQUESTS = 900
const START = meta(0).timestamp

/** 30 MB of changes, with requests all over it. */
function large() {
  const body = [{ type: 2, id: 12, tagName: 'p', attributes: {}, childNodes: [{ type: 3, id: 13, textContent: 'x' }] }]
  const filler = 'filler '.repeat(4500)
  const events = [meta(0), snapshot(5, body)]
  for (let n = 0; n < REQUESTS; n++) {
    const at = 1000 + n * 100
    events.push(setText(at, 13, `${n} ${filler}`), { type: 6, timestamp: START + at + 50, data: { plugin: 'rrweb/network@1', payload: { requests: [{ name: `https://shop.example/api/${n}`, entryType: 'resource', initiatorType: 'fetch', method: 'GET', status: 200, duration: 20, timestamp: START + at, responseBody: `answer ${n}` }] } } })
  }
  events.push(log(1000 + REQUESTS * 100, 'log', 'the end'))
  return recordingOf({ id: 'large', events: events.map((event) => ({ windowId: 'w', event })), blockBytes: 512 * 1024 })
}

test('a_large_recording_says_how_far_it_is_read_and_its_har_file_holds_all', async () => {
  let open
  const opened = new Promise((resolve) => (open = resolve))
  shared.server.state.gate = (place) => (place < 10 ? undefined : opened)
  const { page, done } = await openPlayer('large', { recordings: [large()] })
  await page.getByRole('tab', { name: 'Network' }).click()
  await page.getByText(/\d+ % of the recording is read/).waitFor()
  open()
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: 60_000 }), page.getByRole('button', { name: /^HAR/ }).click()])
  const har = JSON.parse(readFileSync(await download.path(), 'utf8'))
  assert.deepEqual(checkHar(har), [])
  assert.equal(har.log.entries.length, REQUESTS)
  assert.deepEqual(har.log.entries.map(({ response }) => response.content.text), Array.from({ length: REQUESTS }, (_, n) => `answer ${n}`))
  // It may have been read by now, and then there is nothing to click; or it has been before the click.
  await page.getByRole('button', { name: 'Read all of it now' }).evaluateAll(([button]) => button?.click())
  await page.locator('.read-on').waitFor({ state: 'detached', timeout: 60_000 })
  await page.getByRole('button', { name: `Calls ${REQUESTS}` }).waitFor()
  shared.server.state.gate = undefined
  await done()
})

test('sixty_thousand_lines_of_console_are_listed_without_a_frozen_page', async () => {
  const events = [meta(0), snapshot(5, [])]
  for (let n = 0; n < 60_000; n++) events.push(log(1000 + n, n % 50 === 0 ? 'error' : 'log', `line ${n} of a loop`))
  const { page, done } = await openPlayer('lines', { recordings: [recordingOf({ id: 'lines', events: events.map((event) => ({ windowId: 'w', event })), blockBytes: 512 * 1024 })] })
  await page.evaluate(() => {
    window.longest = 0
    new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => (window.longest = Math.max(window.longest, duration)))).observe({ entryTypes: ['longtask'] })
  })
  await page.getByRole('tab', { name: 'Console' }).click()
  await page.getByRole('button', { name: 'Errors 1200' }).waitFor({ timeout: 90_000 })
  await page.getByRole('searchbox', { name: 'Search console' }).fill('line 59999 of')
  await page.locator('.event', { hasText: 'line 59999 of a loop' }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 60_999)
  assert.ok((await page.locator('.event').count()) < 100)
  const longest = await page.evaluate(() => window.longest)
  console.log(`longest task: ${Math.round(longest)} ms`)
  assert.ok(longest < 1000, `${longest} ms`)
  await done()
})
