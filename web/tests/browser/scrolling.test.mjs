// How a recorded page scrolls while it plays.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { element, meta, move, snapshot } from '../support/made-up.mjs'
import { openPlayer } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'

const scroll = (at, y) => ({ type: 3, data: { source: 3, id: 1, x: 0, y }, timestamp: meta(at).timestamp })

/** Where the page stood in each frame while it was played. */
async function placesWhilePlaying(speed) {
  const events = [meta(0), snapshot(5, [element(10, 'div', { style: 'height:5000px' })]), scroll(1000, 2000), move(1500), move(3000), move(6000)]
  const recording = recordingOf({ id: 'scrolling', events: events.map((event) => ({ windowId: 'w', event })) })
  const { page, done } = await openPlayer('scrolling', { recordings: [recording], plays: true })
  const places = await page.evaluate(async (to) => {
    const replay = document.querySelector('session-replay')
    await replay.seek(500)
    replay.speed = to
    replay.play()
    const seen = new Set()
    const { contentWindow } = replay.shadowRoot.querySelector('.stage-picture:not(.is-coming) iframe')
    while (replay.currentTime < 2900) {
      await new Promise(requestAnimationFrame)
      seen.add(Math.round(contentWindow.scrollY))
    }
    return [...seen]
  }, speed)
  await done()
  return places
}

test('a_page_that_is_played_faster_scrolls_at_once', async () => {
  assert.deepEqual(await placesWhilePlaying(4), [0, 2000])
})

test('at_its_own_speed_it_scrolls_as_smoothly_as_it_did', async () => {
  const places = await placesWhilePlaying(1)
  assert.ok(places.length > 2, `only at ${places.join(', ')}`)
  assert.equal(places.at(-1), 2000)
})
