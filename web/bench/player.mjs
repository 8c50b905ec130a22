// The pages in a real Chromium beside a real server: how soon a recording is seen, how soon another moment of it, what a tab takes,
// how smoothly a busy page plays, how a long list scrolls. Prints one line of JSON for each thing measured, with its floor where it has one.
//
//   node bench/player.mjs --origin URL --key phx_… [--small ID --large ID] [--table ID] [--list] [--rounds 10] [--seeks 50]
//
// Chromium is found by CASSETTE_CHROMIUM or at Debian's place. Each opening is in a context of its own: nothing is in a cache.

import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { startBareBrowser } from './bare-browser.mjs'
import { serveFloors } from './floor-page.mjs'

const text = { type: 'string' }
const { values } = parseArgs({ options: { origin: text, key: text, small: text, large: text, table: text, list: { type: 'boolean' }, rounds: text, seeks: text } })
const rounds = Number(values.rounds ?? 10)
const seeks = Number(values.seeks ?? 50)
const LONG_TASK_MS = 200
/** By then a page has done all that it does once it is on screen. */
const STANDS_STILL_MS = 1500
/** All of them, and not those of the last days. */
const LIST = '/?date_from=-9999d'
const RECORDINGS = '/api/projects/@current/session_recordings'

const say = (name, value, { floor, ...note } = {}) =>
  console.log(JSON.stringify({ name, value: rounded(value), ...(floor === undefined ? {} : { floor: rounded(floor) }), load: Math.round(loadavg()[0] * 10) / 10, ...note }))
const rounded = (value) => Math.round(value * 100) / 100
const rest = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const sorted = (numbers) => [...numbers].sort((a, b) => a - b)
const quantile = (numbers, share) => sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))]
const median = (numbers) => quantile(numbers, 0.5)
const wholes = (numbers) => sorted(numbers).map(Math.round)

const launch = () =>
  startBareBrowser(process.env.CASSETTE_CHROMIUM ?? '/usr/bin/chromium', [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions', '--disable-default-apps',
  ])

/** Notes in the page itself when what was waited for is on screen, and every task that held it up. */
const WATCH = `
  window.bench = { longTasks: [] };
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.bench.longTasks.push(entry.duration) }).observe({ type: 'longtask', buffered: true });
  let offered;
  Object.defineProperty(window, 'cassette', {
    configurable: true,
    get: () => offered,
    set: (value) => { offered = value; value.ready.then(() => { window.bench.first = performance.now() }) },
  });
  if (!/^.recordings/.test(location.pathname)) {
    const look = () => requestAnimationFrame(() => {
      if (document.querySelector('a[href^="/recordings/"]')) requestAnimationFrame(() => { window.bench.first ??= performance.now() });
      else if (!document.querySelector('#replay')) look();
    });
    look();
  }
`
const FIRST = 'new Promise((resolve) => { const look = () => window.bench?.first === undefined ? setTimeout(look, 20) : resolve(window.bench.first); look() })'

const session = await login()

async function login() {
  const answer = await fetch(`${values.origin}/api/login`, {
    method: 'POST', headers: { origin: values.origin, 'content-type': 'application/json' }, body: JSON.stringify({ api_key: values.key }),
  })
  if (!answer.ok) throw new Error(`the login was answered ${answer.status}`)
  const [pair] = answer.headers.getSetCookie()[0].split(';')
  const [name, ...value] = pair.split('=')
  return { name, value: value.join('='), url: values.origin }
}

const openTab = (browser, address, beside) => browser.open(new URL(address, values.origin).href, { cookies: [session], before: WATCH, beside })

/**
 * Milliseconds from the navigation to `page` until it is on screen. `visited` was shown by another tab before, so that the browser has it in
 * its cache; `from` is what this tab shows when it is left for the page.
 */
async function firstSeen(browser, { visited, from, page }) {
  const other = visited && (await openTab(browser, visited))
  if (other) {
    await other.evaluate(FIRST)
    await rest(STANDS_STILL_MS)
    await other.leave()
  }
  const tab = await openTab(browser, from ?? page, other)
  // Looking is not for free, so not at once.
  await rest(300)
  let time = await tab.evaluate(FIRST)
  if (from) {
    await rest(STANDS_STILL_MS)
    await tab.evaluate(`void setTimeout(() => {
      window.bench.first = undefined
      sessionStorage.benchLeft = performance.timeOrigin + performance.now()
      location.assign(${JSON.stringify(page)})
    })`)
    await rest(300)
    time = await tab.evaluate(`${FIRST}.then((first) => performance.timeOrigin + first - Number(sessionStorage.benchLeft))`)
  }
  await tab.close()
  // The browser ends that page's process and makes one ready for the next: nobody opens pages back to back.
  await rest(500)
  return time
}

/** By turns: what else the machine does falls on all of them. Answers the times by way, without a first round. */
async function firstSeenByTurns(browser, ways) {
  const times = ways.map(() => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [place, way] of ways.entries()) {
      const time = await firstSeen(browser, way)
      if (round > 0) times[place].push(time)
    }
  }
  return times
}

async function measureOpening(browser) {
  const block = await openingBlock(values.small)
  const floors = await serveFloors({ small: block, other: block, large: await openingBlock(values.large) })
  const [small, large] = [`/recordings/${values.small}`, `/recordings/${values.large}`]
  const [smallFloor, largeFloor] = [`${floors.origin}/small`, `${floors.origin}/large`]
  // By a link, in a browser that knows nothing yet; by a link, in one that has shown another recording; from the list, in the same tab.
  for (const [how, before, floorBefore] of [
    ['', {}, {}],
    [' in a known browser', { visited: `/recordings/${values.table}` }, { visited: `${floors.origin}/other` }],
    [' from the list', { from: LIST }, { from: `${floors.origin}/links` }],
  ]) {
    const ways = [{ ...before, page: small }, { ...floorBefore, page: smallFloor }, { ...before, page: large }, { ...floorBefore, page: largeFloor }]
    const [ofSmall, ofSmallFloor, ofLarge, ofLargeFloor] = await firstSeenByTurns(browser, ways)
    say(`first frame${how}, 1 MB`, median(ofSmall), { floor: median(ofSmallFloor), all: wholes(ofSmall) })
    say(`first frame${how}, 500 MB`, median(ofLarge), { floor: median(ofLargeFloor), all: wholes(ofLarge) })
    say(`the large one, of the small one${how}`, median(ofLarge) / median(ofSmall))
  }
  floors.close()
}

/** The lines of the first block with a full snapshot. */
async function openingBlock(id) {
  const ask = async (path) => {
    const answer = await fetch(`${values.origin}${RECORDINGS}/${id}/${path}`, { headers: { authorization: `Bearer ${values.key}` } })
    if (!answer.ok) throw new Error(`${path} was answered ${answer.status}`)
    return answer
  }
  const { blocks, started_at: base } = await (await ask('blocks')).json()
  const opening = blocks.find(({ full_snapshots: all }) => all.length > 0)
  return (await ask(`blocks/${opening.key}?base=${base}`)).text()
}

async function measureSeeking(browser) {
  const tab = await openTab(browser, `/recordings/${values.large}`)
  await tab.evaluate(FIRST)
  const ids = await browser.renderers()
  const memory = watchMemory(ids)
  const duration = await tab.evaluate('window.bench.longTasks.length = 0, window.cassette.duration')
  const times = []
  let wrong = 0
  let chance = 12_345
  const before = processorTime(ids)
  for (let count = 0; count < seeks; count++) {
    chance = (chance * 48_271) % 2_147_483_647
    const to = Math.floor((chance / 2_147_483_647) * duration)
    times.push(await tab.evaluate(`(async () => { const begun = performance.now(); await window.cassette.seek(${to}); return performance.now() - begun })()`))
    const at = Number(/ at (\d+)$/.exec(await tab.evaluate(CLOCK))?.[1])
    if (!(at <= to && at > to - 260)) wrong += 1
    await rest(150)
  }
  const processor = processorTime(ids) - before
  const tasks = await tab.evaluate('window.bench.longTasks')
  await rest(3000)
  say('seek anywhere in 500 MB, p50', median(times))
  say('processor time of the tab for a seek', processor / seeks)
  say('seek anywhere in 500 MB, p95', quantile(times, 0.95), { all: wholes(times) })
  say('seeks that showed another moment', wrong)
  say('tasks over 200 ms while seeking', tasks.filter((length) => length > LONG_TASK_MS).length, { longest: Math.round(Math.max(0, ...tasks)) })
  const { most, last } = memory.stop()
  say('tab after the seeks', last)
  say('  its most', most)
  await tab.close()
}

/** What the recorded page says of the moment it shows. */
const CLOCK = `document.querySelector('session-replay').shadowRoot.querySelector('.stage-picture:not(.is-coming) iframe').contentDocument.querySelector('#clock').textContent`

/** The largest of the tabs' processes, in MB, looked at ten times a second. */
function watchMemory(ids) {
  let most = 0
  const now = () => Math.max(...ids.map(ownMegabytes))
  const timer = setInterval(() => (most = Math.max(most, now())), 100)
  return {
    stop() {
      clearInterval(timer)
      const last = now()
      return { most: Math.max(most, last), last }
    },
  }
}

/** Without the browser's own program, which all its processes share: some 130 MB. */
function ownMegabytes(id) {
  try {
    const status = readFileSync(`/proc/${id}/status`, 'utf8')
    return ['RssAnon', 'RssShmem'].reduce((sum, name) => sum + Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0), 0) / 1000
  } catch {
    return 0 // a process that has gone meanwhile
  }
}

/** Processor time of the tabs' processes until now, in ms: Linux counts in hundredths. */
function processorTime(ids) {
  let ticks = 0
  for (const id of ids) {
    try {
      const fields = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1].split(' ')
      ticks += Number(fields[11]) + Number(fields[12])
    } catch {
      // gone meanwhile
    }
  }
  return ticks * 10
}

/** Times between frames for so long, in ms. */
const framesWhile = (tab, milliseconds) =>
  tab.evaluate(`new Promise((resolve) => {
    const frames = []
    const begun = performance.now()
    let before = begun
    const frame = (now) => {
      frames.push(now - before)
      before = now
      if (now - begun < ${milliseconds}) requestAnimationFrame(frame)
      else resolve(frames.slice(1))
    }
    requestAnimationFrame(frame)
  })`)

const framesPerSecond = (frames) => (frames.length / frames.reduce((sum, time) => sum + time, 0)) * 1000

async function measurePlaying(browser) {
  const tab = await openTab(browser, `/recordings/${values.table}`)
  await tab.evaluate(FIRST)
  const ids = await browser.renderers()
  const standing = framesPerSecond(await framesWhile(tab, 2000))
  const rates = []
  const worst = []
  const shares = []
  for (let round = 0; round < rounds; round++) {
    await tab.evaluate(`window.cassette.seek(0).then(() => { document.querySelector('session-replay').speed = 4; window.cassette.play() })`)
    const length = await tab.evaluate('Math.min(5000, window.cassette.duration / 4 - 300)')
    const [before, begun] = [processorTime(ids), performance.now()]
    const frames = await framesWhile(tab, length)
    shares.push((processorTime(ids) - before) / (performance.now() - begun))
    rates.push(framesPerSecond(frames))
    worst.push(Math.max(...frames))
  }
  say('playing the busy table at 4×', median(rates), { floor: standing, all: wholes(rates), slowestFrame: Math.round(median(worst)) })
  say('processor time of the tab while it plays', median(shares) * 100)
  await tab.close()
}

async function measureList(browser) {
  const floors = await serveFloors({})
  const [first, floor] = await firstSeenByTurns(browser, [{ page: LIST }, { page: `${floors.origin}/links` }])
  floors.close()
  say('list of 100,000, first rows', median(first), { floor: median(floor), all: wholes(first) })
  const tab = await openTab(browser, LIST)
  await tab.evaluate(FIRST)
  const frames = framesWhile(tab, 5000)
  const ends = performance.now() + 5000
  while (performance.now() < ends) {
    await tab.turnWheel(640, 500, 600)
    await rest(16)
  }
  const times = await frames
  say('list, frames over 50 ms while scrolling', times.filter((time) => time > 50).length, { of: times.length, slowest: Math.round(Math.max(...times)), scrolled: await tab.evaluate('Math.round(scrollY)') })
  await tab.close()
}

const parts = [
  [values.list, measureList],
  [values.small && values.large, measureOpening],
  [values.large, measureSeeking],
  [values.table, measurePlaying],
]
for (const [isWanted, measure] of parts) {
  if (!isWanted) continue
  // A browser of its own for each: what one left behind is not measured with the next.
  const browser = await launch()
  await measure(browser).finally(() => browser.close())
}
