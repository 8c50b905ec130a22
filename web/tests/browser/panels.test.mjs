// The panels beside the recorded page.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, openPlayer, shows } from '../support/pages.mjs'
import { click, log, madeUpRecordings, meta, snapshot } from '../support/made-up.mjs'
import { recordingOf } from '../support/recording.mjs'

test('console_and_network_have_panels_of_their_own', async () => {
  const request = (at, name, more) => ({ type: 6, data: { plugin: 'rrweb/network@1', payload: { requests: [{ name, entryType: 'resource', initiatorType: 'fetch', method: 'GET', responseStatus: 200, duration: 12.4, ...more }] } }, timestamp: meta(at).timestamp })
  const events = [
    meta(0), snapshot(5, []), log(1000, 'warn', 'careful'), log(1500, 'error', 'broken'), log(1700, 'log', { a: 1 }), request(2000, 'https://shop.example/api/cart?x=1', { method: 'POST', responseStatus: 503, duration: 1234 }),
    request(2100, 'https://shop.example/app.css', { initiatorType: 'link' }), request(2200, 'first-paint', { entryType: 'paint' }), click(3000, 10),
  ]
  const { page, done } = await openPlayer('panels', { recordings: [recordingOf({ id: 'panels', events: events.map((event) => ({ windowId: 'w', event })) })] })
  const rows = () => page.locator('.event').allInnerTexts().then((texts) => texts.map((text) => text.replace(/\s+/g, ' ').trim()))
  const rowsAre = (expected) => eventually(async () => assert.deepEqual(await rows(), expected))
  await rowsAre(['0:00 /', '0:01 careful', '0:01 broken', '0:01 {"a":1}', '0:02 POST /api/cart?x=1 503', '0:03 Clicked'])
  await page.getByRole('tab', { name: 'Console' }).click()
  await rowsAre(['0:01 warn careful app.js:1:2', '0:01 error broken app.js:1:2', '0:01 log {"a":1} app.js:1:2'])
  await page.getByRole('button', { name: 'Errors' }).click()
  await rowsAre(['0:01 error broken app.js:1:2'])
  await page.getByRole('tab', { name: 'Network' }).click()
  await rowsAre(['0:02 POST /api/cart?x=1 503 1.2 s', '0:02 GET /app.css 200 12 ms'])
  await page.getByRole('button', { name: 'Failed' }).click()
  await rowsAre(['0:02 POST /api/cart?x=1 503 1.2 s'])
  await page.getByRole('button', { name: /api\/cart/ }).click()
  await page.getByRole('region', { name: 'Details' }).getByText('503', { exact: true }).waitFor()
  await page.waitForFunction(() => window.cassette.currentTime === 2000)
  await done()
})

test('an_event_in_the_list_leads_to_its_moment', async () => {
  const { page, done } = await openPlayer('made-up-counter', { recordings: madeUpRecordings() })
  await page.getByRole('button', { name: 'Errors' }).click()
  await page.getByRole('button', { name: /basket is undefined/ }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 5500)
  await shows(page, 'Counter value 5 Add one')
  await page.getByText('console.error').waitFor()
  await done()
})
