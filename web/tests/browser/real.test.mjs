// However one comes to a moment: of recordings of the real SDK, where CASSETTE_CORPUS names a folder with folders of its request
// bodies, and else of made-up ones.

import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openPlayer, shared } from '../support/pages.mjs'
import { counter, twoWindows } from '../support/made-up.mjs'
import { recordingsFromBodies } from '../support/sdk-bodies.mjs'

const corpus = process.env.CASSETTE_CORPUS

function recordings() {
  if (!corpus) return [counter(), twoWindows()]
  const folders = readdirSync(corpus).map((name) => join(corpus, name)).filter((path) => statSync(path).isDirectory())
  return folders.flatMap((folder) => recordingsFromBodies(folder))
}

test('recordings_show_the_same_however_one_comes_to_a_moment', async () => {
  for (const recording of recordings()) {
    shared.reached = 0
    const { seek, text, done } = await openPlayer(recording.id, { recordings: [recording], allow: () => false })
    const length = recording.endedAt - recording.startedAt
    const moments = [0.1, 0.3, 0.5, 0.7, 0.9, 1].map((share) => Math.round(length * share))
    const forward = {}
    for (const ms of moments) {
      await seek(ms)
      forward[ms] = await text()
    }
    for (const ms of [...moments].reverse()) {
      await seek(ms)
      assert.equal(await text(), forward[ms], `${recording.id} at ${ms}`)
    }
    assert.equal(shared.reached, 0)
    await done()
  }
})
