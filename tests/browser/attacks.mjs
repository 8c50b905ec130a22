// The corpus of attacks (`web/tests/attacks`) in Firefox, which fetches earlier and reads style sheets otherwise than Chromium: played in the
// app of a real server. No script of a recording runs, nothing is asked of anybody, the page around stays its own.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { disguises } from '../../web/tests/attacks/disguises.mjs'
import { elementsAtFirst, elementsLater } from '../../web/tests/attacks/elements.mjs'
import { grabs } from '../../web/tests/attacks/grabs.mjs'
import { sheetsAtFirst, sheetsLater } from '../../web/tests/attacks/styles.mjs'
import { until } from './cassette.mjs'
import { asked, logInto, withFirefox } from './firefox-page.mjs'
import { playerReady, shownText } from './screen.mjs'

const AWAY = 'http://away.test'
const FAMILIES = { sheetsAtFirst, sheetsLater, elementsAtFirst, elementsLater, disguises, grabs }

export async function attacksDoNothingInFirefox({ cassette, firefox, artefact }) {
  for (const [name, events] of Object.entries(FAMILIES)) {
    const imported = await cassette.importFile(Buffer.from(JSON.stringify(events(addressOf))), name)
    assert.equal(imported.status, 200, `${name}: ${imported.text}`)
  }
  await withFirefox(firefox, new URL(cassette.base).host, async (page) => {
    await logInto(page, cassette)
    for (const name of Object.keys(FAMILIES)) {
      await page.open(`${cassette.base}/recordings/${name}`)
      await until(() => page.evaluate((ending) => location.pathname.endsWith(ending), `/${name}`).catch(() => false), 20_000, () => `${name} does not open`)
      await playerReady(page)
      await assertDoesNothing(page, name)
      await page.screenshot(artefact(`attack-${name}-firefox.png`))
    }
    assert.deepEqual(asked(page), [], 'requests of Firefox')
    await assertIsWatched(page, path.resolve(artefact('attack-control.html')))
  })
}

const addressOf = (name) => `${AWAY}/${encodeURIComponent(name).replace(/'/g, '%27')}`

async function assertDoesNothing(page, name) {
  // Until the page is called by who was recorded, its title is about to change.
  while ((await page.evaluate(() => document.title)) === 'Recording · Cassette') await new Promise((done) => setTimeout(done, 50))
  const first = await page.evaluate(identity)
  for (const ms of [2999, 20]) await page.evaluate((to) => window.cassette.seek(to), ms)
  await page.evaluate(() => {
    document.querySelector('session-replay').speed = 2
    window.cassette.play()
  })
  await new Promise((done) => setTimeout(done, 1600))
  await page.evaluate(() => window.cassette.seek(2950))
  assert.match(await shownText(page), /attacked page/, name)
  assert.deepEqual(await page.evaluate(identity), first, `${name}: the page is what it was`)
  assert.deepEqual(await page.evaluate(odd), [], `${name}: requests that the app has no reason for`)
}

/** Runs in the page: what is the same as long as nobody touches it. */
function identity() {
  const { owned, opener, name, length } = window
  return {
    href: location.href, title: document.title, owned: owned ?? null, polluted: {}.src ?? {}.node ?? null, opener: opener === null, name, frames: length,
    cookies: document.cookie, local: Object.keys(localStorage).sort(), session: Object.keys(sessionStorage).sort(), active: document.activeElement.localName, y: scrollY, steps: history.length,
  }
}

/** Runs in the page: requests that reach the server itself go past the spy, so the page is asked for them. */
function odd() {
  const player = document.querySelector('session-replay').shadowRoot
  const frames = [...player.querySelectorAll('iframe')].flatMap((frame) => frame.contentWindow.performance.getEntriesByType('resource'))
  const own = performance.getEntriesByType('resource').filter(({ name, initiatorType }) => !new URL(name).pathname.match(/^\/(app|api)\//) || initiatorType === 'img')
  return [...own, ...frames].map(({ name, initiatorType }) => `${initiatorType} ${name}`).filter((entry) => !/^\w+ (data|blob):/.test(entry))
}

/** That the spy sees what there is to see. */
async function assertIsWatched(page, file) {
  fs.writeFileSync(file, `<img src="${AWAY}/control.png"><script>owned = true</script>`)
  await page.open(pathToFileURL(file).href)
  await until(() => asked(page).some((request) => request.includes('away.test')), 20_000, () => `the spy saw only ${asked(page)}`)
  assert.equal(await page.evaluate(() => window.owned), true)
}
