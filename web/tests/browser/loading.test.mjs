// What is fetched when, and how much memory it takes.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { openPath, openPlayer, position, shared, shows } from '../support/pages.mjs'
import { writeLargeFile } from '../support/large-file.mjs'
import { counter } from '../support/made-up.mjs'

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
  shared.server.state.delay = 400
  shared.server.state.requests.length = 0
  const { text, seek, done } = await openPlayer('slow', { recordings: [recording] })
  assert.equal(await text(), 'Counter value 0 Add one')
  const asked = () => shared.server.state.requests.filter((request) => request.includes('/blocks/')).map((request) => Number(/blocks\/(\d+)/.exec(request)[1]) - 1_000_000)
  assert.deepEqual(asked().slice(0, 1), [0])
  const before = asked().length
  assert.ok(before <= 4, `${before} blocks were asked for before the first picture was there`)
  await seek(65_000)
  assert.equal(await text(), 'Counter value 25 Add one')
  shared.server.state.delay = 0
  await done()
})

test('a_recording_larger_than_memory_is_let_go_of_and_fetched_again', async () => {
  const recording = counter({ id: 'large' })
  for (const block of recording.blocks) block.raw_bytes = 150 * 1024 * 1024
  shared.server.state.requests.length = 0
  const { page, seek, text, done } = await openPlayer('large', { recordings: [recording] })
  const asked = () => shared.server.state.requests.filter((request) => request.includes('/large/blocks/')).length
  await page.locator('.read-on').waitFor({ state: 'detached' })
  assert.equal(asked(), recording.blocks.length, 'each block is read once, for the list of events')
  await page.locator('.chip', { hasText: /^Actions\s*30$/ }).waitFor()
  const valueAt = (ms) => (ms < 16_000 ? Math.floor(ms / 1000) : ms < 56_000 ? 15 : Math.min(30, Math.floor((ms - 40_000) / 1000)))
  for (const ms of [65_000, 2000, 70_000, 12_000, 3000, 59_000]) {
    await seek(ms)
    assert.equal(await text(), `Counter value ${valueAt(ms)} Add one`, `at ${ms}`)
    await page.waitForTimeout(150)
  }
  await page.evaluate(() => window.cassette.play())
  await page.waitForFunction(() => window.cassette.currentTime > 62_500)
  await page.evaluate(() => window.cassette.pause())
  await shows(page, `Counter value ${valueAt(await position(page))} Add one`)
  assert.ok(asked() > recording.blocks.length, 'what was let go of is fetched again')
  await done()
})

const TAB_LIMIT_MB = 400

test('a_recording_of_200_megabytes_opens_in_a_tab_under_400', async () => {
  const file = join(shared.dist, 'large.html')
  const { raw, duration } = writeLargeFile(file, readFileSync(join(shared.dist, 'offline.html'), 'utf8'), 200e6)
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
  const session = await shared.browser.newBrowserCDPSession()
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

/** Without the browser's own program, which all its processes share: some 130 MB. */
function residentMegabytes(id) {
  if (!existsSync('/proc/self/status')) return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(id)])) / 1000
  try {
    const status = readFileSync(`/proc/${id}/status`, 'utf8')
    return ['RssAnon', 'RssShmem'].reduce((sum, name) => sum + Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0), 0) / 1000
  } catch {
    return 0 // a process that has gone meanwhile
  }
}
