// A recording that is running.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPlayer, shared, waitForText } from '../support/pages.mjs'
import { counter, setText } from '../support/made-up.mjs'
import { lineOf } from '../support/recording.mjs'

test('a_running_recording_is_followed_and_ends_quietly', async () => {
  const full = counter({ id: 'running', live: true, seconds: 8 })
  const recording = { ...full, blocks: full.blocks.slice(0, 1), endedAt: full.startedAt + full.blocks[0].last, open: [] }
  const identified = (line, index) => JSON.stringify({ ...line, item: 'item-1', index })
  const later = full.lines.filter((line) => line.timestamp > full.blocks[0].last)
  const { page, text, done } = await openPlayer('running', { recordings: [recording] })
  await page.getByRole('button', { name: 'Live' }).click()
  await page.waitForSelector('.live-button[aria-pressed=true]')
  const [stream] = shared.server.state.liveStreams
  later.forEach((line, index) => stream.send('line', identified(line, index)))
  later.forEach((line, index) => stream.send('line', identified(line, index)))
  const last = Math.max(...later.map((line) => line.timestamp))
  await page.waitForFunction((end) => window.cassette.duration === end && window.cassette.currentTime > end - 3000, last, { timeout: 6000 })
  await page.waitForFunction((end) => window.cassette.currentTime >= end, last, { timeout: 6000 })
  assert.equal(await text(), 'Counter value 8 Add one')
  const next = lineOf(setText(9000, 13, 'value 9'), 'w1', full.startedAt)
  stream.send('line', identified(next, later.length))
  await waitForText(page, 'value 9', 5000)

  const rows = await page.locator('.event').count()
  const final = counter({ id: 'running', seconds: 9 })
  shared.server.state.recordings = [final]
  stream.send('finished', {})
  await page.waitForSelector('.live-button', { state: 'detached' })
  await page.waitForFunction((end) => window.cassette.duration === end, final.endedAt - final.startedAt)
  await page.evaluate(() => window.cassette.seek(3000))
  assert.equal(await text(), 'Counter value 3 Add one')
  await page.locator('.event').nth(rows - 2).waitFor({ timeout: 5000 })
  await done()
})

test('a_line_that_comes_late_is_worked_into_the_picture', async () => {
  const full = counter({ id: 'late', live: true, seconds: 6 })
  const recording = { ...full, blocks: full.blocks.slice(0, 1), endedAt: full.startedAt + full.blocks[0].last, open: [] }
  const { page, seek, text, done } = await openPlayer('late', { recordings: [recording] })
  const [stream] = shared.server.state.liveStreams
  const send = (line, item) => stream.send('line', JSON.stringify({ ...line, item, index: 0 }))
  send(lineOf(setText(5000, 13, 'value five'), 'w1', full.startedAt), 'a')
  await page.waitForFunction(() => window.cassette.duration >= 5000)
  await seek(5000)
  assert.equal(await text(), 'Counter value five Add one')
  send(lineOf(setText(4000, 11, 'Late title'), 'w1', full.startedAt), 'b')
  await waitForText(page, 'Late title', 5000)
  assert.equal(await text(), 'Late title value five Add one')
  await done()
})
