// Recordings that are too large to be read at once: keyframes, what is asked for, what is said, steps from change to change.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { click, counter, meta, move, setText, snapshot } from '../support/made-up.mjs'
import { asksNoMore, eventually, openPlayer, position, shared, shows } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'

const asked = () => shared.server.state.requests.map((request) => /(blocks|keyframes)\/(\d+)/.exec(request)).filter(Boolean).map(([, kind, key]) => `${kind} ${Number(key) % 1_000_000}`)

/** As if each block were so large that only what is needed may be held. */
function enlarged(recording, bytes = 40 * 1024 * 1024) {
  for (const block of recording.blocks) block.raw_bytes = bytes
  return recording
}

/** One page for a hundred seconds, with one full snapshot and keyframes at 30 s, 60 s and 90 s. */
function longPage({ id = 'long-page' } = {}) {
  const body = (value) => [{ type: 2, id: 12, tagName: 'p', attributes: {}, childNodes: [{ type: 3, id: 13, textContent: value }] }]
  const events = [meta(0), snapshot(10, body('second 0'))]
  for (let second = 1; second <= 100; second++) events.push(setText(second * 1000, 13, `second ${second}`), click(second * 1000 + 300, 12), move(second * 1000 + 700))
  const recording = recordingOf({ id, blockBytes: 900, events: events.map((event) => ({ windowId: 'w1', event })) })
  const keyframes = [30, 60, 90].map((second, key) => {
    const at = second * 1000 + 400
    const lines = [meta(at), snapshot(at, body(`second ${second}`))].map((event) => JSON.stringify({ type: event.type === 2 ? 'full_snapshot' : 'event', timestamp: at, window_id: 'w1', event }))
    return { key, window_id: 'w1', timestamp: at, bytes: 500, text: `${lines.join('\n')}\n` }
  })
  return { ...recording, keyframes }
}

test('a_far_moment_costs_a_keyframe_and_what_follows_it', async () => {
  const recording = enlarged(longPage())
  const { page, seek, text, done } = await openPlayer(recording.id, { recordings: [recording] })
  shared.server.state.delay = 20
  await page.locator('.read-on').waitFor({ state: 'detached', timeout: 30_000 })
  shared.server.state.requests.length = 0
  await seek(92_000)
  assert.equal(await text(), 'second 92')
  const [first, ...others] = asked()
  const needed = recording.blocks.filter(({ first, last }) => last > 90_400 && first <= 92_000).map(({ key }) => `blocks ${key % 1_000_000}`)
  assert.equal(first, 'keyframes 2')
  assert.deepEqual(others.slice(0, needed.length), needed)
  for (const [ms, shown] of [[30_400, 'second 30'], [90_399, 'second 90'], [59_999, 'second 59'], [60_400, 'second 60'], [29_999, 'second 29'], [100_000, 'second 100']]) {
    await seek(ms)
    assert.equal(await text(), shown, `at ${ms}`)
  }
  shared.server.state.delay = 0
  await done()
})

test('playing_goes_past_a_keyframe_without_building_the_page_anew', async () => {
  const recording = longPage({ id: 'played' })
  const { page, seek, done } = await openPlayer('played', { recordings: [recording] })
  await seek(28_900)
  shared.server.state.requests.length = 0
  const frame = await page.locator('.stage-picture:not(.is-coming) iframe').elementHandle()
  await page.evaluate(() => window.cassette.play())
  await page.waitForFunction(() => window.cassette.currentTime > 31_100)
  await page.evaluate(() => window.cassette.pause())
  await shows(page, `second ${Math.floor((await position(page)) / 1000)}`)
  assert.equal(await frame.evaluate((one) => one.isConnected), true, 'the same picture')
  assert.deepEqual(asked().filter((part) => part.startsWith('keyframes')), [])
  await done()
})

test('a_keyframe_that_is_gone_is_done_without', async () => {
  const recording = enlarged(longPage({ id: 'no-keyframe' }))
  recording.keyframes[2].refused = true
  const { seek, text, done } = await openPlayer('no-keyframe', { recordings: [recording], allow: (message) => message.includes('404') })
  await seek(95_000)
  assert.equal(await text(), 'second 95')
  await done()
})

test('a_block_with_the_full_snapshot_that_is_gone_does_not_take_the_rest_with_it', async () => {
  const recording = counter({ id: 'lost-snapshot' })
  const lost = recording.blocks.filter(({ full_snapshots: snapshots }) => snapshots.some(({ timestamp }) => timestamp > 9000 && timestamp < 12_000))
  for (const block of lost) block.refused = true
  const { seek, text, done } = await openPlayer('lost-snapshot', { recordings: [recording], allow: (message) => message.includes('404') })
  await seek(14_500)
  assert.match(await text(), /^Counter value 14/)
  await seek(65_000)
  assert.match(await text(), /^Counter value 25/)
  await done()
})

test('what_is_not_read_yet_is_said_and_read_when_asked', async () => {
  const recording = enlarged(counter({ id: 'asked' }))
  let open
  const opened = new Promise((resolve) => (open = resolve))
  shared.server.state.gate = (place) => (place < 4 ? undefined : opened)
  const { page, done } = await openPlayer('asked', { recordings: [recording] })
  const note = page.locator('.read-on')
  await note.getByText('% of the recording is read.').waitFor()
  assert.match(await note.innerText(), /Here is what happened until 0:\d\d\./)
  await note.getByRole('button', { name: 'Read all of it now' }).click()
  open()
  await note.waitFor({ state: 'detached' })
  await page.locator('.chip', { hasText: /^Actions\s*30$/ }).waitFor()
  shared.server.state.gate = undefined
  await done()
})

test('nothing_is_read_on_while_the_tab_is_hidden', async () => {
  const recording = enlarged(counter({ id: 'hidden' }))
  const { page, done } = await openPlayer('hidden', { recordings: [recording], before: () => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => window.isSeen ? 'visible' : 'hidden' })
  } })
  await asksNoMore()
  const before = asked().length
  await page.waitForTimeout(600)
  assert.equal(asked().length, before)
  await eventually(async () => assert.equal(await page.locator('.read-on').count(), 1))
  await page.evaluate(() => {
    window.isSeen = true
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await page.locator('.read-on').waitFor({ state: 'detached' })
  await done()
})

test('a_step_leads_to_the_next_change_of_the_page_and_back', async () => {
  const recording = enlarged(longPage({ id: 'steps' }))
  const { page, seek, done } = await openPlayer('steps', { recordings: [recording] })
  await seek(40_100)
  const step = async (name) => {
    const from = await position(page)
    await page.getByRole('button', { name }).click()
    await page.waitForFunction((before) => window.cassette.currentTime !== before, from)
    return position(page)
  }
  const ahead = []
  for (let count = 0; count < 6; count++) ahead.push(await step('One change ahead'))
  assert.deepEqual(ahead, [40_300, 40_700, 41_000, 41_300, 41_700, 42_000])
  await shows(page, 'second 42')
  const back = []
  for (let count = 0; count < 6; count++) back.push(await step('One change back'))
  assert.deepEqual(back, [41_700, 41_300, 41_000, 40_700, 40_300, 40_000])
  await done()
})

test('a_moment_between_two_milliseconds_holds_what_came_before_it_and_nothing_else', async () => {
  const body = [{ type: 2, id: 12, tagName: 'p', attributes: {}, childNodes: [{ type: 3, id: 13, textContent: 'none' }] }]
  const events = [meta(0), snapshot(5, body), setText(100.25, 13, 'quarter'), setText(100.5, 13, 'half'), setText(101, 13, 'whole'), setText(200, 13, 'last')]
  const made = recordingOf({ id: 'between', keepsFractions: true, events: events.map((event) => ({ windowId: 'w1', event })) })
  const { seek, text, done } = await openPlayer('between', { recordings: [made] })
  for (const [ms, shown] of [[100, 'none'], [100.25, 'quarter'], [100.4, 'quarter'], [100.5, 'half'], [100.75, 'half'], [101, 'whole'], [100.2, 'none'], [199.999, 'whole'], [200, 'last'], [100.499, 'quarter']]) {
    await seek(ms)
    assert.equal(await text(), shown, `at ${ms}`)
  }
  await done()
})
