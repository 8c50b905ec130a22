// Whatever way one comes to a moment: 200 random pairs of a recording and a moment, in random order in one tab, against a replayer that was given
// everything from the first event on. CASSETTE_CORPUS adds real recordings, CASSETTE_SEED another choice.

import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chanceOf, lively } from '../support/lively.mjs'
import { canvas, counter, overlappingMovement, twoWindows } from '../support/made-up.mjs'
import { openPlayer, picture, shared } from '../support/pages.mjs'
import { recordingsFromBodies } from '../support/sdk-bodies.mjs'

const PAIRS = 200
const seed = Number(process.env.CASSETTE_SEED ?? 5)
const corpus = process.env.CASSETTE_CORPUS

let script

before(async () => {
  const entry = join(dirname(fileURLToPath(import.meta.url)), '../support/fresh-replay.ts')
  const built = await build({ entryPoints: [entry], bundle: true, write: false, format: 'iife', target: 'es2022', logLevel: 'warning' })
  script = built.outputFiles[0].text
})

function recordings() {
  const made = [
    lively({ id: 'lively', seed, steps: 150 }),
    lively({ id: 'lively-plain', seed: seed + 1, keyframes: false }),
    lively({ id: 'lively-fractions', seed: seed + 2, fractions: true }),
    counter(), twoWindows(), canvas(), overlappingMovement(),
  ]
  if (!corpus) return made
  const folders = readdirSync(corpus).map((name) => join(corpus, name)).filter((path) => statSync(path).isDirectory())
  return [...made, ...folders.flatMap(recordingsFromBodies).filter(({ lines }) => lines.some(({ type }) => type === 'full_snapshot'))]
}

const ACTIVE = new Set([1, 2, 3, 4, 5, 6, 7, 12, 14])

/** As the player says it follows: the window in which something was done last, or that opened last. */
function windowAt(lines, time) {
  let shown
  const opened = new Set()
  for (const { type, timestamp, window_id: windowId, event } of lines) {
    if (timestamp > time && shown !== undefined) break
    const { source, type: kind, userTriggered } = event?.data ?? {}
    const isPassive = (source === 2 && (kind === 5 || kind === 6)) || (source === 5 && userTriggered === false)
    if (type === 'full_snapshot' && !opened.has(windowId)) {
      opened.add(windowId)
      shown = windowId
    } else if (event?.type === 3 && ACTIVE.has(source) && !isPassive && opened.has(windowId)) shown = windowId
  }
  return shown
}

/** Everything of a window from its first event to a moment; before its first full snapshot the player shows that. */
function eventsUntil({ lines, startedAt }, windowId, time) {
  const own = lines.filter((line) => line.window_id === windowId && line.event)
  const first = own.find(({ type }) => type === 'full_snapshot').timestamp
  const until = own.filter(({ timestamp }) => timestamp <= Math.max(time, first))
  // rrweb forgets the page at a Meta, because a full snapshot follows. Where the moment lies between the two, the page is still there.
  const last = until.findLastIndex(({ type }) => type === 'full_snapshot')
  const shown = until.filter(({ event }, place) => event.type !== 4 || place < last)
  return shown.map(({ event, timestamp }) => ({ ...event, timestamp: startedAt + timestamp }))
}

test('the_text_at_random_moments_is_that_of_a_replay_from_the_start', { timeout: 1_200_000 }, async () => {
  const all = recordings()
  const reference = await shared.browser.newPage()
  await reference.context().setOffline(true)
  await reference.addScriptTag({ content: script })
  const chance = chanceOf(seed)
  let pairs = 0
  for (const [place, recording] of all.entries()) {
    const { page, seek, done } = await openPlayer(recording.id, { recordings: [recording] })
    await page.evaluate(script)
    const length = recording.endedAt - recording.startedAt
    const count = Math.ceil((PAIRS - pairs) / (all.length - place))
    for (let round = 0; round < count; round++, pairs++) {
      // Half of the moments are those of events: there the boundary shows.
      const line = recording.lines[Math.floor(chance() * recording.lines.length)]
      const time = round % 2 === 0 ? Math.max(0, line.timestamp) : Math.floor(chance() * (length + 1))
      await seek(time)
      const shown = await picture(page).evaluateAll((frames) => frames.map((frame) => window.reference.readPage(frame.contentDocument)))
      const windowId = windowAt(recording.lines, time)
      // As one text: many small things take long on their way to a page.
      const wanted = await reference.evaluate((events) => window.reference.textAt(JSON.parse(events)), JSON.stringify(eventsUntil(recording, windowId, time)))
      assert.deepEqual(shown, [wanted], `${recording.id} at ${time}, window ${windowId}`)
    }
    await done()
  }
  assert.ok(pairs >= PAIRS, `${pairs} pairs`)
})
