// Small screens.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, openPlayer } from '../support/pages.mjs'
import { click, log, madeUpRecordings, manyRows, meta, snapshot } from '../support/made-up.mjs'
import { recordingOf } from '../support/recording.mjs'

test('nothing_is_wider_than_a_phone', async () => {
  for (const path of ['/', '/recordings/made-up-counter', '/recordings/made-up-two-windows']) {
    const { page, done } = await open(path, { recordings: [...madeUpRecordings(), ...manyRows(20)], viewport: { width: 390, height: 844 } })
    await page.waitForSelector('.row-place')
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, path)
    await done()
  }
  const long = 'https://shop.example/a/very/long/address/of/a/file/in/many/folders/of/a/large/site.js?with=a&long=query'
  const requests = [{ name: long, entryType: 'resource', initiatorType: 'script', responseStatus: 200, duration: 99_000 }]
  const events = [meta(0, long), snapshot(5, []), log(900, 'log', long), { type: 6, data: { plugin: 'rrweb/network@1', payload: { requests } }, timestamp: meta(1000).timestamp }, click(2000, 10)]
  const recordings = [recordingOf({ id: 'long', events: events.map((event) => ({ windowId: 'w', event })), distinctIds: [long] })]
  const { page, done } = await openPlayer('long', { recordings, viewport: { width: 390, height: 844 } })
  for (const name of ['Events', 'Console', 'Network', 'Details']) {
    await page.getByRole('tab', { name }).click()
    const parts = await page.locator('.player, .side, .deck, .viewport, .events-filter').evaluateAll((parts) => parts.map((part) => Math.round(part.getBoundingClientRect().right)))
    assert.ok(Math.max(...parts) <= 390, `${name}: ${parts}`)
  }
  await done()
})
