// The pages in a real Chromium against a stand-in for the server:
//
//   node tests/browser.mjs [WORD…]      only the files of tests/browser whose name holds one of the words
//
// Chromium is found by CASSETTE_CHROMIUM or at Debian's place. CASSETTE_CORPUS names a folder with folders of real posthog-js
// request bodies; with it, the real recordings are played too.
//
// Each file is a process with a browser and a stand-in of its own, so two run at a time where there are two processors. What measures
// time has the machine for itself.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** They bound how long something may take, and run one after the other when all others are done. */
const MEASURING = ['broken', 'live', 'panels-large']
/** Begun first, so that none of them is left alone at the end; the longest first. */
const LONG = ['accessibility', 'keyframes', 'attacks', 'same-text', 'timeline', 'live-list', 'element', 'loading', 'list', 'seeking', 'huge']

const here = dirname(fileURLToPath(import.meta.url))
const words = process.argv.slice(2)
const topics = readdirSync(join(here, 'browser'))
  .filter((name) => name.endsWith('.test.mjs') && (words.length === 0 || words.some((word) => name.includes(word))))
  .map((name) => name.slice(0, -'.test.mjs'.length))
if (topics.length === 0) throw new Error(`no file of tests/browser has one of these words in its name: ${words.join(', ')}`)

const dist = mkdtempSync(join(tmpdir(), 'cassette-web-browser-'))
const done = []
try {
  execFileSync(process.execPath, [join(here, '../build.mjs'), '--out', dist, '--package', join(dist, 'package')], { stdio: 'inherit' })
  const place = (topic) => (LONG.includes(topic) ? LONG.indexOf(topic) : LONG.length)
  const others = topics.filter((topic) => !MEASURING.includes(topic)).sort((a, b) => place(a) - place(b))
  await runAll(others, Math.min(2, availableParallelism()))
  await runAll(topics.filter((topic) => MEASURING.includes(topic)), 1)
} finally {
  rmSync(dist, { recursive: true, force: true })
}
done.sort((a, b) => b.seconds - a.seconds)
for (const { topic, seconds, failed } of done) console.log(`${seconds.toFixed(1).padStart(7)} s  ${topic}${failed ? ': FAILED' : ''}`)
process.exitCode = done.some(({ failed }) => failed) ? 1 : 0

async function runAll(queue, lanes) {
  const left = [...queue]
  const lane = async () => {
    for (let topic = left.shift(); topic !== undefined; topic = left.shift()) done.push(await run(topic))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** Runs a file; what it says is printed in one piece. */
function run(topic) {
  const began = Date.now()
  const child = spawn(process.execPath, ['--test-reporter=spec', join(here, 'browser', `${topic}.test.mjs`)], { env: { ...process.env, CASSETTE_DIST: dist } })
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const seconds = (Date.now() - began) / 1000
      console.log(`\n=== ${topic}: ${seconds.toFixed(1)} s`)
      process.stdout.write(Buffer.concat(said))
      resolve({ topic, seconds, failed: code !== 0 })
    })
  })
}
