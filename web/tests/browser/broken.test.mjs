// Recordings that are broken, or far too large (tests/attacks/broken.mjs): each plays on, says nothing to the console, asks nobody, and
// leaves no page that is frozen for long.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { broken } from '../attacks/broken.mjs'
import { openPlayer, waitForText } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'

const LONGEST_MS = 3000

const table = []
after(() => console.log(table.map((row) => row.join(' | ')).join('\n')))

for (const [name, { events, lines = [], ...more }] of Object.entries(broken)) {
  test(`broken:_${name}`.replaceAll(' ', '_'), async () => {
    const id = `broken-${name.replace(/[^a-z0-9]+/gi, '-')}`
    const opened = await openPlayer(id, { recordings: [recordingOf({ id, events: events.map((event) => ({ windowId: 'w1', event })), broken: lines })] })
    const { page, seek } = opened
    await page.evaluate(() => {
      window.longest = 0
      new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration) }).observe({ type: 'longtask', buffered: true })
    })
    const hasPicture = !('shows' in more)
    await seek(2950)
    if (hasPicture) await waitForText(page, 'went on')
    await seek(20)
    await page.evaluate(() => {
      document.querySelector('session-replay').speed = 4
      window.cassette.play()
    })
    await page.waitForFunction(() => window.cassette.currentTime >= 2700)
    await page.evaluate(() => window.cassette.pause())
    if (hasPicture) await waitForText(page, 'went on')
    const longest = await page.evaluate(() => Math.round(window.longest))
    table.push([name, `${opened.foreign.length} requests`, `${longest} ms`, `${opened.errors.length} complaints`])
    const found = { errors: [...new Set(opened.errors)].map((error) => error.slice(0, 300)), foreign: opened.foreign }
    assert.deepEqual(found, { errors: [], foreign: [] })
    assert.ok(longest < LONGEST_MS, `nothing else was possible for ${longest} ms`)
    await opened.done()
  })
}
