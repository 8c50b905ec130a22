// Bundles the unit tests and hands them to Node's test runner; Node 20 does not read TypeScript itself.

import { build } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const out = mkdtempSync(join(tmpdir(), 'cassette-web-unit-'))
try {
  await build({
    entryPoints: readdirSync(join(here, 'unit')).filter((name) => name.endsWith('.test.ts')).map((name) => join(here, 'unit', name)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['node:*'],
    define: { FIXTURES: JSON.stringify(join(here, '../../fixtures')) },
    sourcemap: 'inline',
    logLevel: 'warning',
  })
  const files = readdirSync(out).filter((name) => name.endsWith('.mjs')).map((name) => join(out, name))
  process.exitCode = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], { stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(out, { recursive: true, force: true })
}
