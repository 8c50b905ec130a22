// Recorded pages that mean harm.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOffline, openPlayer, picture, shared, shows } from '../support/pages.mjs'
import { hostile } from '../support/hostile.mjs'
import { madeUpRecordings } from '../support/made-up.mjs'

async function playHostilePage({ page, seek }) {
  await seek(3000)
  // From the beginning, because it stands at the end.
  await page.evaluate(() => {
    document.querySelector('session-replay').speed = 4
    window.cassette.play()
  })
  await page.waitForFunction(() => window.cassette.currentTime < 3000)
  await page.waitForFunction(() => window.cassette.currentTime === 3000)
  await seek(500)
  await seek(2600)
  await shows(page, /^hostile page recorded <\/script><!-- <script>parent.owned = true<\/script> ]]> text/)
  const seen = await picture(page).evaluate((frame) => {
    return {
      sandbox: frame.getAttribute('sandbox'), inert: frame.closest('[inert]') !== null, owned: window.owned, inFrame: frame.getRootNode().activeElement === frame,
      colour: frame.contentWindow.getComputedStyle(frame.contentDocument.querySelector('h1')).color,
    }
  })
  assert.deepEqual(seen, { sandbox: 'allow-same-origin', inert: true, owned: undefined, inFrame: false, colour: 'rgb(200, 0, 0)' })
}

test('a_hostile_page_asks_for_nothing_runs_nothing_and_takes_no_focus', async () => {
  shared.reached = 0
  const opened = await openPlayer('made-up-hostile', { recordings: madeUpRecordings() })
  await playHostilePage(opened)
  assert.equal(shared.server.state.requests.filter((request) => request.includes('recorded')).length, 0, 'a recorded image asked our own API')
  // Not even a request that the policy would refuse.
  assert.deepEqual(opened.foreign, [])
  assert.equal(shared.reached, 0, 'connections went out')
  await opened.done()
})

test('the_offline_page_plays_a_hostile_page_without_asking_for_anything', async () => {
  shared.reached = 0
  const opened = await openOffline(hostile())
  await playHostilePage(opened)
  assert.deepEqual(opened.foreign, [])
  assert.equal(shared.reached, 0, 'connections went out')
  await opened.done()
})
