// What is on screen: the player's page, in the app or from a file.
import assert from 'node:assert/strict'
import { until } from './cassette.mjs'
import { normal } from './visits.mjs'

/** `before` runs in the page before anything of it does. */
export async function openPlayer(cassette, browser, session, hash = '') {
  const player = await browser.page()
  await cassette.login(player.page)
  // With a replay in it, the page's `load` event may never come.
  await player.page.goto(`${cassette.base}/recordings/${session}${hash}`, { waitUntil: 'commit' })
  await playerReady(player.page)
  return player
}

/** Any page that can be asked: one of Chromium, or Firefox. */
export async function playerReady(page) {
  await until(
    () => page.evaluate(() => typeof window.cassette?.seek === 'function').catch(() => false),
    20_000,
    () => `the player does not offer window.cassette at ${page.url()}`,
  )
  await page.evaluate(() => window.cassette.ready)
}

/** What the replay shows. Scripts do not run in its frame, so its document is read from outside. */
export async function shownText(page, part = 'body') {
  return normal(await page.evaluate(readScreen, part))
}

/** The player stands in a shadow root. */
function readScreen(part) {
  const player = document.querySelector('session-replay')?.shadowRoot
  const frame = [...(player?.querySelectorAll('.stage-picture:not(.is-coming) iframe') ?? [])].find((frame) => frame.checkVisibility())
  return frame?.contentDocument?.querySelector(part)?.innerText ?? ''
}

/** Milliseconds since the start of the recording of a moment by the visitor's clock: lines are corrected, events are not. */
export function recordingTime(lines, time) {
  const before = lines.filter((line) => line.event && line.event.timestamp <= time)
  const last = before.reduce((latest, line) => (line.event.timestamp >= latest.event.timestamp ? line : latest))
  return last.timestamp + (time - last.event.timestamp)
}

export async function assertFits(page, name) {
  const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  assert.ok(content <= width, `${name}: the page is ${content} px wide in a window of ${width}`)
}
