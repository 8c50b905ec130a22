// The package, as somebody else installs it: packed, unpacked, and used from TypeScript.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const tsc = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url))

const USE = `import { SessionReplay, type Notice } from 'cassette-session-replay'

const replay: SessionReplay = document.createElement('session-replay')
replay.src = 'visit.ndjson.zst'
replay.panels = ['events', 'console']
replay.t = 12.5
replay.addEventListener('timechange', ({ detail }) => console.log(detail.currentTime.toFixed(), detail.duration))
replay.addEventListener('failed', ({ detail }) => console.log(detail.kind === 'not_found' ? 'gone' : detail.message))
replay.addEventListener('notice', ({ detail }) => { const notice: Notice = detail; console.log(notice.count) })
replay.addEventListener('click', (event) => console.log(event.clientX))
export const shown: Promise<void> = replay.ready.then(() => replay.seek(62_500))
`

/** Each line is a mistake. */
const MISUSE = ["replay.src = 7", "replay.currentTime = 7", "replay.seek('now')", "replay.addEventListener('ready', ({ detail }) => detail.nothing)"]

test('the_package_is_packed_and_its_types_hold_its_users_to_what_it_does', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cassette-package-'))
  execFileSync('npm', ['pack', join(process.env.CASSETTE_DIST, 'package'), '--pack-destination', folder, '--silent'], { cwd: folder })
  const [tarball] = readdirSync(folder)
  assert.match(tarball, /^cassette-session-replay-\d+\.\d+\.\d+\.tgz$/)
  execFileSync('tar', ['xzf', tarball], { cwd: folder })
  const files = readdirSync(join(folder, 'package')).sort()
  const expected = ['LICENSE-APACHE', 'LICENSE-MIT', 'LICENSES.txt', 'README.md', 'decode-worker.js', 'package.json', 'session-replay.classic.js', 'session-replay.d.ts', 'session-replay.js']
  assert.deepEqual(files, expected.sort())
  const licences = readFileSync(join(folder, 'package/LICENSES.txt'), 'utf8')
  for (const name of ['preact', 'posthog-js', 'fzstd']) assert.ok(licences.includes(`${name} `), name)
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package/package.json'), 'utf8'))
  assert.equal(dependencies, undefined, 'everything is inside')
  for (const script of ['session-replay.js', 'session-replay.classic.js']) {
    assert.doesNotMatch(readFileSync(join(folder, 'package', script), 'utf8'), /\beval\(|new Function\(/, script)
  }

  mkdirSync(join(folder, 'node_modules'))
  renameSync(join(folder, 'package'), join(folder, 'node_modules/cassette-session-replay'))
  writeFileSync(join(folder, 'user.ts'), USE)
  writeFileSync(join(folder, 'wrong.ts'), `import type { SessionReplay } from 'cassette-session-replay'\ndeclare const replay: SessionReplay\n${MISUSE.join('\n')}\n`)
  const check = (file) => {
    try {
      return execFileSync(tsc, ['--noEmit', '--strict', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022,dom,dom.iterable', '--types', '', file], { cwd: folder, encoding: 'utf8' })
    } catch ({ stdout }) {
      return stdout
    }
  }
  assert.equal(check('user.ts'), '')
  const complaints = check('wrong.ts')
  for (const line of MISUSE.keys()) assert.ok(complaints.includes(`wrong.ts(${line + 3},`), `${MISUSE[line]} is let pass:\n${complaints}`)
})
