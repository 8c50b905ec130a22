// The pages in a real Chromium beside a real server: how soon a recording is seen, how soon another moment of it, what a tab takes,
// how smoothly a busy page plays, how a long list scrolls. Prints one line of JSON for each thing measured.
//
//   node bench/player.mjs --origin URL --key phx_… [--small ID --large ID] [--table ID] [--list] [--rounds 10] [--seeks 50]
//
// Chromium is found by CASSETTE_CHROMIUM or at Debian's place. Each opening is in a profile of its own: nothing is in a cache.

import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'

const text = { type: 'string' }
const { values } = parseArgs({ options: { origin: text, key: text, small: text, large: text, table: text, list: { type: 'boolean' }, rounds: text, seeks: text } })
const rounds = Number(values.rounds ?? 10)
const seeks = Number(values.seeks ?? 50)
const LONG_TASK_MS = 200
/** All of them, and not those of the last days. */
const LIST = '/?date_from=-9999d'

const say = (name, value, note = {}) => console.log(JSON.stringify({ name, value: Math.round(value * 100) / 100, load: Math.round(loadavg()[0] * 10) / 10, ...note }))

const sorted = (numbers) => [...numbers].sort((a, b) => a - b)
const quantile = (numbers, share) => sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))]
const median = (numbers) => quantile(numbers, 0.5)

const launch = () => chromium.launch({
  executablePath: process.env.CASSETTE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--enable-precise-memory-info'],
})

/** Notes in the page itself when the first picture is on screen, and every task that held it up. */
const WATCH = `
  window.bench = { longTasks: [] };
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.bench.longTasks.push({ at: entry.startTime, length: entry.duration }) }).observe({ type: 'longtask', buffered: true });
  let offered;
  Object.defineProperty(window, 'cassette', {
    configurable: true,
    get: () => offered,
    set: (value) => { offered = value; value.ready.then(() => { window.bench.firstPicture = performance.now() }) },
  });
`

async function login(context) {
  const answer = await context.request.post(`${values.origin}/api/login`, { data: { api_key: values.key }, headers: { origin: values.origin } })
  if (!answer.ok()) throw new Error(`the login was answered ${answer.status()}`)
}

async function openTab(browser, path, { reducedMotion = 'reduce' } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion })
  await login(context)
  const page = await context.newPage()
  await page.addInitScript(WATCH)
  await page.goto(values.origin + path, { waitUntil: 'commit' })
  return { context, page }
}

async function firstPicture(browser, id) {
  const { context, page } = await openTab(browser, `/recordings/${id}`)
  await page.waitForFunction(() => window.bench.firstPicture !== undefined)
  const time = await page.evaluate(() => window.bench.firstPicture)
  await context.close()
  return time
}

/** The small and the large one by turns: what else the machine does falls on both. */
async function measureOpening(browser) {
  const [small, large] = [[], []]
  await firstPicture(browser, values.small)
  for (let round = 0; round < rounds; round++) {
    small.push(await firstPicture(browser, values.small))
    large.push(await firstPicture(browser, values.large))
  }
  say('first frame, 1 MB', median(small), { all: sorted(small).map(Math.round) })
  say('first frame, 500 MB', median(large), { all: sorted(large).map(Math.round) })
  say('the large one, of the small one', median(large) / median(small))
}

async function measureSeeking(browser) {
  const { context, page } = await openTab(browser, `/recordings/${values.large}`)
  await page.waitForFunction(() => window.bench.firstPicture !== undefined)
  const ids = await renderers(browser)
  const memory = watchMemory(ids)
  await page.evaluate(() => (window.bench.longTasks = []))
  const duration = await page.evaluate(() => window.cassette.duration)
  const times = []
  let wrong = 0
  let chance = 12_345
  const before = processorTime(ids)
  for (let count = 0; count < seeks; count++) {
    chance = (chance * 48_271) % 2_147_483_647
    const to = Math.floor((chance / 2_147_483_647) * duration)
    times.push(await page.evaluate(async (ms) => {
      const begun = performance.now()
      await window.cassette.seek(ms)
      return performance.now() - begun
    }, to))
    const shown = await page.locator('.stage-picture:not(.is-coming) iframe').contentFrame().locator('#clock').innerText()
    const at = Number(/ at (\d+)$/.exec(shown)?.[1])
    if (!(at <= to && at > to - 260)) wrong += 1
    await page.waitForTimeout(150)
  }
  const processor = processorTime(ids) - before
  const tasks = (await page.evaluate(() => window.bench.longTasks)).map(({ length }) => length)
  await page.waitForTimeout(3000)
  say('seek anywhere in 500 MB, p50', median(times))
  say('processor time of the tab for a seek', processor / seeks)
  say('seek anywhere in 500 MB, p95', quantile(times, 0.95), { all: sorted(times).map(Math.round) })
  say('seeks that showed another moment', wrong)
  say('tasks over 200 ms while seeking', tasks.filter((length) => length > LONG_TASK_MS).length, { longest: Math.round(Math.max(0, ...tasks)) })
  const { most, last } = memory.stop()
  say('tab after the seeks', last)
  say('  its most', most)
  await context.close()
}

async function renderers(browser) {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
}

/** The largest of the tabs' processes, in MB, looked at ten times a second. */
function watchMemory(ids) {
  let most = 0
  const now = () => Math.max(...ids.map(residentMegabytes))
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
function residentMegabytes(id) {
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

/** Times between frames while something is done for so long, in ms. */
function framesWhile(page, milliseconds) {
  return page.evaluate((length) => new Promise((resolve) => {
    const frames = []
    const begun = performance.now()
    let before = begun
    const frame = (now) => {
      frames.push(now - before)
      before = now
      if (now - begun < length) requestAnimationFrame(frame)
      else resolve(frames.slice(1))
    }
    requestAnimationFrame(frame)
  }), milliseconds)
}

const framesPerSecond = (frames) => (frames.length / frames.reduce((sum, time) => sum + time, 0)) * 1000

async function measurePlaying(browser) {
  const { context, page } = await openTab(browser, `/recordings/${values.table}`)
  await page.waitForFunction(() => window.bench.firstPicture !== undefined)
  const ids = await renderers(browser)
  const idle = framesPerSecond(await framesWhile(page, 2000))
  const rates = []
  const worst = []
  const shares = []
  for (let round = 0; round < rounds; round++) {
    await page.evaluate(() => window.cassette.seek(0))
    await page.getByRole('combobox', { name: 'Speed' }).selectOption('4')
    await page.evaluate(() => window.cassette.play())
    const length = await page.evaluate(() => Math.min(5000, window.cassette.duration / 4 - 300))
    const [before, begun] = [processorTime(ids), performance.now()]
    const frames = await framesWhile(page, length)
    shares.push((processorTime(ids) - before) / (performance.now() - begun))
    rates.push(framesPerSecond(frames))
    worst.push(Math.max(...frames))
  }
  say('playing the busy table at 4×', median(rates), { standingStill: Math.round(idle), all: sorted(rates).map(Math.round), slowestFrame: Math.round(median(worst)) })
  say('processor time of the tab while it plays', median(shares) * 100)
  await context.close()
}

async function measureList(browser) {
  const first = []
  for (let round = 0; round < rounds; round++) {
    const { context, page } = await openTab(browser, LIST)
    first.push(await page.evaluate(() => new Promise((resolve) => {
      const look = () => {
        if (document.querySelector('a[href^="/recordings/"]')) requestAnimationFrame(() => resolve(performance.now()))
        else requestAnimationFrame(look)
      }
      look()
    })))
    await context.close()
  }
  say('list of 100,000, first rows', median(first), { all: sorted(first).map(Math.round) })
  const { context, page } = await openTab(browser, LIST)
  await page.locator('a[href^="/recordings/"]').first().waitFor()
  await page.mouse.move(640, 500)
  const frames = framesWhile(page, 5000)
  const ends = performance.now() + 5000
  while (performance.now() < ends) {
    await page.mouse.wheel(0, 600)
    await page.waitForTimeout(16)
  }
  const times = await frames
  say('list, frames over 50 ms while scrolling', times.filter((time) => time > 50).length, { of: times.length, slowest: Math.round(Math.max(...times)) })
  await context.close()
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
