// Builds the pages into a folder that is gone afterwards, and runs files of tests with them. Each file is a process with a browser and a
// stand-in of its own, so several may run at once. Answers the code to end with.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const web = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** `stages` come one after the other; of each, `atOnce` files run at a time, in their order. */
export async function runInBrowser(stages, env = {}) {
  const dist = mkdtempSync(join(tmpdir(), 'cassette-web-browser-'))
  const done = []
  try {
    execFileSync(process.execPath, [join(web, 'build.mjs'), '--out', dist, '--package', join(dist, 'package')], { stdio: 'inherit' })
    for (const { files, atOnce } of stages) {
      const left = [...files]
      const lane = async () => {
        for (let file = left.shift(); file !== undefined; file = left.shift()) done.push(await run(file, { ...process.env, CASSETTE_DIST: dist, ...env }))
      }
      await Promise.all(Array.from({ length: atOnce }, lane))
    }
  } finally {
    rmSync(dist, { recursive: true, force: true })
  }
  done.sort((a, b) => b.seconds - a.seconds)
  for (const { name, seconds, hasFailed } of done) console.log(`${seconds.toFixed(1).padStart(7)} s  ${name}${hasFailed ? ': FAILED' : ''}`)
  return done.some(({ hasFailed }) => hasFailed) ? 1 : 0
}

/** What a file says is printed in one piece. */
function run(file, env) {
  const name = basename(file)
  const began = Date.now()
  const child = spawn(process.execPath, ['--test-reporter=spec', file], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const seconds = (Date.now() - began) / 1000
      console.log(`\n=== ${name}: ${seconds.toFixed(1)} s`)
      process.stdout.write(Buffer.concat(said))
      resolve({ name, seconds, hasFailed: code !== 0 })
    })
  })
}
