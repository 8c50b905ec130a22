// The network beside the recorded page: rows, details, and what can be taken away.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { checkHar } from '../support/har-rules.mjs'
import { click, meta, snapshot } from '../support/made-up.mjs'
import { eventually, openPlayer, shared, waitForCount } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'

const START = meta(0).timestamp
const timed = (at, duration) => ({ startTime: at + 50, duration, timestamp: START + at, requestStart: at + 60, responseStart: at + 50 + duration * 0.75, responseEnd: at + 50 + duration, endTime: at + 50 + duration })
const requests = (at, ...list) => ({ type: 6, data: { plugin: 'rrweb/network@1', payload: { requests: list } }, timestamp: START + at })

const events = [
  meta(0), snapshot(5, []),
  requests(1500, { name: 'https://shop.example/', entryType: 'navigation', initiatorType: 'navigation', isInitial: true, responseStatus: 200, transferSize: 2300, encodedBodySize: 2000, decodedBodySize: 6000, ...timed(-200, 180) }, { name: 'first-paint', entryType: 'paint' },
    { name: 'https://shop.example/app.css', entryType: 'resource', initiatorType: 'link', contentType: 'text/css', responseStatus: 200, encodedBodySize: 100, ...timed(100, 40) }),
  requests(4000, {
    name: 'https://shop.example/api/cart?x=1', entryType: 'resource', initiatorType: 'fetch', method: 'POST', status: 503, nextHopProtocol: 'h2', ...timed(2000, 1600), transferSize: 400, decodedBodySize: 31,
    requestHeaders: { 'content-type': 'application/json', authorization: 'redacted' }, requestBody: '{"items":[1,{"it\'s":"quoted"}]}', responseHeaders: { 'content-type': 'text/plain' }, responseBody: 'out of <b>stock</b>',
  }, { name: 'https://shop.example/graphql', entryType: 'resource', initiatorType: 'xmlhttprequest', method: 'POST', status: 200, requestBody: '{"operationName":"Basket","query":"query Basket { a }"}', ...timed(3000, 100) },
  { name: 'http://127.0.0.1:9/refused', entryType: 'resource', initiatorType: 'fetch', method: 'GET', responseStatus: 0, transferSize: 0, ...timed(3500, 3) }),
  meta(4500, 'https://shop.example/done'), click(6000, 4),
]
const recording = () => recordingOf({ id: 'network', events: events.map((event) => ({ windowId: 'w', event })) })

const openNetwork = async (options) => {
  const opened = await openPlayer('network', { recordings: [recording()], ...options })
  await opened.page.getByRole('tab', { name: 'Network' }).click()
  await waitForCount(opened.page.locator('.event'), 5)
  const rows = async () => (await opened.page.locator('.event').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim())
  return { ...opened, rows, detail: opened.page.getByRole('region', { name: 'Details' }) }
}

test('requests_stand_where_they_began_and_are_filtered', async () => {
  const { page, rows, done } = await openNetwork()
  assert.deepEqual(await rows(), ['0:00 GET / 200 180 ms', '0:00 GET /app.css 200 40 ms', '0:02 POST /api/cart?x=1 503 1.6 s', '0:03 POST Basket /graphql 200 100 ms', '0:03 GET /refused failed 3 ms'])
  await page.getByRole('button', { name: 'Failed 2' }).click()
  await waitForCount(page.locator('.event'), 2)
  await page.getByRole('button', { name: 'Slow 1' }).click()
  await eventually(async () => assert.deepEqual(await rows(), ['0:02 POST /api/cart?x=1 503 1.6 s']))
  await page.getByRole('button', { name: 'All', exact: true }).click()
  await page.getByRole('combobox', { name: 'Type' }).selectOption('style')
  await eventually(async () => assert.deepEqual(await rows(), ['0:00 GET /app.css 200 40 ms']))
  await page.getByRole('combobox', { name: 'Type' }).selectOption('')
  await page.getByRole('combobox', { name: 'Status' }).selectOption('none')
  await eventually(async () => assert.deepEqual(await rows(), ['0:03 GET /refused failed 3 ms']))
  await page.getByRole('combobox', { name: 'Status' }).selectOption('')
  await page.getByRole('searchbox', { name: 'Search network' }).fill('basket')
  await waitForCount(page.locator('.event'), 1)
  await done()
})

test('bars_lie_in_the_time_that_the_rows_span', async () => {
  const { page, done } = await openNetwork()
  // From -0.2 s to 3.6 s: the slow one begins at 2.2 s of 3.8 s and takes 1.6 s.
  const bars = await page.locator('.bar').evaluateAll((all) => all.map((bar) => {
    const [outer, span, wait] = [bar, bar.firstElementChild, bar.firstElementChild.firstElementChild].map((one) => one.getBoundingClientRect())
    return [(span.left - outer.left) / outer.width, span.width / outer.width, wait.width / span.width]
  }))
  const near = (value, wanted) => assert.ok(Math.abs(value - wanted) < 0.02, `${value} is not ${wanted}`)
  near(bars[2][0], 2200 / 3800)
  near(bars[2][1], 1600 / 3800)
  near(bars[2][2], 0.75)
  near(bars[0][0], 0)
  await done()
})

test('a_request_shows_its_phases_headers_and_bodies_and_why_some_are_missing', async () => {
  const { page, detail, done } = await openNetwork()
  await page.locator('.event', { hasText: '/api/cart' }).click()
  await detail.getByText('Waiting for the server').waitFor()
  const text = await detail.innerText()
  for (const part of ['https://shop.example/api/cart?x=1', '503', 'h2', 'authorization', 'redacted', '"it\'s": "quoted"', 'out of <b>stock</b>', 'Receiving', '400 ms']) assert.ok(text.includes(part), `${part} in ${text}`)
  await page.locator('.event', { hasText: 'app.css' }).click()
  await detail.getByText('Not captured: headers are seen of calls by fetch and XMLHttpRequest only.').first().waitFor()
  await page.locator('.event', { hasText: '0:00' }).first().click()
  await detail.getByText('Not captured: the request went out before the recorder was there.').first().waitFor()
  await page.locator('.event', { hasText: '/refused' }).click()
  await detail.getByText('no answer: refused, broken off, or no network').waitFor()
  await detail.getByRole('button', { name: 'Close details' }).click()
  await waitForCount(detail, 0)
  await done()
})

test('a_request_is_copied_as_a_command_and_as_an_address', async () => {
  const { page, detail, done } = await openNetwork()
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const copied = () => page.evaluate(() => navigator.clipboard.readText())
  await page.locator('.event', { hasText: '/api/cart' }).click()
  await detail.getByRole('button', { name: 'Copy as cURL' }).click()
  await detail.getByRole('button', { name: 'Copied' }).first().waitFor()
  assert.equal(await copied(), `curl 'https://shop.example/api/cart?x=1' \\\n  -H 'content-type: application/json' \\\n  -H 'authorization: redacted' \\\n  --data-raw '{"items":[1,{"it'\\''s":"quoted"}]}'`)
  await detail.getByRole('button', { name: 'Copy URL' }).click()
  await page.waitForFunction(async () => (await navigator.clipboard.readText()) === 'https://shop.example/api/cart?x=1')
  await done()
})

test('the_har_file_holds_every_request_by_the_rules_of_har', async () => {
  const { page, done } = await openNetwork()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'HAR', exact: true }).click()])
  assert.equal(download.suggestedFilename(), 'network.har')
  const har = JSON.parse(readFileSync(await download.path(), 'utf8'))
  assert.deepEqual(checkHar(har), [])
  assert.equal(har.log.entries.length, 5)
  assert.deepEqual(har.log.pages.map(({ title }) => title), ['https://shop.example/', 'https://shop.example/done'])
  const cart = har.log.entries.find(({ request }) => request.url.endsWith('/api/cart?x=1'))
  assert.equal(cart.startedDateTime, new Date(START + 2000).toISOString())
  assert.deepEqual([cart.response.status, cart.response.content.text, cart.request.postData.mimeType, cart.time], [503, 'out of <b>stock</b>', 'application/json', 1600])
  await done()
})

test('a_part_that_cannot_be_had_is_said_and_its_requests_are_in_the_file_without_headers', async () => {
  const { page, done } = await openNetwork({ allow: (text) => text.includes('404') })
  for (const block of shared.server.state.recordings[0].blocks) block.refused = true
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'HAR', exact: true }).click()])
  await page.getByText('Headers and bodies are missing in it from 1 part of the recording').waitFor()
  const har = JSON.parse(readFileSync(await download.path(), 'utf8'))
  assert.deepEqual([checkHar(har), har.log.entries.length], [[], 5])
  await done()
})

test('an_empty_network_says_why_it_may_be_empty', async () => {
  const { page, done } = await openPlayer('quiet', { recordings: [recordingOf({ id: 'quiet', events: [meta(0), snapshot(5, []), click(900, 4)].map((event) => ({ windowId: 'w', event })) })] })
  await page.getByRole('tab', { name: 'Network' }).click()
  await page.getByText('the recorder was not told to record the network').waitFor()
  await page.getByRole('tab', { name: 'Console' }).click()
  await page.getByText('Nothing was written to the console').waitFor()
  await done()
})
