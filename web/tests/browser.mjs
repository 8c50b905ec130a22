// The pages in a real Chromium against a stand-in for the server:
//
//   node tests/browser.mjs [WORD…]      only the files of tests/browser whose name holds one of the words
//
// Chromium is found by CASSETTE_CHROMIUM or at Debian's place. CASSETTE_CORPUS names a folder with folders of real posthog-js
// request bodies; with it, the real recordings are played too.

import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInBrowser } from './support/in-browser.mjs'

/** They bound how long something may take: alone, when all others are done. */
const MEASURING = ['broken', 'live', 'panels-large']
/** Begun first, the longest before the others, so that none of them is left alone at the end. */
const LONG = ['accessibility', 'keyframes', 'attacks', 'same-text', 'keyboard-walk', 'timeline', 'element', 'loading', 'list', 'seeking', 'huge']

const ENDING = '.test.mjs'
const folder = join(dirname(fileURLToPath(import.meta.url)), 'browser')
const words = process.argv.slice(2)
const files = readdirSync(folder).filter((name) => name.endsWith(ENDING) && (words.length === 0 || words.some((word) => name.includes(word))))
if (files.length === 0) throw new Error(`no file of tests/browser has one of these words in its name: ${words.join(', ')}`)

const topicOf = (name) => name.slice(0, -ENDING.length)
const isMeasuring = (name) => MEASURING.includes(topicOf(name))
const place = (name) => (LONG.includes(topicOf(name)) ? LONG.indexOf(topicOf(name)) : LONG.length)
const inFolder = (names) => names.map((name) => join(folder, name))
process.exitCode = await runInBrowser([
  { files: inFolder(files.filter((name) => !isMeasuring(name)).sort((a, b) => place(a) - place(b))), atOnce: Math.min(2, availableParallelism()) },
  { files: inFolder(files.filter(isMeasuring)), atOnce: 1 },
])
