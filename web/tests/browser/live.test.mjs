// A recording that is running.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, openPlayer, shared, shows, waitForCount, waitForText } from '../support/pages.mjs'
import { counter, setText } from '../support/made-up.mjs'
import { lineOf, recordingOf } from '../support/recording.mjs'

/** The page is connected a moment after its first picture. */
const streamOf = (id) =>
  eventually(() => {
    const stream = [...shared.server.state.liveStreams].find((one) => one.id === id)
    assert.ok(stream, `nobody follows ${id}`)
    return stream
  })

test('a_running_recording_is_followed_and_ends_quietly', async () => {
  const full = counter({ id: 'running', live: true, seconds: 8 })
  const recording = { ...full, blocks: full.blocks.slice(0, 1), endedAt: full.startedAt + full.blocks[0].last, open: [] }
  const identified = (line, index) => JSON.stringify({ ...line, item: 'item-1', index })
  const later = full.lines.filter((line) => line.timestamp > full.blocks[0].last)
  const { page, text, done } = await openPlayer('running', { recordings: [recording] })
  await page.getByRole('button', { name: 'Live' }).click()
  await page.waitForSelector('.live-button[aria-pressed=true]')
  const stream = await streamOf('running')
  later.forEach((line, index) => stream.send('line', identified(line, index)))
  later.forEach((line, index) => stream.send('line', identified(line, index)))
  const last = Math.max(...later.map((line) => line.timestamp))
  await page.waitForFunction((end) => window.cassette.duration === end && window.cassette.currentTime > end - 3000, last)
  await page.waitForFunction((end) => window.cassette.currentTime >= end, last)
  await shows(page, 'Counter value 8 Add one')
  const next = lineOf(setText(9000, 13, 'value 9'), 'w1', full.startedAt)
  stream.send('line', identified(next, later.length))
  await waitForText(page, 'value 9')

  const rows = await page.locator('.event').count()
  const final = counter({ id: 'running', seconds: 9 })
  shared.server.state.recordings = [final]
  stream.send('finished', {})
  await page.waitForSelector('.live-button', { state: 'detached' })
  await page.waitForFunction((end) => window.cassette.duration === end, final.endedAt - final.startedAt)
  await page.evaluate(() => window.cassette.seek(3000))
  assert.equal(await text(), 'Counter value 3 Add one')
  await page.locator('.event').nth(rows - 2).waitFor()
  await done()
})

test('a_line_that_comes_late_is_worked_into_the_picture', async () => {
  const full = counter({ id: 'late', live: true, seconds: 6 })
  const recording = { ...full, blocks: full.blocks.slice(0, 1), endedAt: full.startedAt + full.blocks[0].last, open: [] }
  const { page, seek, text, done } = await openPlayer('late', { recordings: [recording] })
  const stream = await streamOf('late')
  const send = (line, item) => stream.send('line', JSON.stringify({ ...line, item, index: 0 }))
  send(lineOf(setText(5000, 13, 'value five'), 'w1', full.startedAt), 'a')
  await page.waitForFunction(() => window.cassette.duration >= 5000)
  await seek(5000)
  assert.equal(await text(), 'Counter value five Add one')
  send(lineOf(setText(4000, 11, 'Late title'), 'w1', full.startedAt), 'b')
  await waitForText(page, 'Late title')
  await shows(page, 'Late title value five Add one')
  await done()
})

/** A page that runs, one block of it on the server; what comes next comes by the stream, in batches as an SDK sends them. */
function running(id) {
  const full = counter({ id, live: true, seconds: 3 })
  const recording = { ...full, blocks: full.blocks.slice(0, 1), endedAt: full.startedAt + full.blocks[0].last, open: [] }
  let sent = 0
  const send = (stream, events) => {
    for (const event of events) stream.send('line', JSON.stringify({ ...lineOf(event, 'w1', full.startedAt), item: `${id}-${sent++}`, index: 0 }))
  }
  return { recording, send }
}

const BATCH_MS = 3000
const STEP_MS = 250

test('what_happens_is_on_screen_within_three_seconds_of_its_arrival', async () => {
  const { recording, send } = running('close')
  const { page, text, done } = await openPlayer('close', { recordings: [recording] })
  const stream = await streamOf('close')
  await page.getByRole('button', { name: 'Live' }).click()
  const arrived = new Map()
  const delays = []
  let [at, seen] = [1000, 0]
  for (let batch = 0; batch < 4; batch++) {
    const events = Array.from({ length: BATCH_MS / STEP_MS }, () => setText((at += STEP_MS), 13, `value ${at}`))
    send(stream, events)
    for (let time = at - BATCH_MS + STEP_MS; time <= at; time += STEP_MS) arrived.set(time, Date.now())
    const ends = Date.now() + BATCH_MS
    while (Date.now() < ends) {
      const shown = Number(/value (\d+)/.exec(await text())?.[1])
      for (let time = Math.max(seen + STEP_MS, 1250); time <= shown; time += STEP_MS) delays.push(Date.now() - arrived.get(time))
      seen = Math.max(seen, shown)
      await page.waitForTimeout(30)
    }
  }
  console.log(`# ${Math.max(...delays)} ms at most, ${delays.length} changes`)
  assert.equal(seen, at, 'all has been seen')
  assert.ok(Math.max(...delays) <= 3000, `${Math.max(...delays)} ms`)
  await done()
})

test('one_can_go_back_while_it_runs_and_to_now_again', async () => {
  const { recording, send } = running('back')
  const { page, seek, text, done } = await openPlayer('back', { recordings: [recording] })
  const stream = await streamOf('back')
  const live = page.getByRole('button', { name: 'Live' })
  await live.click()
  send(stream, [setText(4000, 13, 'value 4000'), setText(8000, 13, 'value 8000')])
  await waitForText(page, 'value 8000')
  await seek(4500)
  assert.equal(await text(), 'Counter value 4000 Add one')
  assert.equal(await live.getAttribute('aria-pressed'), 'false')
  send(stream, [setText(9000, 13, 'value 9000')])
  await page.waitForFunction(() => window.cassette.duration === 9000)
  assert.equal(await text(), 'Counter value 4000 Add one', 'whoever looks at the past stays there')
  await live.click()
  await waitForText(page, 'value 9000')
  assert.equal(await live.getAttribute('aria-pressed'), 'true')
  await done()
})

test('nothing_jumps_when_it_ends', async () => {
  const { recording, send } = running('ends-calmly')
  const { page, seek, text, done } = await openPlayer('ends-calmly', { recordings: [recording] })
  const stream = await streamOf('ends-calmly')
  send(stream, [setText(4000, 13, 'value 4000'), setText(8000, 13, 'value 8000')])
  await page.waitForFunction(() => window.cassette.duration === 8000)
  await seek(4500)
  const isRow = ({ event }) => event.type === 4 || event.type === 6 || event.data.source === 2
  const rows = recording.lines.filter((line) => line.timestamp <= recording.blocks[0].last && isRow(line)).length
  await waitForCount(page.locator('.event'), rows)
  const known = recording.lines.filter(({ timestamp }) => timestamp <= recording.blocks[0].last).map(({ event }) => event)
  const events = [...known, setText(4000, 13, 'value 4000'), setText(8000, 13, 'value 8000')].map((event) => ({ windowId: 'w1', event }))
  shared.server.state.recordings = [recordingOf({ id: 'ends-calmly', events, blockBytes: 2048 })]
  shared.server.state.delay = 300
  const fewest = page.evaluate(() => new Promise((resolve) => {
    const player = document.querySelector('session-replay')?.shadowRoot ?? document
    const seen = []
    const timer = setInterval(() => {
      seen.push([player.querySelectorAll('.event').length, window.cassette.currentTime, player.querySelectorAll('.stage-picture:not(.is-coming) iframe').length].join())
      if (seen.length < 60) return
      clearInterval(timer)
      resolve([...new Set(seen)])
    }, 50)
  }))
  stream.send('finished', {})
  assert.deepEqual(await fewest, [`${rows},4500,1`], 'rows, playhead and picture are what they were all the time')
  assert.equal(await text(), 'Counter value 4000 Add one')
  shared.server.state.delay = 0
  await seek(8000)
  assert.equal(await text(), 'Counter value 8000 Add one')
  await done()
})

test('a_tab_that_watches_for_long_lets_go_of_what_the_server_has_in_blocks', async () => {
  const { recording, send } = running('long-watch')
  const { page, seek, text, done } = await openPlayer('long-watch', { recordings: [recording] })
  const stream = await streamOf('long-watch')
  const filler = 'x'.repeat(1024 * 1024)
  const events = Array.from({ length: 24 }, (_, index) => setText(4000 + index * 10_000, 13, `value ${index} ${index < 20 ? filler : ''}`))
  // The server has all of them in blocks by the time that it is asked again.
  const all = recordingOf({ id: 'long-watch', live: true, events: [...recording.lines.filter(({ timestamp }) => timestamp < 3900).map(({ event }) => event), ...events].map((event) => ({ windowId: 'w1', event })), blockBytes: 2048 })
  shared.server.state.recordings = [{ ...all, open: [] }]
  shared.server.state.requests.length = 0
  for (const event of events) send(stream, [event])
  await page.waitForFunction(() => window.cassette.duration === 234_000)
  await eventually(() => assert.ok(shared.server.state.requests.some((request) => request.endsWith('/blocks')), 'the blocks are asked for again'))
  for (const [ms, value] of [[34_500, 3], [4500, 0], [233_000, 22], [104_000, 10]]) {
    await seek(ms)
    assert.match(await text(), new RegExp(`^Counter value ${value} `), `at ${ms}`)
  }
  await done()
})
