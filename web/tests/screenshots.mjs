// Pictures of every page in every state, light and dark, on a phone, a laptop and a large screen, to be looked at:
//
//   node tests/screenshots.mjs --out DIR [WORD…]      only the states whose name holds one of the words
//
// DIR/index.html shows them side by side. The states are those of `support/states.mjs`; one that cannot be opened is a failure. What
// was in DIR before goes, so that no picture is older than the others.

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runInBrowser } from './support/in-browser.mjs'

const { values, positionals: words } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true })
if (!values.out) {
  console.error('usage: node tests/screenshots.mjs --out DIR [WORD…]')
  process.exit(2)
}
const out = resolve(values.out)
mkdirSync(out, { recursive: true })
// A folder of somebody's own, named by mistake, keeps what is in it.
for (const name of readdirSync(out)) if (/^(index\.html|.*_(light|dark)_\d+\.png)$/.test(name)) rmSync(join(out, name))
const pictures = join(dirname(fileURLToPath(import.meta.url)), 'support/take-pictures.mjs')
process.exitCode = await runInBrowser([{ files: [pictures], atOnce: 1 }], { CASSETTE_PICTURES: out, CASSETTE_STATES: words.join('\n') })
