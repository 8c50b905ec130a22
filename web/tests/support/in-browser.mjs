// Builds the pages into a folder that is gone afterwards, and runs files of tests with them, one after the other: some measure time
// and memory. Answers the code to end with.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const web = join(dirname(fileURLToPath(import.meta.url)), '../..')

export function runInBrowser(files, env = {}) {
  const dist = mkdtempSync(join(tmpdir(), 'cassette-web-browser-'))
  try {
    execFileSync(process.execPath, [join(web, 'build.mjs'), '--out', dist, '--package', join(dist, 'package')], { stdio: 'inherit' })
    const run = spawnSync(process.execPath, ['--test', '--test-concurrency=1', ...files], { stdio: 'inherit', env: { ...process.env, CASSETTE_DIST: dist, ...env } })
    return run.status ?? 1
  } finally {
    rmSync(dist, { recursive: true, force: true })
  }
}
