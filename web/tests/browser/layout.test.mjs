// Small screens.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { open, openPlayer } from '../support/pages.mjs'
import { click, log, madeUpRecordings, manyRows, meta, snapshot } from '../support/made-up.mjs'
import { visit } from '../support/made-up-visit.mjs'
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

test('the_playhead_stays_where_it_is_when_the_window_gets_narrower', async () => {
  const { page, seek, done } = await openPlayer('made-up-counter', { recordings: madeUpRecordings() })
  await seek(35_000)
  const place = () => page.locator('.played').evaluate((bar) => {
    const [{ left, width }, head] = [bar.getBoundingClientRect(), bar.querySelector('.playhead').getBoundingClientRect()]
    return (head.left + head.width / 2 - left) / width
  })
  const before = await place()
  assert.ok(before > 0.4, `it is at ${before}`)
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    await page.waitForFunction((wide) => document.documentElement.clientWidth === wide, width)
    await page.waitForTimeout(100)
    assert.ok(Math.abs((await place()) - before) < 0.01, `${width} px: it was at ${before} and is at ${await place()}`)
  }
  await done()
})

test('what_is_open_stays_on_the_screen_when_a_phone_is_turned', async () => {
  const { page, done } = await open('/?page=/page-3', { recordings: manyRows(40), viewport: { width: 844, height: 390 } })
  await page.waitForSelector('.row-place')
  await page.getByRole('button', { name: 'from any time' }).click()
  await page.setViewportSize({ width: 390, height: 844 })
  await page.waitForFunction(() => document.documentElement.clientWidth === 390)
  await page.waitForTimeout(100)
  const { x, width } = await page.getByRole('dialog', { name: 'When they began' }).boundingBox()
  assert.ok(x >= 0 && x + width <= 390, `it lies from ${x} to ${x + width}`)
  await done()
})

test('nothing_of_the_first_steps_lies_beyond_the_edge_of_a_phone', async () => {
  const { page, done } = await open('/', { recordings: [], viewport: { width: 390, height: 844 } })
  const card = page.locator('.first-steps')
  await card.waitFor()
  const edge = await card.evaluate((one) => one.getBoundingClientRect().right)
  const parts = await card.locator('> *').evaluateAll((all) => all.map((part) => part.getBoundingClientRect().right))
  assert.ok(Math.max(...parts) <= edge, `${parts} of ${edge}`)
  await done()
})

test('the_bar_of_the_player_covers_nothing_on_a_phone', async () => {
  const recordings = [recordingOf({ id: 'long', events: [meta(0), snapshot(5, []), click(2000, 10)].map((event) => ({ windowId: 'w', event })), distinctIds: ['maximiliane.mustermann@subsidiary.example.com'] })]
  const { page, done } = await openPlayer('long', { recordings, viewport: { width: 390, height: 844 } })
  const title = page.locator('.title')
  await title.getByText('maximiliane').waitFor()
  const { right } = await title.evaluate((one) => one.getBoundingClientRect())
  const texts = await title.locator('*').evaluateAll((all) => all.map((part) => part.getBoundingClientRect().right))
  assert.ok(Math.max(...texts) <= right + 1, `${texts} of ${right}`)
  assert.equal(await title.locator('.who-called').evaluate((name) => getComputedStyle(name).textOverflow), 'ellipsis')
  await done()
})

test('every_way_to_filter_requests_can_be_used_on_a_phone', async () => {
  const { page, done } = await openPlayer('made-up-visit', { recordings: [visit()], viewport: { width: 390, height: 844 } })
  await page.getByRole('tab', { name: 'Network' }).click()
  for (const name of ['Type', 'Status']) {
    const { width } = await page.getByRole('combobox', { name }).boundingBox()
    assert.ok(width > 60, `${name} is ${width} wide`)
  }
  await done()
})
