// A recorded page that changes several times in one millisecond, while it plays.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { element, meta, move, snapshot } from '../support/made-up.mjs'
import { openPlayer } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'

const BOX = 10

/** Each goes into the one before. */
const nested = (at, count) =>
  Array.from({ length: count }, (_, depth) => {
    const add = { parentId: BOX + depth, nextId: null, node: element(BOX + depth + 1, 'b', { class: `level-${depth + 1}` }) }
    return { type: 3, data: { source: 0, texts: [], attributes: [], removes: [], adds: [add] }, timestamp: meta(at).timestamp }
  })

test('what_happened_in_one_millisecond_is_played_in_its_order', async () => {
  const LEVELS = 9
  // So that nothing is skipped on the way.
  const busy = Array.from({ length: 20 }, (_, at) => move(550 + at * 100))
  const changing = [...busy, ...nested(1400, LEVELS)].sort((a, b) => a.timestamp - b.timestamp)
  const events = [meta(0), snapshot(5, [element(BOX, 'div')]), ...changing, move(6000)]
  const recording = recordingOf({ id: 'same-moment', events: events.map((event) => ({ windowId: 'w', event })) })
  const { page, done } = await openPlayer('same-moment', { recordings: [recording], plays: true })
  const levels = await page.evaluate(async () => {
    const replay = document.querySelector('session-replay')
    await replay.seek(500)
    replay.play()
    while (replay.currentTime < 1900) await new Promise(requestAnimationFrame)
    const { contentDocument } = replay.shadowRoot.querySelector('.stage-picture:not(.is-coming) iframe')
    return [...contentDocument.querySelectorAll('b')].map((one) => one.className)
  })
  await done()
  assert.deepEqual(levels, Array.from({ length: LEVELS }, (_, depth) => `level-${depth + 1}`))
})
