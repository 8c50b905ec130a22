// How a recorded page scrolls while it plays.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { element, meta, move, snapshot } from '../support/made-up.mjs'
import { openPlayer } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'

const scroll = (at, y) => ({ type: 3, data: { source: 3, id: 1, x: 0, y }, timestamp: meta(at).timestamp })

const high = [element(10, 'div', { style: 'height:5000px' })]

/** Where the page stood in each frame while it was played. */
async function placesWhilePlaying(speed, scrolling = [scroll(1000, 2000)]) {
  const events = [meta(0), snapshot(5, high), ...scrolling, move(1500), move(3000), move(6000)]
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

test('of_several_places_in_one_frame_it_goes_to_the_last_and_to_none_of_the_page_before', async () => {
  // So that nothing is skipped on the way.
  const busy = Array.from({ length: 9 }, (_, at) => move(500 + at * 100))
  assert.deepEqual(await placesWhilePlaying(4, [...busy, scroll(1350, 700), scroll(1350, 900), scroll(1350, 2000)]), [0, 2000])
  const another = { ...snapshot(1350, high), data: { ...snapshot(1350, high).data, initialOffset: { left: 0, top: 300 } } }
  assert.deepEqual(await placesWhilePlaying(4, [...busy, scroll(1350, 2000), meta(1350), another]), [0, 300])
})

test('at_its_own_speed_it_scrolls_as_smoothly_as_it_did', async () => {
  const places = await placesWhilePlaying(1)
  assert.ok(places.length > 2, `only at ${places.join(', ')}`)
  assert.equal(places.at(-1), 2000)
})
