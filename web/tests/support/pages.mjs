// What the browser tests share: Chromium, the stand-in for the server, and ways to open a page that fail by any error in it.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { startMockServer } from '../mock-server.mjs'
import { madeUpRecordings } from './made-up.mjs'
import { offlineFile } from './offline-file.mjs'

/** What every test shares: the built pages, the server that stands in, and one browser. */
export const shared = {
  dist: process.env.CASSETTE_DIST,
  server: undefined,
  browser: undefined,
  /** Connections to anywhere but the stand-in. */
  reached: 0,
}
let away
/** Offline files of this process: another file of tests may write one of the same recording at the same time. */
let folder

before(async () => {
  shared.server = await startMockServer({ dist: shared.dist, recordings: madeUpRecordings() })
  away = createServer((socket) => {
    shared.reached += 1
    socket.destroy()
  })
  await new Promise((resolve) => away.listen(0, '127.0.0.1', resolve))
  shared.browser = await chromium.launch({
    executablePath: process.env.CASSETTE_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
      `--host-resolver-rules=MAP *.test 127.0.0.1:${away.address().port}`,
    ],
  })
})

after(async () => {
  await shared.browser?.close()
  await shared.server?.close()
  away?.close()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/**
 * A page that fails the test by any error in its own code. Reduced motion: nothing plays by itself. A page from a file has the file alone, or its
 * `folder`. With `clock`, `page.clock.fastForward` passes over what the page would wait for.
 */
export async function open(path, { plays = false, allow = () => false, viewport = { width: 1280, height: 800 }, recordings, colorScheme = 'light', folder, before, clock = false } = {}) {
  if (recordings) shared.server.state.recordings = recordings
  const context = await shared.browser.newContext({ viewport, colorScheme, reducedMotion: plays ? 'no-preference' : 'reduce' })
  const page = await context.newPage()
  if (clock) await page.clock.install()
  if (before) await page.addInitScript(before)
  const errors = []
  const foreign = []
  page.on('pageerror', (error) => errors.push(String(error.stack ?? error)))
  page.on('console', (message) => {
    // Nothing is left to the policy to refuse, so its complaints count.
    if (message.type() === 'error' && !allow(message.text())) errors.push(message.text())
  })
  page.on('request', (request) => {
    const own = path.startsWith('file:') ? request.url().startsWith(folder ?? path) : [shared.server.origin, new URL(path, shared.server.origin).origin].includes(new URL(request.url()).origin)
    if (!own && !/^(data|blob):/.test(request.url())) foreign.push(request.url())
  })
  if (path.startsWith('file:')) await context.setOffline(true)
  await page.goto(/^(file|http):/.test(path) ? path : shared.server.origin + path, { waitUntil: 'commit' })
  return {
    page, errors, foreign,
    async done() {
      assert.deepEqual(errors, [])
      await context.close()
    },
  }
}

export const openPlayer = (id, options) => openPath(`/recordings/${id}${options?.hash ?? ''}`, options)

/** The offline page with the recording in it, as a file, with the network off. */
export async function openOffline(recording, { leftOut = [], change = (html) => html, ...options } = {}) {
  folder ??= mkdtempSync(join(shared.dist, 'offline-'))
  const file = join(folder, `${recording.id}.html`)
  writeFileSync(file, change(offlineFile(readFileSync(join(shared.dist, 'offline.html'), 'utf8'), recording, leftOut)))
  return openPath(pathToFileURL(file).href, options)
}

export async function openPath(path, options) {
  const opened = await open(path, options)
  await opened.page.waitForFunction(() => window.cassette)
  await opened.page.evaluate(() => window.cassette.ready)
  return { ...opened, seek: (ms) => opened.page.evaluate((to) => window.cassette.seek(to), ms), text: () => textOnScreen(opened.page) }
}

/** The frame of the recorded page that is on screen. It stands in the shadow of the player, which locators see through. */
export const picture = (page) => page.locator('.stage-picture:not(.is-coming) iframe')

/** The text in the one recorded page that is on screen. */
export async function textOnScreen(page) {
  const texts = await picture(page).evaluateAll((frames) => frames.map((frame) => frame.contentDocument?.body?.innerText ?? ''))
  return texts.length === 1 ? texts[0].replace(/\s+/g, ' ').trim() : `${texts.length} pictures on screen`
}

/** What one waits for at most. Tests run on slow machines, two files at a time. */
const PATIENCE_MS = 30_000

/** Answers what `check` does when it throws no more: for what a page has in a moment, and not at once. */
export async function eventually(check, timeout = PATIENCE_MS) {
  const end = Date.now() + timeout
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await pause(30)
  }
}

/** Resolves when the recorded page on screen has that text, or one like it. The playhead is there before its picture is. */
export const shows = (page, expected) =>
  eventually(async () => {
    const text = await textOnScreen(page)
    if (expected instanceof RegExp) assert.match(text, expected)
    else assert.equal(text, expected)
  })

/** Resolves when the recorded page on screen holds the text. */
export const waitForText = (page, part) =>
  eventually(async () => {
    const text = await textOnScreen(page)
    assert.ok(text.includes(part), `“${part}” did not come on screen; there is “${text}”`)
  })

/** Resolves when the field holds the value. */
export const waitForValue = (page, field, value) => eventually(async () => assert.equal(await page.locator(field).inputValue(), value))

/** Resolves when there are so many of them. */
export const waitForCount = (locator, count) => eventually(async () => assert.equal(await locator.count(), count))

/** Resolves when what follows from another size or theme is drawn: observers have their turn after the first frame, and what they tell in the next. */
export const hasLaidOut = (page) => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(resolve)))))

/** Resolves when the stand-in has been asked for nothing for a while: what a player reads on its own, it reads after its picture. */
export async function asksNoMore() {
  const { requests } = shared.server.state
  for (let before = -1; before !== requests.length;) {
    before = requests.length
    await pause(1000)
  }
}

/** Presses a key until it leads into the field: what is typed before goes elsewhere, and what the field is part of may not be there yet. */
export const pressInto = (page, key, field) =>
  eventually(async () => {
    await page.keyboard.press(key)
    assert.ok(await field.evaluateAll((fields) => fields.some((one) => one.getRootNode().activeElement === one)), `${key} does not lead into the field`)
  })

export const position = (page) => page.evaluate(() => window.cassette.currentTime)
