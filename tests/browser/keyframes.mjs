// A long recording whose full snapshots are an hour apart: the server makes keyframes of it, and the player goes by them.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { writeRecording } from '../../web/bench/recordings.mjs'
import { until } from './cassette.mjs'
import { assertOnlyFrom } from './chromium.mjs'
import { openPlayer, shownText } from './screen.mjs'

const SESSION = 'long'
const BYTES = 40_000_000
const HOURS = 1
/** The page says what time it is with each change, four times a second. */
const STEP_MS = 250
const SEEKS = 12
/** What a seek replays; `docs/format/keyframes.md`. */
const EVERY_MS = 30_000
/** A block is cut neither where a keyframe is nor where one lands; and which window it is, two blocks before may tell, which are asked for beside. */
const SPARE_BYTES = 4 * 256 * 1024
const MADE_WITHIN_MS = 120_000

export async function aLongRecordingIsSoughtByItsKeyframes({ cassette, browser, artefact }) {
  const file = path.resolve(artefact('long.ndjson'))
  const { duration } = writeRecording(file, { bytes: BYTES, hours: HOURS })
  const imported = await cassette.importFile(fs.readFileSync(file), SESSION)
  assert.equal(imported.status, 200, imported.text)
  fs.rmSync(file)
  const listing = await withKeyframes(cassette)
  console.log(`     ${listing.blocks.length} blocks, ${listing.keyframes.length} keyframes`)

  const player = await openPlayer(cassette, browser, SESSION)
  const moments = momentsOf(duration, listing)
  for (const to of moments) await assertSoughtByKeyframe(player, to, listing)

  await theyAreDoneWithoutAndMadeAgain(cassette, browser, player, moments, listing)
  assertOnlyFrom(cassette.base, player.requests)
}

/** The listing, once it names keyframes. */
async function withKeyframes(cassette) {
  let listing
  await until(
    async () => {
      const answer = await cassette.get(`/api/projects/1/session_recordings/${SESSION}/blocks`)
      assert.equal(answer.status, 200, answer.text)
      listing = JSON.parse(answer.text)
      return listing.keyframes.length > 0
    },
    MADE_WITHIN_MS,
    () => `no keyframes after ${MADE_WITHIN_MS} ms`,
  )
  return listing
}

/** By chance, but the same each time, and each behind a keyframe of its own, so that none is here already. */
function momentsOf(duration, listing) {
  const moments = []
  const used = new Set()
  for (let chance = 12_345; moments.length < SEEKS; ) {
    chance = (chance * 48_271) % 2_147_483_647
    const to = Math.floor((chance / 2_147_483_647) * duration)
    const keyframe = newest(listing.keyframes, windowAt(to), to)
    if (!keyframe || used.has(keyframe.key)) continue
    used.add(keyframe.key)
    moments.push(to)
  }
  return moments
}

/** `web/bench/recordings.mjs`: three windows, by turns of a minute and a half. */
const windowAt = (to) => `w${(Math.floor(to / 90_000) % 3) + 1}`
const newest = (keyframes, window, to) => keyframes.filter((one) => one.window_id === window && one.timestamp <= to).at(-1)

/** Where it lands, and what was asked for on the way. */
async function seekTo({ page }, to) {
  const asked = []
  const note = (request) => {
    const [, kind, key] = /\/(blocks|keyframes)\/(\d+)/.exec(request.url()) ?? []
    if (kind) asked.push({ kind, key: Number(key) })
  }
  page.on('request', note)
  await page.evaluate((ms) => window.cassette.seek(ms), to)
  page.off('request', note)
  const [, window, at] = /^(\w+) at (\d+)$/.exec(await shownText(page, '#clock')) ?? []
  return { asked, window, at: Number(at) }
}

function assertIsAt({ window, at }, to) {
  assert.equal(window, windowAt(to), `the window at ${to}`)
  assert.ok(at <= to && at > to - STEP_MS, `${to} shows ${at}`)
}

async function assertSoughtByKeyframe(player, to, listing) {
  const sought = await seekTo(player, to)
  assertIsAt(sought, to)
  const keyframe = newest(listing.keyframes, sought.window, to)
  assert.deepEqual(sought.asked.filter(({ kind }) => kind === 'keyframes').map(({ key }) => key), [keyframe.key], `the keyframe at ${keyframe.timestamp}, for ${to}`)
  const blocks = sought.asked.filter(({ kind }) => kind === 'blocks').map(({ key }) => listing.blocks.find((block) => block.key === key))
  assert.deepEqual(blocks.filter(({ first }) => first > to), [], `blocks behind ${to}`)
  const fetched = blocks.reduce((sum, block) => sum + block.raw_bytes, 0)
  const most = (BYTES / (HOURS * 3_600_000)) * EVERY_MS + SPARE_BYTES
  assert.ok(fetched <= most, `${fetched} bytes of lines for ${to}, ${most} are what ${EVERY_MS} ms take`)
}

async function theyAreDoneWithoutAndMadeAgain(cassette, browser, open, moments, { keyframes }) {
  const [object, ...more] = fs.readdirSync(cassette.data, { recursive: true }).filter((name) => name.endsWith('.keyframes'))
  assert.deepEqual(more, [])
  fs.rmSync(path.join(cassette.data, object))
  // One who has the old listing, at a moment whose keyframe was not asked for yet.
  const unseen = keyframes.findLast((one) => one.window_id === windowAt(one.timestamp + STEP_MS) && !moments.some((to) => newest(keyframes, windowAt(to), to) === one)).timestamp + STEP_MS
  assertIsAt(await seekTo(open, unseen), unseen)
  // And one who opens it now.
  const fresh = await openPlayer(cassette, browser, SESSION)
  assertIsAt(await seekTo(fresh, moments[0]), moments[0])
  assert.deepEqual(fresh.complaints, [])
  await fresh.page.close()
  const again = await withKeyframes(cassette)
  assert.deepEqual(again.keyframes, keyframes, 'the same ones')
  const after = await openPlayer(cassette, browser, SESSION)
  for (const to of moments.slice(0, 2)) await assertSoughtByKeyframe(after, to, again)
  assert.deepEqual(after.complaints, [])
}
