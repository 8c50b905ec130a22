// Shown = seen.
import assert from 'node:assert/strict'
import { until } from './cassette.mjs'
import { assertOnlyFrom } from './chromium.mjs'
import { buy, enter, leave, normal, sessionOf } from './visits.mjs'

export async function aVisitIsPlayedAsItWas({ cassette, browser, artefact }) {
  const visit = await browser.page()
  await enter(visit.page, cassette.base)
  const session = await sessionOf(visit.page)
  const moments = await buy(visit.page)
  await leave(visit.page)
  const lines = await cassette.finished(session)

  const player = await openPlayer(cassette, browser, session)
  // Forwards, then backwards and across: a replayer that is seeked about must not lose anything.
  for (const at of [0, 1, 2, 3, 4, 2, 0, 3, 1]) {
    const moment = moments[at]
    await player.page.evaluate((ms) => window.cassette.seek(ms), recordingTime(lines, moment.time))
    assert.equal(await shownText(player.page), moment.text, `text on screen, moment ${at} (${moment.name})`)
    await player.page.screenshot({ path: artefact(`moment-${at}.png`) })
  }
  const end = await player.page.evaluate(() => window.cassette.duration)
  await player.page.evaluate((ms) => window.cassette.seek(ms), end)
  assert.equal(await shownText(player.page), moments.at(-1).text, 'text on screen at the end')
  assertOnlyFrom(cassette.base, player.requests)
  assert.deepEqual(ofTheApp(player.complaints), [], 'the player complains about nothing')
  await aLinkToAMomentOpensThere(cassette, browser, session, lines, moments[2])
}

async function aLinkToAMomentOpensThere(cassette, browser, session, lines, moment) {
  const seconds = recordingTime(lines, moment.time) / 1000
  const player = await openPlayer(cassette, browser, session, `#t=${seconds}`)
  await until(
    async () => (await shownText(player.page)) === moment.text,
    10_000,
    () => `#t=${seconds} does not show the moment "${moment.name}"`,
  )
  await player.page.close()
}

export async function aLiveVisitIsFollowed({ cassette, browser, artefact }) {
  const visit = await browser.page()
  await enter(visit.page, cassette.base)
  const session = await sessionOf(visit.page)
  await visit.page.fill('#search', 'pencil')
  await until(
    async () => (await cassette.recordings()).some((row) => row.id === session && row.ongoing && row.event_count > 0),
    30_000,
    () => 'a running visit does not appear',
  )
  const player = await openPlayer(cassette, browser, session)
  await player.page.getByRole('button', { name: 'Live', exact: true }).click()
  // The SDK sends every five seconds; Cassette adds at most three.
  for (const word of ['metal', 'head']) {
    await visit.page.fill('#search', word)
    const wanted = normal(await visit.page.evaluate(() => document.querySelector('.grid').innerText))
    const asked = Date.now()
    await until(
      async () => (await shownText(player.page, '.grid')) === wanted,
      20_000,
      () => `the player does not follow: ${JSON.stringify(wanted)} is not on screen`,
    )
    console.log(`     "${word}" was on the player's screen after ${((Date.now() - asked) / 1000).toFixed(1)} s`)
  }
  await player.page.screenshot({ path: artefact('live.png') })
  await leave(visit.page)
  await cassette.finished(session)
  assertOnlyFrom(cassette.base, player.requests)
  assert.deepEqual(ofTheApp(player.complaints), [], 'the player complains about nothing')
}

export async function theListLooksRight({ cassette, browser, artefact }) {
  const visit = await browser.page()
  await enter(visit.page, cassette.base)
  const session = await sessionOf(visit.page)
  const moments = await buy(visit.page)
  await leave(visit.page)
  const lines = await cassette.finished(session)

  const { page, requests, complaints } = await browser.page()
  await cassette.login(page)
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 800 })
      await page.goto(`${cassette.base}/`)
      await page.waitForSelector(`a[href*="${session}"]`)
      await assertFits(page, `list, ${colorScheme}, ${width}`)
      await page.screenshot({ path: artefact(`list-${colorScheme}-${width}.png`) })
      await page.goto(`${cassette.base}/recordings/${session}`, { waitUntil: 'commit' })
      await playerReady(page)
      await page.evaluate((ms) => window.cassette.seek(ms), recordingTime(lines, moments[3].time))
      await assertFits(page, `player, ${colorScheme}, ${width}`)
      await page.screenshot({ path: artefact(`player-${colorScheme}-${width}.png`) })
    }
  }
  assertOnlyFrom(cassette.base, requests)
  assert.deepEqual(ofTheApp(complaints), [])
}

/** A recorded page refers to images and the like; that the browser refuses to fetch them is as it should be. */
function ofTheApp(complaints) {
  return complaints.filter((text) => !/^console: (Loading|Refused to load) the (image|font|media|stylesheet)/.test(text))
}

async function assertFits(page, name) {
  const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  assert.ok(content <= width, `${name}: the page is ${content} px wide in a window of ${width}`)
}

async function openPlayer(cassette, browser, session, hash = '') {
  const player = await browser.page()
  await cassette.login(player.page)
  // With a replay in it, the page's `load` event may never come.
  await player.page.goto(`${cassette.base}/recordings/${session}${hash}`, { waitUntil: 'commit' })
  await playerReady(player.page)
  return player
}

async function playerReady(page) {
  await until(
    () => page.evaluate(() => typeof window.cassette?.seek === 'function').catch(() => false),
    20_000,
    () => 'the player does not offer window.cassette',
  )
  await page.evaluate(() => window.cassette.ready)
}

/** What the replay shows. Scripts do not run in its frame, so its document is read from outside. */
async function shownText(page, part = 'body') {
  const text = await page.evaluate((part) => {
    const frame = [...document.querySelectorAll('iframe')].find((frame) => frame.checkVisibility() && frame.contentDocument?.body)
    return frame?.contentDocument.querySelector(part)?.innerText ?? ''
  }, part)
  return normal(text)
}

/** Milliseconds since the start of the recording of a moment by the visitor's clock: lines are corrected, events are not. */
function recordingTime(lines, time) {
  const before = lines.filter((line) => line.event && line.event.timestamp <= time)
  const last = before.reduce((latest, line) => (line.event.timestamp >= latest.event.timestamp ? line : latest))
  return last.timestamp + (time - last.event.timestamp)
}
