// The pages in a real Chromium against the mock server:  node tests/browser.mjs
//
// Chromium is found by CASSETTE_CHROMIUM or at Debian's place. CASSETTE_CORPUS names a folder with folders of real
// posthog-js request bodies; with it, the real recordings are played too.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { startMockServer } from './mock-server.mjs'
import { hostile } from './support/hostile.mjs'
import { writeLargeFile } from './support/large-file.mjs'
import { click, counter, log, madeUpRecordings, manyRows, meta, setText, snapshot } from './support/made-up.mjs'
import { offlineFile } from './support/offline-file.mjs'
import { lineOf, recordingOf } from './support/recording.mjs'
import { recordingsFromBodies } from './support/sdk-bodies.mjs'

const web = join(dirname(fileURLToPath(import.meta.url)), '..')
const executablePath = process.env.CASSETTE_CHROMIUM ?? '/usr/bin/chromium'
const corpus = process.env.CASSETTE_CORPUS

let dist, server, browser, away
/** Connections to anywhere but the mock server end here, where they are counted. */
let reached = 0

before(async () => {
  dist = mkdtempSync(join(tmpdir(), 'cassette-web-browser-'))
  execFileSync(process.execPath, [join(web, 'build.mjs'), '--out', dist])
  server = await startMockServer({ dist, recordings: madeUpRecordings() })
  away = createServer((socket) => {
    reached += 1
    socket.destroy()
  })
  await new Promise((resolve) => away.listen(0, '127.0.0.1', resolve))
  browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
      `--host-resolver-rules=MAP *.test 127.0.0.1:${away.address().port}`,
    ],
  })
})

after(async () => {
  await browser?.close()
  await server?.close()
  away?.close()
  if (dist) rmSync(dist, { recursive: true, force: true })
})

/** A page that fails the test by any error in its own code. Reduced motion: nothing plays by itself. */
async function open(path, { plays = false, allow = () => false, viewport = { width: 1280, height: 800 }, recordings, colorScheme = 'light' } = {}) {
  if (recordings) server.state.recordings = recordings
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: plays ? 'no-preference' : 'reduce' })
  const page = await context.newPage()
  const errors = []
  const foreign = []
  page.on('pageerror', (error) => errors.push(String(error.stack ?? error)))
  page.on('console', (message) => {
    // Nothing is left to the policy to refuse, so its complaints count.
    if (message.type() === 'error' && !allow(message.text())) errors.push(message.text())
  })
  page.on('request', (request) => {
    const own = path.startsWith('file:') ? request.url() === path : request.url().startsWith(`${server.origin}/`)
    if (!own && !/^(data|blob):/.test(request.url())) foreign.push(request.url())
  })
  if (path.startsWith('file:')) await context.setOffline(true)
  await page.goto(path.startsWith('file:') ? path : server.origin + path, { waitUntil: 'commit' })
  return {
    page, errors, foreign,
    async done() {
      assert.deepEqual(errors, [])
      await context.close()
    },
  }
}

const openPlayer = (id, options) => openPath(`/recordings/${id}${options?.hash ?? ''}`, options)

/** The offline page with the recording in it, as a file, with the network off. */
async function openOffline(recording, { leftOut = [], change = (html) => html, ...options } = {}) {
  const file = join(dist, `${recording.id}.html`)
  writeFileSync(file, change(offlineFile(readFileSync(join(dist, 'offline.html'), 'utf8'), recording, leftOut)))
  return openPath(pathToFileURL(file).href, options)
}

async function openPath(path, options) {
  const opened = await open(path, options)
  await opened.page.waitForFunction(() => window.cassette)
  await opened.page.evaluate(() => window.cassette.ready)
  return { ...opened, seek: (ms) => opened.page.evaluate((to) => window.cassette.seek(to), ms), text: () => textOnScreen(opened.page) }
}

/** The text in the one recorded page that is on screen. */
function textOnScreen(page) {
  return page.evaluate(() => {
    const frames = [...document.querySelectorAll('.stage-picture:not(.is-coming) iframe')]
    if (frames.length !== 1) return `${frames.length} pictures on screen`
    return frames[0].contentDocument.body.innerText.replace(/\s+/g, ' ').trim()
  })
}

const position = (page) => page.evaluate(() => window.cassette.currentTime)

test('seeking_back_and_forth_always_shows_what_the_page_showed_then', async () => {
  const { seek, text, done } = await openPlayer('made-up-counter', { recordings: madeUpRecordings() })
  // The counter stands still between 15 s and 56 s.
  const valueAt = (ms) => (ms < 16_000 ? Math.floor(ms / 1000) : ms < 56_000 ? 15 : Math.min(30, Math.floor((ms - 40_000) / 1000)))
  for (const ms of [12, 3000, 2999, 9999, 10_000, 9000, 5000, 62_500, 30_000, 15_000, 70_000, 60_000, 59_999, 1000, 70_200]) {
    await seek(ms)
    assert.equal(await text(), `Counter value ${valueAt(ms)} Add one`, `at ${ms}`)
  }
  await done()
})

test('the_end_includes_the_last_event', async () => {
  const events = [meta(0), snapshot(5, [{ type: 2, id: 10, tagName: 'p', attributes: {}, childNodes: [{ type: 3, id: 11, textContent: 'first' }] }]), setText(1000, 11, 'last')]
  const { page, seek, text, done } = await openPlayer('ends', { recordings: [recordingOf({ id: 'ends', events: events.map((event) => ({ windowId: 'w', event })) })] })
  assert.equal(await page.evaluate(() => window.cassette.duration), 1000)
  await seek(1000)
  assert.equal(await text(), 'last')
  await seek(999)
  assert.equal(await text(), 'first')
  await seek(99_999)
  assert.equal(await text(), 'last')
  await done()
})

test('what_happened_during_a_mouse_movement_is_shown_once', async () => {
  const { page, seek, text, done } = await openPlayer('made-up-overlap', { recordings: madeUpRecordings() })
  const rules = () => page.evaluate(() => document.querySelector('.stage-picture:not(.is-coming) iframe').contentDocument.querySelector('style[title]').sheet.cssRules.length)
  for (const [ms, shown] of [[1500, 'item 100 item 102 item 104'], [1600, 'item 100 item 102 item 104'], [2000, 'item 100 item 102 item 104 item 106'], [800, 'item 100 item 102'], [1499, 'item 100 item 102 item 104'], [2500, 'item 100 item 102 item 104 item 106']]) {
    await seek(ms)
    assert.equal(await text(), `${shown} list`, `at ${ms}`)
    assert.equal(await rules(), 2, `at ${ms}`)
  }
  await done()
})

test('playing_runs_to_the_end_and_skips_what_is_idle', async () => {
  const { page, text, done } = await openPlayer('made-up-counter', { plays: true, recordings: madeUpRecordings() })
  const began = Date.now()
  await page.evaluate(() => {
    document.querySelector('.speed select').value = '8'
    document.querySelector('.speed select').dispatchEvent(new Event('change', { bubbles: true }))
    window.cassette.play()
  })
  await page.waitForSelector('.play-button[aria-label="Play again"]', { timeout: 20_000 })
  assert.equal(await text(), 'Counter value 30 Add one')
  // 70 s at eight times the speed are 9 s; without the 40 s of pause they are under 5 s.
  assert.ok(Date.now() - began < 8000, `took ${Date.now() - began} ms`)
  await page.keyboard.press('Space')
  await page.waitForFunction(() => window.cassette.currentTime > 100 && window.cassette.currentTime < 20_000)
  await done()
})

test('pausing_anywhere_and_going_on_loses_and_repeats_nothing', async () => {
  const { page, text, done } = await openPlayer('made-up-overlap', { recordings: madeUpRecordings() })
  for (let round = 0; round < 12; round++) {
    await page.evaluate(() => window.cassette.play())
    await page.waitForTimeout(120 + round * 17)
    await page.evaluate(() => window.cassette.pause())
    await page.waitForTimeout(40)
    const ms = await position(page)
    const items = [[300, 100], [700, 102], [1200, 104], [2000, 106]].filter(([at]) => at <= ms).map(([, id]) => `item ${id}`)
    assert.equal(await text(), [...items, 'list'].join(' '), `at ${ms}`)
  }
  await done()
})

test('the_active_window_is_followed_and_another_can_be_chosen', async () => {
  const { page, seek, text, done } = await openPlayer('made-up-two-windows', { recordings: madeUpRecordings() })
  for (const [ms, shown] of [[1000, 'window one nothing yet'], [4100, 'window two nothing yet'], [6000, 'window two two was here'], [9000, 'window one one again'], [3000, 'window one one was here']]) {
    await seek(ms)
    assert.equal(await text(), shown, `at ${ms}`)
  }
  await seek(6000)
  await page.selectOption('.window-picker select', { label: 'Window 1' })
  await page.waitForFunction(() => document.querySelector('.stage-picture:not(.is-coming) iframe')?.contentDocument.body.innerText.includes('one was here'))
  await seek(9000)
  assert.equal(await text(), 'window one one again')
  await page.selectOption('.window-picker select', '')
  await seek(5600)
  assert.equal(await text(), 'window two two was here')
  await done()
})

test('playing_changes_the_window_with_the_activity', async () => {
  const { page, text, done } = await openPlayer('made-up-two-windows', { recordings: madeUpRecordings() })
  await page.evaluate(async () => {
    await window.cassette.seek(3600)
    window.cassette.play()
  })
  await page.waitForFunction(() => window.cassette.currentTime > 4300)
  assert.match(await text(), /^window two/)
  await page.waitForFunction(() => window.cassette.currentTime > 8600, undefined, { timeout: 10_000 })
  assert.match(await text(), /^window one one again/)
  await done()
})

async function playHostilePage({ page, seek, text }) {
  await seek(3000)
  await page.evaluate(() => window.cassette.play())
  await page.waitForTimeout(800)
  await seek(500)
  await seek(2600)
  assert.match(await text(), /^hostile page recorded <\/script><!-- <script>parent.owned = true<\/script> ]]> text/)
  const seen = await page.evaluate(() => {
    const frame = document.querySelector('.stage-picture iframe')
    return {
      sandbox: frame.getAttribute('sandbox'), inert: frame.closest('[inert]') !== null, owned: window.owned, inFrame: document.activeElement === frame,
      colour: frame.contentWindow.getComputedStyle(frame.contentDocument.querySelector('h1')).color,
    }
  })
  assert.deepEqual(seen, { sandbox: 'allow-same-origin', inert: true, owned: undefined, inFrame: false, colour: 'rgb(200, 0, 0)' })
}

test('a_hostile_page_asks_for_nothing_runs_nothing_and_takes_no_focus', async () => {
  reached = 0
  const opened = await openPlayer('made-up-hostile', { recordings: madeUpRecordings() })
  await playHostilePage(opened)
  assert.equal(server.state.requests.filter((request) => request === 'GET /api/me').length, 0, 'a recorded image asked our own API')
  // Not even a request that the policy would refuse.
  assert.deepEqual(opened.foreign, [])
  assert.equal(reached, 0, 'connections went out')
  await opened.done()
})

test('the_offline_page_plays_a_hostile_page_without_asking_for_anything', async () => {
  reached = 0
  const opened = await openOffline(hostile())
  await playHostilePage(opened)
  assert.deepEqual(opened.foreign, [])
  assert.equal(reached, 0, 'connections went out')
  await opened.done()
})

test('the_offline_page_plays_and_tells_what_the_app_does', async () => {
  const { page, foreign, seek, text, done } = await openOffline(counter(), { leftOut: [{ what: 'configuration events', count: 2, reason: 'they carry tokens' }] })
  const valueAt = (ms) => (ms < 16_000 ? Math.floor(ms / 1000) : ms < 56_000 ? 15 : Math.min(30, Math.floor((ms - 40_000) / 1000)))
  for (const ms of [12, 3000, 70_200, 9999, 62_500, 0]) {
    await seek(ms)
    assert.equal(await text(), `Counter value ${valueAt(Math.max(12, ms))} Add one`, `at ${ms}`)
  }
  await page.evaluate(() => { location.hash = '#t=8' })
  await page.waitForFunction(() => window.cassette.currentTime === 8000)
  await page.keyboard.press('ArrowRight')
  await page.waitForFunction(() => window.cassette.currentTime === 13_000)
  await page.getByRole('tab', { name: 'Console' }).click()
  await page.getByRole('button', { name: /basket is undefined/ }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 5500)
  await page.getByRole('tab', { name: 'Details' }).click()
  for (const words of ['2 configuration events', 'they carry tokens', 'ann@example.com', 'Mozilla/5.0 (made up)']) await page.getByText(words, { exact: true }).last().waitFor()
  await page.getByText('Licences').click()
  await page.getByText('The MIT License').waitFor()
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('a')].map((link) => link.href)), [], 'links')
  assert.deepEqual(foreign, [])
  await done()
})

test('an_offline_page_that_was_damaged_says_so', async () => {
  const recording = counter()
  const cut = await openOffline(recording, { change: (html) => html.replace(/<script type="application\/json"[^]*?<\/script>/, '') })
  await cut.page.getByText('There is no recording in this file').waitFor()
  await cut.done()
  const broken = await openOffline(recording, { change: (html) => html.replace(/(id="block-3">.{40})..../, '$1AAAA') })
  await broken.seek(70_200)
  assert.equal(await broken.text(), 'Counter value 30 Add one')
  await broken.page.getByRole('tab', { name: 'Details' }).click()
  await broken.page.getByText('1 part of the recording could not be loaded').waitFor()
  await broken.done()
})

test('an_offline_page_plays_without_a_worker_too', async () => {
  const change = (html) => html.replace('worker-src blob:', "worker-src 'none'")
  const { page, seek, text, done } = await openOffline(counter({ id: 'alone' }), { change, allow: (message) => /worker/i.test(message) })
  assert.equal(page.workers().length, 0)
  await seek(62_500)
  assert.equal(await text(), 'Counter value 22 Add one')
  await done()
})

test('what_the_viewers_system_prefers_does_not_change_the_recorded_page', async () => {
  const css = ':root { color-scheme: light dark } p { color: rgb(1, 1, 1) } @media (prefers-color-scheme: dark) { p { color: rgb(2, 2, 2) } }'
  const head = [{ type: 2, id: 20, tagName: 'style', attributes: {}, childNodes: [{ type: 3, id: 21, textContent: css, isStyle: true }] }, { type: 2, id: 22, tagName: 'meta', attributes: { name: 'color-scheme', content: 'light dark' }, childNodes: [] }]
  const events = [meta(0), snapshot(5, [{ type: 2, id: 10, tagName: 'p', attributes: {}, childNodes: [{ type: 3, id: 11, textContent: 'text' }] }], head), click(1000, 10)]
  const recording = recordingOf({ id: 'themed', events: events.map((event) => ({ windowId: 'w', event })) })
  const seen = []
  for (const colorScheme of ['light', 'dark']) {
    const { page, done } = await openPlayer('themed', { recordings: [recording], colorScheme })
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), colorScheme)
    seen.push(await page.evaluate(() => {
      const { contentDocument, contentWindow } = document.querySelector('.stage-picture:not(.is-coming) iframe')
      const style = contentWindow.getComputedStyle(contentDocument.querySelector('p'))
      return [style.color, style.colorScheme.trim()]
    }))
    const { x, y, width, height } = await page.locator('.stage').boundingBox()
    const shot = await page.screenshot({ clip: { x: x + 4, y: y + 4, width: width / 2, height: height / 2 } })
    seen.at(-1).push(createHash('sha256').update(shot).digest('hex'))
    await done()
  }
  assert.deepEqual(seen[1], seen[0])
  assert.equal(seen[0][0], 'rgb(1, 1, 1)')
})

test('console_and_network_have_panels_of_their_own', async () => {
  const request = (at, name, more) => ({ type: 6, data: { plugin: 'rrweb/network@1', payload: { requests: [{ name, entryType: 'resource', initiatorType: 'fetch', method: 'GET', responseStatus: 200, duration: 12.4, ...more }] } }, timestamp: meta(at).timestamp })
  const events = [
    meta(0), snapshot(5, []), log(1000, 'warn', 'careful'), log(1500, 'error', 'broken'), log(1700, 'log', { a: 1 }), request(2000, 'https://shop.example/api/cart?x=1', { method: 'POST', responseStatus: 503, duration: 1234 }),
    request(2100, 'https://shop.example/app.css', { initiatorType: 'link' }), request(2200, 'first-paint', { entryType: 'paint' }), click(3000, 10),
  ]
  const { page, done } = await openPlayer('panels', { recordings: [recordingOf({ id: 'panels', events: events.map((event) => ({ windowId: 'w', event })) })] })
  const rows = () => page.locator('.event').allInnerTexts().then((texts) => texts.map((text) => text.replace(/\s+/g, ' ').trim()))
  await page.waitForSelector('.event')
  assert.deepEqual(await rows(), ['0:00 /', '0:01 careful', '0:01 broken', '0:01 {"a":1}', '0:02 POST /api/cart?x=1 503', '0:03 Clicked'])
  await page.getByRole('tab', { name: 'Console' }).click()
  assert.deepEqual(await rows(), ['0:01 warn careful', '0:01 error broken', '0:01 log {"a":1}'])
  await page.getByRole('button', { name: 'Errors' }).click()
  assert.deepEqual(await rows(), ['0:01 error broken'])
  await page.getByRole('tab', { name: 'Network' }).click()
  assert.deepEqual(await rows(), ['0:02 POST /api/cart?x=1 503 1.2 s', '0:02 GET /app.css 200 12 ms'])
  await page.getByRole('button', { name: 'Failed' }).click()
  assert.deepEqual(await rows(), ['0:02 POST /api/cart?x=1 503 1.2 s'])
  await page.getByRole('button', { name: /api\/cart/ }).click()
  await page.getByText('status 503, 1234 ms, by fetch').waitFor()
  await page.waitForFunction(() => window.cassette.currentTime === 2000)
  await done()
})

test('canvas_frames_are_on_screen_in_step_with_time', async () => {
  const { page, seek, done } = await openPlayer('made-up-canvas', { recordings: madeUpRecordings() })
  const colour = async () => {
    const box = await page.evaluate(() => {
      const frame = document.querySelector('.stage-picture:not(.is-coming) iframe')
      const outer = frame.getBoundingClientRect()
      const inner = frame.contentDocument.querySelector('canvas').getBoundingClientRect()
      const scale = outer.width / frame.offsetWidth
      return { x: outer.x + inner.x * scale, y: outer.y + inner.y * scale, width: inner.width * scale, height: inner.height * scale, natural: [inner.width, inner.height] }
    })
    assert.deepEqual(box.natural, [120, 80])
    const shot = await page.screenshot({ clip: { x: box.x + box.width / 4, y: box.y + box.height / 4, width: 4, height: 4 } })
    return page.evaluate(async (base64) => {
      const image = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]))
      const canvas = new OffscreenCanvas(4, 4)
      const context = canvas.getContext('2d')
      context.drawImage(image, 0, 0)
      const [red, green, blue] = context.getImageData(1, 1, 1, 1).data
      return red > 200 && green > 200 && blue > 200 ? 'white' : red > blue ? 'red' : 'blue'
    }, shot.toString('base64'))
  }
  const wants = { 500: 'white', 1500: 'red', 3500: 'blue', 2000: 'red', 4000: 'blue' }
  for (const ms of [500, 1500, 3500, 2000, 4000]) {
    await seek(ms)
    assert.equal(await colour(), wants[ms], `at ${ms}`)
  }
  await seek(2600)
  await page.evaluate(() => window.cassette.play())
  await page.waitForFunction(() => window.cassette.currentTime > 3200)
  assert.equal(await colour(), 'blue')
  await done()
})

test('a_recording_without_a_full_snapshot_says_so_and_lists_its_events', async () => {
  const { page, done } = await openPlayer('made-up-no-snapshot', { recordings: madeUpRecordings() })
  await page.getByText('Nothing to show here').waitFor()
  await page.getByText('something broke').waitFor()
  await page.evaluate(() => window.cassette.seek(900))
  assert.equal(await position(page), 900)
  await done()
})

test('a_mobile_recording_says_what_it_is_and_its_time_line_works', async () => {
  const { page, done } = await openPlayer('made-up-mobile', { recordings: madeUpRecordings() })
  await page.getByText('A recording of a mobile app').waitFor()
  await page.getByText('slow network').waitFor()
  await done()
})

test('broken_events_are_left_out_and_counted', async () => {
  const { page, seek, text, done } = await openPlayer('made-up-broken', { recordings: madeUpRecordings() })
  await seek(2500)
  assert.equal(await text(), 'and after')
  await page.getByRole('tab', { name: 'Details' }).click()
  await page.getByText('3 events could not be read').waitFor()
  await done()
})

test('a_block_that_is_gone_is_passed_over_and_reported', async () => {
  const recording = counter()
  recording.blocks[3].refused = true
  const { page, seek, text, done } = await openPlayer(recording.id, { recordings: [recording], allow: (message) => message.includes('404') })
  await seek(70_200)
  assert.equal(await text(), 'Counter value 30 Add one')
  await page.getByRole('tab', { name: 'Details' }).click()
  await page.getByText('1 part of the recording could not be loaded').waitFor()
  await done()
})

test('the_first_picture_needs_the_first_block_only', async () => {
  const recording = counter({ id: 'slow' })
  server.state.delay = 400
  server.state.requests.length = 0
  const { text, seek, done } = await openPlayer('slow', { recordings: [recording] })
  assert.equal(await text(), 'Counter value 0 Add one')
  const asked = () => server.state.requests.filter((request) => request.includes('/blocks/')).map((request) => Number(/blocks\/(\d+)/.exec(request)[1]) - 1_000_000)
  assert.deepEqual(asked().slice(0, 1), [0])
  const before = asked().length
  assert.ok(before <= 4, `${before} blocks were asked for before the first picture was there`)
  await seek(65_000)
  assert.equal(await text(), 'Counter value 25 Add one')
  server.state.delay = 0
  await done()
})

test('a_recording_larger_than_memory_is_let_go_of_and_fetched_again', async () => {
  const recording = counter({ id: 'large' })
  for (const block of recording.blocks) block.raw_bytes = 150 * 1024 * 1024
  server.state.requests.length = 0
  const { page, seek, text, done } = await openPlayer('large', { recordings: [recording] })
  const asked = () => server.state.requests.filter((request) => request.includes('/blocks/')).length
  await page.waitForTimeout(500)
  assert.equal(asked(), recording.blocks.length, 'each block is read once, for the list of events')
  const clicks = await page.locator('.chip', { hasText: 'Actions' }).innerText()
  assert.match(clicks, /30$/)
  const valueAt = (ms) => (ms < 16_000 ? Math.floor(ms / 1000) : ms < 56_000 ? 15 : Math.min(30, Math.floor((ms - 40_000) / 1000)))
  for (const ms of [65_000, 2000, 70_000, 12_000, 3000, 59_000]) {
    await seek(ms)
    assert.equal(await text(), `Counter value ${valueAt(ms)} Add one`, `at ${ms}`)
    await page.waitForTimeout(150)
  }
  await page.evaluate(() => window.cassette.play())
  await page.waitForFunction(() => window.cassette.currentTime > 62_500, undefined, { timeout: 10_000 })
  assert.match(await text(), /^Counter value 22/)
  assert.ok(asked() > recording.blocks.length, 'what was let go of is fetched again')
  await done()
})

const TAB_LIMIT_MB = 600

test('a_recording_of_200_megabytes_opens_in_a_tab_under_600', async () => {
  const file = join(dist, 'large.html')
  const { raw, duration } = writeLargeFile(file, readFileSync(join(dist, 'offline.html'), 'utf8'), 200e6)
  const { page, seek, text, done } = await openPath(pathToFileURL(file).href)
  const most = await watchMemory(page, async () => {
    await page.waitForFunction((length) => window.cassette.duration === length, duration)
    for (const share of [0.5, 0.95, 0.05]) {
      const ms = Math.round((duration * share) / 100) * 100
      await seek(ms)
      assert.match(await text(), new RegExp(`^${ms} `))
    }
    await page.waitForTimeout(8000)
  })
  console.log(`# ${Math.round(most)} MB`)
  assert.ok(raw > 200e6 && most < TAB_LIMIT_MB, `${Math.round(raw / 1e6)} MB of lines took ${Math.round(most)} MB`)
  await done()
})

/** The most that a tab's process had resident while something was done, in MB. */
async function watchMemory(page, work) {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
  let most = 0
  const look = () => {
    for (const id of renderers) most = Math.max(most, residentMegabytes(id))
  }
  const timer = setInterval(look, 100)
  await work().finally(() => clearInterval(timer))
  look()
  assert.ok(most > 50, 'the tab was found')
  return most
}

function residentMegabytes(id) {
  if (!existsSync('/proc/self/status')) return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(id)])) / 1000
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0) / 1000
  } catch {
    return 0 // a process that has gone meanwhile
  }
}

test('a_link_opens_at_its_moment_and_stands_still', async () => {
  const { page, text, done } = await openPlayer('made-up-counter', { hash: '#t=5.5', plays: true, recordings: madeUpRecordings() })
  assert.equal(await position(page), 5500)
  assert.equal(await text(), 'Counter value 5 Add one')
  await page.waitForTimeout(200)
  assert.equal(await position(page), 5500)
  await page.evaluate(() => { location.hash = '#t=8' })
  await page.waitForFunction(() => window.cassette.currentTime === 8000)
  await done()
})

test('the_keyboard_does_what_the_sheet_says', async () => {
  const { page, seek, done } = await openPlayer('made-up-counter', { recordings: madeUpRecordings() })
  await seek(10_000)
  await page.keyboard.press('ArrowLeft')
  await page.waitForFunction(() => window.cassette.currentTime === 5000)
  await page.keyboard.press('Shift+ArrowRight')
  await page.waitForFunction(() => window.cassette.currentTime === 35_000)
  await page.keyboard.press('>')
  await page.waitForFunction(() => document.querySelector('.speed select').value === '2')
  await page.keyboard.press('<')
  await page.keyboard.press('<')
  await page.waitForFunction(() => document.querySelector('.speed select').value === '0.5')
  await page.keyboard.press('s')
  await page.waitForSelector('.controls .chip[aria-pressed=false]')
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.waitForSelector('dialog', { state: 'detached' })
  await page.keyboard.press('Space')
  await page.waitForSelector('.play-button[aria-label="Pause"]')
  await page.keyboard.press('Space')
  await page.waitForSelector('.play-button[aria-label="Play"]')
  await page.fill('input[type=search]', 'a b ?')
  assert.equal(await page.inputValue('input[type=search]'), 'a b ?')
  await done()
})

test('an_event_in_the_list_leads_to_its_moment', async () => {
  const { page, text, done } = await openPlayer('made-up-counter', { recordings: madeUpRecordings() })
  await page.getByRole('button', { name: 'Errors' }).click()
  await page.getByRole('button', { name: /basket is undefined/ }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 5500)
  assert.equal(await text(), 'Counter value 5 Add one')
  await page.getByText('console.error').waitFor()
  await done()
})

test('a_running_recording_is_followed_and_ends_quietly', async () => {
  const full = counter({ id: 'running', live: true, seconds: 8 })
  const recording = { ...full, blocks: full.blocks.slice(0, 1), endedAt: full.startedAt + full.blocks[0].last, open: [] }
  const identified = (line, index) => JSON.stringify({ ...line, item: 'item-1', index })
  const later = full.lines.filter((line) => line.timestamp > full.blocks[0].last)
  const { page, text, done } = await openPlayer('running', { recordings: [recording] })
  await page.getByRole('button', { name: 'Live' }).click()
  await page.waitForFunction(() => document.querySelector('.live-button')?.getAttribute('aria-pressed') === 'true')
  const [stream] = server.state.liveStreams
  later.forEach((line, index) => stream.send('line', identified(line, index)))
  later.forEach((line, index) => stream.send('line', identified(line, index)))
  const last = Math.max(...later.map((line) => line.timestamp))
  await page.waitForFunction((end) => window.cassette.duration === end && window.cassette.currentTime > end - 3000, last, { timeout: 6000 })
  await page.waitForFunction((end) => window.cassette.currentTime >= end, last, { timeout: 6000 })
  assert.equal(await text(), 'Counter value 8 Add one')
  const next = lineOf(setText(9000, 13, 'value 9'), 'w1', full.startedAt)
  stream.send('line', identified(next, later.length))
  await page.waitForFunction(() => document.querySelector('.stage-picture:not(.is-coming) iframe')?.contentDocument.body.innerText.includes('value 9'), undefined, { timeout: 5000 })

  const rows = await page.locator('.event').count()
  const final = counter({ id: 'running', seconds: 9 })
  server.state.recordings = [final]
  stream.send('finished', {})
  await page.waitForSelector('.live-button', { state: 'detached' })
  await page.waitForFunction((end) => window.cassette.duration === end, final.endedAt - final.startedAt)
  await page.evaluate(() => window.cassette.seek(3000))
  assert.equal(await text(), 'Counter value 3 Add one')
  await page.waitForFunction((count) => document.querySelectorAll('.event').length >= count, rows - 1, { timeout: 5000 })
  await done()
})

test('a_line_that_comes_late_is_worked_into_the_picture', async () => {
  const full = counter({ id: 'late', live: true, seconds: 6 })
  const recording = { ...full, blocks: full.blocks.slice(0, 1), endedAt: full.startedAt + full.blocks[0].last, open: [] }
  const { page, seek, text, done } = await openPlayer('late', { recordings: [recording] })
  const [stream] = server.state.liveStreams
  const send = (line, item) => stream.send('line', JSON.stringify({ ...line, item, index: 0 }))
  send(lineOf(setText(5000, 13, 'value five'), 'w1', full.startedAt), 'a')
  await page.waitForFunction(() => window.cassette.duration >= 5000)
  await seek(5000)
  assert.equal(await text(), 'Counter value five Add one')
  send(lineOf(setText(4000, 11, 'Late title'), 'w1', full.startedAt), 'b')
  await page.waitForFunction(() => document.querySelector('.stage-picture:not(.is-coming) iframe')?.contentDocument.body.innerText.includes('Late title'), undefined, { timeout: 5000 })
  assert.equal(await text(), 'Late title value five Add one')
  await done()
})

test('the_list_filters_through_its_address_and_loads_as_one_scrolls', async () => {
  const { page, done } = await open('/', { recordings: manyRows(400) })
  await page.waitForSelector('.row-place')
  assert.ok((await page.locator('.row-place').count()) < 60, 'rows that are not in view are not in the page')
  for (let step = 0; step < 12; step++) {
    await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight }))
    await page.waitForTimeout(120)
  }
  await page.waitForFunction(() => Number(document.querySelector('.row-place:last-child').getAttribute('aria-posinset')) === 400)
  await page.evaluate(() => scrollTo({ top: 0 }))
  await page.getByRole('button', { name: 'With errors' }).click()
  await page.getByLabel('Person').fill('ann')
  await page.waitForURL(/\?person=ann&errors=1$/)
  await page.waitForFunction(() => [...document.querySelectorAll('.row-place')].every((row) => row.textContent.includes('ann@example.com')))
  await page.reload({ waitUntil: 'commit' })
  await page.waitForSelector('.row-place')
  assert.equal(await page.inputValue('input[aria-label=Person]'), 'ann')
  await page.getByLabel('Person').fill('nobody at all')
  await page.getByText('No recording matches').waitFor()
  await page.getByRole('button', { name: 'Clear the filters' }).click()
  await page.waitForSelector('.row-place')
  assert.equal(new URL(page.url()).search, '')
  await done()
})

test('an_empty_list_says_how_to_start_and_fills_by_itself', async () => {
  const { page, done } = await open('/', { recordings: [] })
  await page.getByText('No recordings yet').waitFor()
  assert.match(await page.textContent('.snippet code'), new RegExp(`posthog\\.init\\('phc_mock', { api_host: '${server.origin}' }`))
  await page.getByRole('link', { name: 'Open the demo shop' }).waitFor()
  server.state.recordings = manyRows(3)
  await page.waitForSelector('.row-place', { timeout: 12_000 })
  await done()
})

test('who_is_not_logged_in_is_asked_for_a_key', async () => {
  server.state.loggedIn = false
  const { page, done } = await open('/recordings/made-up-counter', { recordings: madeUpRecordings(), allow: (message) => message.includes('401') })
  await page.getByLabel('Personal API key or password').fill('wrong')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText('This key is not known.').waitFor()
  await page.getByLabel('Personal API key or password').fill('phx_right')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.waitForFunction(() => window.cassette?.duration > 0)
  await done()
})

test('a_server_that_fails_is_said_and_can_be_tried_again', async () => {
  server.state.down = false
  const { page, done } = await open('/', { recordings: manyRows(3), allow: (message) => message.includes('500') })
  await page.waitForSelector('.row-place')
  await page.route('**/session_recordings/**', (route) => route.fulfill({ status: 500, body: '{"detail":"the disk is full"}' }))
  await page.reload({ waitUntil: 'commit' })
  await page.getByText('the disk is full').waitFor()
  await page.unroute('**/session_recordings/**')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.waitForSelector('.row-place')
  await done()
})

test('a_recording_that_is_not_there_is_said', async () => {
  const { page, done } = await open('/recordings/nothing', { recordings: [], allow: (message) => message.includes('404') })
  await page.getByText('There is no such recording').waitFor()
  await done()
})

test('nothing_is_wider_than_a_phone', async () => {
  for (const path of ['/', '/recordings/made-up-counter', '/recordings/made-up-two-windows']) {
    const { page, done } = await open(path, { recordings: [...madeUpRecordings(), ...manyRows(20)], viewport: { width: 390, height: 844 } })
    await page.waitForSelector('.row-place')
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 390, path)
    await done()
  }
  const long = 'https://shop.example/a/very/long/address/of/a/file/in/many/folders/of/a/large/site.js?with=a&long=query'
  const requests = [{ name: long, entryType: 'resource', initiatorType: 'script', responseStatus: 200, duration: 99_000 }]
  const events = [meta(0, long), snapshot(5, []), log(900, 'log', long), { type: 6, data: { plugin: 'rrweb/network@1', payload: { requests } }, timestamp: meta(1000).timestamp }, click(2000, 10)]
  const recordings = [recordingOf({ id: 'long', events: events.map((event) => ({ windowId: 'w', event })), distinctIds: [long] })]
  const { page, done } = await openPlayer('long', { recordings, viewport: { width: 390, height: 844 } })
  for (const name of ['Events', 'Console', 'Network', 'Details']) {
    await page.getByRole('tab', { name }).click()
    const parts = await page.evaluate(() => [...document.querySelectorAll('.player, .side, .deck, .viewport, .events-filter')].map((part) => Math.round(part.getBoundingClientRect().right)))
    assert.ok(Math.max(...parts) <= 390, `${name}: ${parts}`)
  }
  await done()
})

if (corpus) {
  test('real_recordings_show_the_same_however_one_comes_to_a_moment', async () => {
    const folders = readdirSync(corpus).map((name) => join(corpus, name)).filter((path) => statSync(path).isDirectory())
    for (const folder of folders) {
      for (const recording of recordingsFromBodies(folder)) {
        reached = 0
        const { seek, text, done } = await openPlayer(recording.id, { recordings: [recording], allow: () => false })
        const length = recording.endedAt - recording.startedAt
        const moments = [0.1, 0.3, 0.5, 0.7, 0.9, 1].map((share) => Math.round(length * share))
        const forward = {}
        for (const ms of moments) {
          await seek(ms)
          forward[ms] = await text()
        }
        for (const ms of [...moments].reverse()) {
          await seek(ms)
          assert.equal(await text(), forward[ms], `${folder} at ${ms}`)
        }
        assert.equal(reached, 0)
        await done()
      }
    }
  })
}
