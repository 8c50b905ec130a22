// A visit that is going on: how far behind it the watcher is, who is listed, and that one can look back meanwhile.
import assert from 'node:assert/strict'
import { until } from './cassette.mjs'
import { assertOnlyFrom } from './chromium.mjs'
import { startProxy } from './proxy.mjs'
import { assertFits, openPlayer, shownText } from './screen.mjs'
import { enter, leave, sessionOf } from './visits.mjs'
import { sentEvents } from './wire.mjs'

const TICK_MS = 300
const WATCHED_MS = 20_000
/** What is on the server is on screen so soon. */
const BEHIND_MS = 3000

export async function aLiveVisitIsOnScreenWithinThreeSeconds({ cassette, browser, artefact }) {
  const proxy = await startProxy(cassette.base)
  try {
    const visit = await browser.page()
    await enter(visit.page, proxy.base)
    const session = await sessionOf(visit.page)
    await visit.page.evaluate(startClock, TICK_MS)
    // Until somebody touches the page the SDK sends nothing.
    await visit.page.mouse.move(200, 300, { steps: 5 })
    await until(async () => (await cassette.recordings()).some((row) => row.id === session && row.ongoing && row.event_count > 0), 30_000, () => 'a running visit does not appear')

    const player = await openPlayer(cassette, browser, session)
    const live = player.page.getByRole('button', { name: 'Live', exact: true })
    await live.click()
    await until(async () => (await ticking(player.page)) > 0, 20_000, () => 'the clock does not come on screen')
    const seen = await watch(player.page)
    assertWithin(seen, arrivals(proxy, session))
    await player.page.screenshot({ path: artefact('live-clock.png') })

    await oneCanLookBack(player.page, live)
    await theVisitorIsListed(cassette, browser, session, artefact)
    await leave(visit.page)
    assertOnlyFrom(cassette.base, player.requests)
    assert.deepEqual(player.complaints, [], 'the player complains about nothing')
  } finally {
    proxy.stop()
  }
}

/** Runs in the visitor's page: the time, as text, anew with every tick. */
function startClock(tick) {
  const clock = document.createElement('p')
  clock.id = 'ticking'
  document.body.append(clock)
  const show = () => (clock.textContent = `tick ${Date.now()}`)
  show()
  setInterval(show, tick)
}

/** The time that the replay shows; 0 without one. */
async function ticking(page) {
  return Number(/^tick (\d+)$/.exec(await shownText(page, '#ticking'))?.[1] ?? 0)
}

/** Looks for a while: what was shown when. */
async function watch(page) {
  const seen = []
  const ends = Date.now() + WATCHED_MS
  while (Date.now() < ends) {
    const shown = await ticking(page)
    seen.push({ at: Date.now(), shown })
    await page.waitForTimeout(40)
  }
  return seen
}

/** When the server had answered for each tick. */
function arrivals(proxy, session) {
  const arrived = new Map()
  for (const post of proxy.posts) {
    const texts = JSON.stringify(sentEvents([post]).get(session) ?? [])
    for (const [, tick] of texts.matchAll(/"tick (\d+)"/g)) arrived.set(Number(tick), post.answeredAt)
  }
  return new Map([...arrived].sort(([a], [b]) => a - b))
}

function assertWithin(seen, arrived) {
  const [begun, ended] = [seen[0].at, seen.at(-1).at]
  // A tick is on screen from when it or a later one is shown.
  const delays = [...arrived].filter(([, at]) => at > begun && at < ended - BEHIND_MS).map(([tick, at]) => (seen.find(({ shown }) => shown >= tick)?.at ?? Infinity) - at)
  const behind = seen.map(({ at, shown }) => at - shown)
  const sorted = (numbers) => [...numbers].sort((a, b) => a - b)
  const quantile = (numbers, share) => Math.round(sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))])
  const words = `${delays.length} ticks on screen after the server had them: p50 ${quantile(delays, 0.5)} ms, p95 ${quantile(delays, 0.95)} ms, at most ${quantile(delays, 1)} ms; behind the visitor, with what the SDK holds back: p50 ${quantile(behind, 0.5)} ms, p95 ${quantile(behind, 0.95)} ms`
  console.log(`     ${words}`)
  assert.ok(delays.length > 20, words)
  assert.ok(quantile(delays, 0.95) <= BEHIND_MS, words)
  const shown = seen.map((one) => one.shown)
  assert.deepEqual(shown, sorted(shown), 'time does not go back on screen')
}

async function oneCanLookBack(page, live) {
  const now = await ticking(page)
  // What is on screen may be four seconds behind the recording's end.
  const place = (await page.evaluate(() => window.cassette.duration)) - 12_000
  await page.evaluate((ms) => window.cassette.seek(ms), place)
  const past = await ticking(page)
  assert.ok(past > 0 && past < now - 6000, `twelve seconds back is ${past - now} ms from ${now}`)
  assert.equal(await live.getAttribute('aria-pressed'), 'false')
  await page.evaluate(() => window.cassette.pause())
  await page.waitForTimeout(4000)
  assert.equal(await ticking(page), past, 'whoever looks at the past stays there')
  await live.click()
  await until(async () => (await ticking(page)) > now, 5000, () => 'it does not come back to now')
  assert.equal(await live.getAttribute('aria-pressed'), 'true')
}

async function theVisitorIsListed(cassette, browser, session, artefact) {
  const { page } = await browser.page()
  await cassette.login(page)
  await page.goto(`${cassette.base}/live`)
  const row = page.locator('.live-place', { has: page.locator(`a[href="/recordings/${session}"]`) })
  await row.waitFor()
  assert.match(await row.innerText(), /Live/)
  await assertFits(page, 'who is here')
  await page.screenshot({ path: artefact('live-list.png') })
  await row.getByRole('link').click()
  await page.waitForURL(`${cassette.base}/recordings/${session}`, { waitUntil: 'commit' })
  await page.close()
}
