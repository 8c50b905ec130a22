// A recording in one file: written by the real binary, opened from the disk with the network off, in both browsers.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { hostile } from '../../web/tests/support/hostile.mjs'
import { until } from './cassette.mjs'
import { assertOnlyFrom } from './chromium.mjs'
import { asked, logInto, withFirefox } from './firefox-page.mjs'
import { assertFits, openPlayer, playerReady, recordingTime, shownText } from './screen.mjs'
import { buy, enter, leave, sessionOf } from './visits.mjs'

/** Nobody has this name: it cannot be looked up, so that a try is seen and goes nowhere. */
const AWAY = 'http://away.test'

export async function aFileIsPlayedAsTheVisitWas({ cassette, browser, firefox, artefact }) {
  const visit = await browser.page()
  await enter(visit.page, cassette.base)
  const session = await sessionOf(visit.page)
  const moments = await buy(visit.page)
  await leave(visit.page)
  const lines = await cassette.finished(session)
  const answer = await cassette.get(`/api/projects/1/session_recordings/${session}/recording?format=html`)
  assert.equal(answer.status, 200, answer.text)
  const file = path.resolve(artefact('offline.html'))
  fs.writeFileSync(file, answer.text)
  // The token stands in what the SDK tells of itself: such events are not for other people.
  assert.ok(!answer.text.includes(cassette.token), 'the file does not name the project by its token')
  await cassette.stop()

  const chromium = await openFile(browser, file)
  for (const at of [0, 1, 2, 3, 4, 2, 0, 3, 1]) await assertShows(chromium.page, lines, moments[at], 'Chromium')
  await assertTellsWhatHappened(chromium.page)
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390]) {
      await chromium.page.emulateMedia({ colorScheme })
      await chromium.page.setViewportSize({ width, height: 800 })
      await assertFits(chromium.page, `offline page, ${colorScheme}, ${width}`)
      await chromium.page.screenshot({ path: artefact(`offline-${colorScheme}-${width}.png`) })
    }
  }
  assertAskedForNothing(chromium, file)

  await withFirefox(firefox, '', async (page) => {
    await page.open(pathToFileURL(file).href)
    await playerReady(page)
    for (const at of [0, 1, 2, 3, 4, 0]) await assertShows(page, lines, moments[at], 'Firefox')
    await page.screenshot(artefact('offline-firefox.png'))
    assert.deepEqual(asked(page), [], 'requests of Firefox')
  })
}

export async function aHostileRecordingAsksForNothing({ cassette, browser, firefox, artefact, binary }) {
  const source = path.resolve(artefact('hostile.json'))
  const file = path.resolve(artefact('hostile.html'))
  fs.writeFileSync(source, JSON.stringify(hostile({ away: AWAY }).lines.map((line) => line.event)))
  execFileSync(binary, ['convert', source, file, '--session-id', 'hostile', '--force'])
  const imported = await cassette.importFile(fs.readFileSync(source), 'hostile')
  assert.equal(imported.status, 200, imported.text)

  const offline = await openFile(browser, file)
  await playHostile(offline.page)
  assertAskedForNothing(offline, file)
  const player = await openPlayer(cassette, browser, 'hostile')
  await playHostile(player.page)
  assertOnlyFrom(cassette.base, player.requests)
  assert.deepEqual(player.requests.filter((url) => /hostile\.json|relative\.png|\?recorded$/.test(url)), [], 'requests to the server')
  assert.deepEqual(player.complaints, [])

  await withFirefox(firefox, new URL(cassette.base).host, async (page) => {
    await page.open(pathToFileURL(file).href)
    await playerReady(page)
    await playHostile(page)
    await logInto(page, cassette)
    await page.open(`${cassette.base}/recordings/hostile`)
    await playerReady(page)
    await playHostile(page)
    assert.deepEqual(asked(page), [], 'requests of Firefox')
    // That the spy sees what there is to see:
    fs.writeFileSync(source, `<img src="${AWAY}/control.png">`)
    fs.renameSync(source, `${source}.html`)
    await page.open(pathToFileURL(`${source}.html`).href)
    await until(() => asked(page).some((request) => request.includes('away.test')), 20_000, () => `the spy saw only ${asked(page)}`)
  })
}

async function openFile(browser, file) {
  const opened = await browser.page()
  await opened.page.context().setOffline(true)
  await opened.page.goto(pathToFileURL(file).href, { waitUntil: 'commit' })
  await playerReady(opened.page)
  await opened.page.context().setOffline(false)
  return opened
}

async function assertShows(page, lines, moment, name) {
  await page.evaluate((ms) => window.cassette.seek(ms), recordingTime(lines, moment.time))
  // Firefox does not count what could be chosen as text of the page; the visit was in Chromium, which does.
  const choices = new Set(await page.evaluate(readChoices))
  const read = (text) => text.split('\n').filter((line) => !choices.has(line))
  assert.deepEqual(read(await shownText(page)), read(moment.text), `text on screen in ${name} (${moment.name})`)
}

function readChoices() {
  const frame = document.querySelector('session-replay').shadowRoot.querySelector('.stage-picture:not(.is-coming) iframe')
  return [...frame.contentDocument.querySelectorAll('option')].map((option) => option.textContent.trim())
}

async function assertTellsWhatHappened(page) {
  const rows = async (tab) => {
    await page.getByRole('tab', { name: tab }).click()
    await page.waitForSelector('.event')
    return (await page.locator('.event').allInnerTexts()).join('\n')
  }
  assert.match(await rows('Events'), /Typed \*+ into .*headphones/)
  assert.match(await rows('Console'), /error/)
  await page.getByRole('tab', { name: 'Network' }).click()
  await page.getByRole('tab', { name: 'Details' }).click()
  await page.getByText('Not in this file').waitFor()
  const links = await page.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href')))
  assert.deepEqual(links.filter((href) => !href.startsWith('#')), [], 'links that lead out of the file')
}

async function playHostile(page) {
  for (const ms of [3000, 500, 2600]) await page.evaluate((to) => window.cassette.seek(to), ms)
  await page.evaluate(() => window.cassette.play())
  await new Promise((done) => setTimeout(done, 800))
  assert.match(await shownText(page), /^hostile page\nrecorded <\/script><!-- <script>parent\.owned = true<\/script>/)
  assert.equal(await page.evaluate(() => window.owned ?? null), null)
}

function assertAskedForNothing({ requests, complaints }, file) {
  const others = requests.filter((url) => url !== pathToFileURL(file).href && !/^(data|blob|about):/.test(url))
  assert.deepEqual(others, [], 'requests of the file')
  assert.deepEqual(complaints, [], 'complaints of the browser')
}
