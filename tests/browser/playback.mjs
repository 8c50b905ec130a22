// Shown = seen.
import assert from 'node:assert/strict'
import { until } from './cassette.mjs'
import { assertOnlyFrom } from './chromium.mjs'
import { assertFits, openPlayer, playerReady, recordingTime, shownText } from './screen.mjs'
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
  assert.deepEqual(player.complaints, [], 'the player complains about nothing')
  await aLinkToAMomentOpensThere(cassette, browser, session, lines, moments[2])
  await theFirstFrameNeedsItsBlocksOnly(cassette, browser, session)
}

async function theFirstFrameNeedsItsBlocksOnly(cassette, browser, session) {
  const listing = JSON.parse((await cassette.get(`/api/projects/1/session_recordings/${session}/blocks`)).text)
  const opening = listing.blocks.find((block) => block.full_snapshots.length > 0)
  const player = await openPlayer(cassette, browser, session)
  // By page and worker; what is played next is not asked for as soon as the first picture is there.
  const asked = (await player.page.requests()).filter((request) => /\/blocks\/\d+/.test(request.url()))
  const sizes = await Promise.all(asked.map((request) => request.sizes()))
  const fetched = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0)
  console.log(`     first frame: ${fetched} bytes of blocks fetched; the one of the first full snapshot has ${opening.bytes}`)
  assert.ok(fetched > 0 && fetched <= 1.2 * opening.bytes, `${fetched} bytes before the first frame, ${opening.bytes} needed`)
  await player.page.close()
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
  assert.deepEqual(player.complaints, [], 'the player complains about nothing')
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
  assert.deepEqual(complaints, [])
}
