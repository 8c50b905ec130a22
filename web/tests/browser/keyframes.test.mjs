// Keyframes as the server makes them: at any time, a replayer that begins at the last one of a window shows what one shows that
// began at the full snapshot. CASSETTE_KEYFRAMES names the program that makes them (the example `keyframes` of the crate
// `cassette-recording`, which Cargo builds with the tests); CASSETTE_CORPUS a folder with folders of real request bodies, whose recordings are compared too.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { recordingOf } from '../support/recording.mjs'
import { recordingsFromBodies } from '../support/sdk-bodies.mjs'

const tests = join(dirname(fileURLToPath(import.meta.url)), '..')
const built = join(tests, '../../target/debug/examples/keyframes')
const program = process.env.CASSETTE_KEYFRAMES ?? (existsSync(built) ? built : undefined)
const corpus = process.env.CASSETTE_CORPUS
const seeds = Number(process.env.CASSETTE_KEYFRAMES_SEEDS ?? 3)

let folder, server, browser, page

before(async () => {
  // Without it there is no test, and nothing that would be closed behind one.
  if (!program) return
  folder = mkdtempSync(join(tmpdir(), 'cassette-keyframes-'))
  const bundle = await build({ entryPoints: [join(tests, 'support/keyframes-page.ts')], bundle: true, write: false, format: 'iife', target: 'es2022', logLevel: 'warning' })
  server = createServer((request, response) => {
    const script = request.url === '/page.js'
    response.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html; charset=utf-8' })
    response.end(script ? bundle.outputFiles[0].text : '<!doctype html><html><head></head><body><script src="/page.js"></script></body></html>')
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  browser = await chromium.launch({ executablePath: process.env.CASSETTE_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
  const origin = `http://127.0.0.1:${server.address().port}`
  page = await browser.newPage()
  // What recorded pages ask for is not there.
  await page.route('**/*', (route) => (route.request().url().startsWith(`${origin}/`) && /\/(page\.js)?$/.test(route.request().url()) ? route.continue() : route.abort()))
  await page.goto(origin)
})

after(async () => {
  await browser?.close()
  server?.close()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/** The keyframes of a recording. There are hundreds, of which a few are looked at: the lines of each stay text. */
function keyframesOf(recording, ms, bytes) {
  const file = join(folder, 'recording.ndjson')
  const meta = { type: 'meta', format: 'cassette/1', session_id: 'a', project_id: 1, started_at: recording.startedAt, ended_at: recording.endedAt, distinct_ids: [], windows: recording.windows, source: 'web', library: 'web 1', counts: {} }
  writeFileSync(file, `${[JSON.stringify(meta), ...recording.lines.map((line) => JSON.stringify(line))].join('\n')}\n`)
  const out = execFileSync(program, [file, String(ms), String(bytes)], { maxBuffer: 4e9, stdio: ['ignore', 'pipe', 'pipe'] })
  const keyframes = []
  const texts = out.toString('utf8').split('\n').filter(Boolean)
  for (let at = 0; at < texts.length;) {
    const { window_id: windowId, timestamp, lines } = JSON.parse(texts[at])
    keyframes.push({ windowId, at: timestamp, lines: texts.slice(at + 1, at + 1 + lines) })
    at += 1 + lines
  }
  return keyframes
}

/** Compares at random times of each window; answers how many were compared. */
async function compare(recording, name, { ms = 0, bytes = 0, times = 12 } = {}) {
  let compared = 0
  const keyframes = keyframesOf(recording, ms, bytes)
  assert.ok(keyframes.length > 0, `${name} has keyframes`)
  for (const windowId of recording.windows) {
    const lines = recording.lines.filter((line) => line.window_id === windowId && line.event).map((line) => ({ at: line.timestamp, event: { ...line.event, timestamp: recording.startedAt + line.timestamp } }))
    const own = keyframes.filter((keyframe) => keyframe.windowId === windowId)
    for (let count = 0; count < times && own.length > 0; count++) {
      const keyframe = own[Math.floor(Math.random() * own.length)]
      const next = lines.find((line) => line.at > keyframe.at && line.event.type === 2)?.at ?? Infinity
      const behind = lines.filter((line) => line.at > keyframe.at && line.at < next)
      const until = behind[Math.floor(Math.random() * behind.length)]?.at ?? keyframe.at
      const snapshot = lines.findLastIndex((line) => line.at <= keyframe.at && line.event.type === 2)
      const begin = lines[snapshot - 1]?.event.type === 4 ? snapshot - 1 : snapshot
      const rest = behind.filter((line) => line.at <= until).map((line) => line.event)
      const whole = [...lines.slice(begin).filter((line) => line.at <= keyframe.at).map((line) => line.event), ...rest]
      // As one text: many small things take long on their way to a page.
      const shown = (events) => page.evaluate(([events, time]) => window.keyframesTest.show(JSON.parse(events), time), [JSON.stringify(events), recording.startedAt + until])
      const kept = keyframe.lines.map((text) => JSON.parse(text).event)
      const fromStart = await shown(whole)
      const fromKeyframe = await shown([...kept, ...rest])
      if (fromStart.page !== fromKeyframe.page && process.env.CASSETTE_KEYFRAMES_OUT) {
        const out = process.env.CASSETTE_KEYFRAMES_OUT
        writeFileSync(join(out, 'start.txt'), fromStart.page)
        writeFileSync(join(out, 'keyframe.txt'), fromKeyframe.page)
        writeFileSync(join(out, 'whole.json'), JSON.stringify(whole, undefined, 1))
        writeFileSync(join(out, 'keyframe.json'), JSON.stringify(kept, undefined, 1))
      }
      assert.equal(firstDifference(fromKeyframe.page, fromStart.page), '', `${name}, ${windowId}: keyframe at ${keyframe.at}, page at ${until}`)
      assert.equal(fromKeyframe.pictures, fromStart.pictures, `${name}: pictures`)
      assert.equal(fromKeyframe.size, fromStart.size, `${name}: size of the window`)
      compared += 1
    }
  }
  return compared
}

/** Pages have ten thousand lines. */
function firstDifference(found, expected) {
  const [a, b] = [found.split('\n'), expected.split('\n')]
  const at = a.findIndex((line, index) => line !== b[index])
  return found === expected ? '' : `line ${at}: ${a[at]?.slice(0, 300)} instead of ${b[at]?.slice(0, 300)}`
}

if (program) {
  test('a_page_that_is_changed_at_random_is_the_same_from_any_keyframe', async () => {
    let compared = 0
    for (let seed = 1; seed <= seeds; seed++) {
      const events = JSON.parse(await page.evaluate(async ([seed, steps]) => JSON.stringify(await window.keyframesTest.recorded(seed, steps)), [seed, 300]))
      const recording = recordingOf({ id: `random-${seed}`, events: events.map((event) => ({ windowId: 'w', event })) })
      compared += await compare(recording, `seed ${seed}`, { times: 12 })
    }
    console.log(`# ${compared} pages compared`)
  })

  if (corpus) {
    test('real_recordings_are_the_same_from_any_keyframe', async () => {
      let compared = 0
      for (const name of readdirSync(corpus).filter((name) => statSync(join(corpus, name)).isDirectory())) {
        for (const recording of recordingsFromBodies(join(corpus, name))) compared += await compare(recording, name, recording.lines.length > 400 ? { ms: 1500, times: 8 } : {})
      }
      console.log(`# ${compared} pages compared`)
    })
  }
}
