// The pages in a real Chromium against a stand-in for the server:
//
//   node tests/browser.mjs [WORD…]      only the files of tests/browser whose name holds one of the words
//
// Chromium is found by CASSETTE_CHROMIUM or at Debian's place. CASSETTE_CORPUS names a folder with folders of real posthog-js
// request bodies; with it, the real recordings are played too.

import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInBrowser } from './support/in-browser.mjs'

const folder = join(dirname(fileURLToPath(import.meta.url)), 'browser')
const words = process.argv.slice(2)
const files = readdirSync(folder).filter((name) => name.endsWith('.test.mjs') && (words.length === 0 || words.some((word) => name.includes(word))))
if (files.length === 0) throw new Error(`no file of tests/browser has one of these words in its name: ${words.join(', ')}`)
process.exitCode = runInBrowser(files.map((name) => join(folder, name)))
