// What the browser tests share: Chromium, the stand-in for the server, and ways to open a page that fail by any error in it.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { after, before } from 'node:test'
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
})

/** A page that fails the test by any error in its own code. Reduced motion: nothing plays by itself. A page from a file has the file alone, or its `folder`. */
export async function open(path, { plays = false, allow = () => false, viewport = { width: 1280, height: 800 }, recordings, colorScheme = 'light', folder, before } = {}) {
  if (recordings) shared.server.state.recordings = recordings
  const context = await shared.browser.newContext({ viewport, colorScheme, reducedMotion: plays ? 'no-preference' : 'reduce' })
  const page = await context.newPage()
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
  if (before) await page.addInitScript(before)
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
  const file = join(shared.dist, `${recording.id}.html`)
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

/** Resolves when the recorded page on screen holds the text. */
export async function waitForText(page, part, timeout = 10_000) {
  const end = Date.now() + timeout
  for (;;) {
    const text = await textOnScreen(page)
    if (text.includes(part)) return
    assert.ok(Date.now() < end, `“${part}” did not come on screen; there is “${text}”`)
    await page.waitForTimeout(40)
  }
}

/** Resolves when the field holds the value. */
export async function waitForValue(page, field, value, timeout = 10_000) {
  const end = Date.now() + timeout
  while ((await page.locator(field).inputValue()) !== value) {
    assert.ok(Date.now() < end, `${field} is not ${value}`)
    await page.waitForTimeout(40)
  }
}

export const position = (page) => page.evaluate(() => window.cassette.currentTime)
