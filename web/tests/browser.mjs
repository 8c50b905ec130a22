// The pages in a real Chromium against a stand-in for the server:
//
//   node tests/browser.mjs [WORD…]      only the files of tests/browser whose name holds one of the words
//
// Chromium is found by CASSETTE_CHROMIUM or at Debian's place. CASSETTE_CORPUS names a folder with folders of real posthog-js
// request bodies; with it, the real recordings are played too.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const words = process.argv.slice(2)
const files = readdirSync(join(here, 'browser')).filter((name) => name.endsWith('.test.mjs') && (words.length === 0 || words.some((word) => name.includes(word))))
if (files.length === 0) throw new Error(`no file of tests/browser has one of these words in its name: ${words.join(', ')}`)
const dist = mkdtempSync(join(tmpdir(), 'cassette-web-browser-'))
try {
  execFileSync(process.execPath, [join(here, '../build.mjs'), '--out', dist, '--package', join(dist, 'package')], { stdio: 'inherit' })
  // One after the other: some measure time and memory.
  const options = ['--test', '--test-concurrency=1', ...files.map((name) => join(here, 'browser', name))]
  process.exitCode = spawnSync(process.execPath, options, { stdio: 'inherit', env: { ...process.env, CASSETTE_DIST: dist } }).status ?? 1
} finally {
  rmSync(dist, { recursive: true, force: true })
}
