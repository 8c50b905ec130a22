// The panels on what an unmodified posthog-js sent: fixtures/capture.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { checkHar } from '../support/har-rules.mjs'
import { eventually, openPlayer } from '../support/pages.mjs'
import { recordingsFromBodies } from '../support/sdk-bodies.mjs'

const capture = (name) => recordingsFromBodies(fileURLToPath(new URL(`../../../fixtures/capture/${name}`, import.meta.url)))

/** Requests as they stand in the recording's lines. */
const sentOf = (recording) =>
  recording.lines.flatMap(({ event }) => (event?.data?.plugin?.startsWith('rrweb/network@') ? event.data.payload.requests : [])).filter(({ entryType }) => entryType === 'resource' || entryType === 'navigation')

for (const name of ['latest-full', 'previous-full']) {
  test(`the_network_of_${name}_is_listed_and_taken_away_whole`, async () => {
    const [recording] = capture(name)
    const sent = sentOf(recording)
    assert.ok(sent.length > 5)
    const { page, done } = await openPlayer(recording.id, { recordings: [recording] })
    await page.getByRole('tab', { name: 'Network' }).click()
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'HAR', exact: true }).click()])
    const har = JSON.parse(readFileSync(await download.path(), 'utf8'))
    assert.deepEqual(checkHar(har), [])
    assert.deepEqual(har.log.entries.map(({ request }) => request.url).sort(), sent.map((request) => request.name).sort())
    // The phases that the browser measured make up what it measured as a whole.
    for (const { time, request, _cassette } of har.log.entries) {
      const own = sent.find((one) => one.name === request.url && Math.abs(one.timestamp - recording.startedAt - _cassette.timestamp) < 2)
      const took = own?.entryType === 'navigation' ? own.responseEnd : own?.duration
      assert.ok(Math.abs(time - took) < 2, `${request.url} took ${took} ms and has phases of ${time} ms`)
    }
    await page.locator('.event', { hasText: '/api/ok?from=xhr' }).click()
    await page.getByRole('region', { name: 'Details' }).getByText('"answer": 42').waitFor()
    const inView = async () => {
      const [row, rows] = [await page.locator('.event.is-selected').boundingBox(), await page.locator('.events-scroller').boundingBox()]
      return row.y >= rows.y && row.y + row.height <= rows.y + rows.height
    }
    // The observer of the sizes has its turn after the picture.
    await eventually(async () => assert.ok(await inView(), 'what was opened took the room of its own row'))
    await done()
  })
}

test('the_console_of_a_real_page_shows_values_errors_and_where_they_were_written', async () => {
  const [recording] = capture('latest-full')
  const { page, done } = await openPlayer(recording.id, { recordings: [recording] })
  const detail = page.getByRole('region', { name: 'Details' })
  await page.getByRole('tab', { name: 'Console' }).click()
  await page.locator('.event', { hasText: 'plain' }).click()
  await detail.getByRole('button', { name: '{nested: {…}}' }).click()
  await detail.getByRole('button', { name: /^nested:/ }).click()
  await detail.getByRole('button', { name: 'a: Array(3) [1, 2, 3]' }).waitFor()
  await page.locator('.event', { hasText: 'broken' }).click()
  await detail.getByText('TypeError: an error').waitFor()
  await detail.getByText('page.js:58:29').waitFor()
  await done()
})

test('elements_in_a_frame_and_in_a_shadow_are_picked_where_they_are', async () => {
  const [recording] = capture('latest-full')
  const { page, seek, done } = await openPlayer(recording.id, { recordings: [recording], viewport: { width: 1600, height: 1000 } })
  await page.getByRole('tab', { name: 'Inspect' }).click()
  await seek(3250)
  const panel = page.getByRole('region', { name: 'Inspect' })
  const frame = page.frameLocator('.stage-picture:not(.is-coming) iframe')
  const pick = async (target) => {
    await panel.getByRole('button', { name: 'Pick an element' }).click()
    const box = await target.boundingBox()
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
    await panel.locator('.selector').waitFor()
    await eventually(async () => {
      const drawn = await page.locator('.inspect-box').boundingBox()
      for (const side of ['x', 'y', 'width', 'height']) assert.ok(Math.abs(drawn[side] - box[side]) < 2, `${side}: ${drawn[side]} and ${box[side]}`)
    })
    return panel.getByRole('navigation', { name: 'Elements above' }).innerText()
  }
  assert.match(await pick(frame.getByText('Inside shadow root')), /html\s+›\s+body.*›\s+section\s+›/s)
  assert.match(await pick(frame.frameLocator('iframe').locator('input')), /iframe.*›\s+html\s+›\s+body.*input/s)
  await panel.getByText('Reading the recording').waitFor({ state: 'detached' })
  await panel.getByText('Was there when the page was recorded').or(panel.getByText('Appeared')).first().waitFor()
  await done()
})
