// Notices: what is missing in a recording is said once, in words, in the panel, on the time line and over the picture.

import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually, openOffline, openPlayer, waitForCount } from '../support/pages.mjs'
import { broken, counter, madeUpRecordings, meta, move, setText, snapshot, twoWindows, withoutSnapshot } from '../support/made-up.mjs'
import { recordingOf } from '../support/recording.mjs'
import { recordingsFromBodies } from '../support/sdk-bodies.mjs'

const START = meta(0).timestamp
const MINUTE = 60_000
const inWindow = (windowId, events) => events.map((event) => ({ windowId, event }))
const element = (id, tagName, attributes = {}, childNodes = []) => ({ type: 2, id, tagName, attributes, childNodes })
const text = (id, textContent) => ({ type: 3, id, textContent })
const says = (at, tag) => ({ type: 5, data: { tag, payload: { href: 'https://shop.example/' } }, timestamp: START + at })

/** One of each kind that can be planted in a recording's own events. */
function withDefects() {
  const body = [
    element(12, 'p', {}, [text(13, '****** ****')]), element(14, 'input', { value: '********' }), element(16, 'div', { class: 'ph-no-capture', rr_width: '200px', rr_height: '80px' }),
    element(17, 'img', { src: 'https://cdn.example/lamp.png' }), element(18, 'video'), element(19, 'canvas'), element(20, 'iframe', { rr_src: 'https://pay.example/card' }), element(22, 'p', {}, [text(23, 'before')]),
  ]
  const head = [element(30, 'link', { rel: 'stylesheet', href: 'https://cdn.example/site.css' })]
  return recordingOf({
    id: 'defects',
    events: inWindow('w1', [
      setText(0, 23, 'nobody sees this'), move(3000), meta(12_000), snapshot(12_010, body, head), says(12_020, '$pageview'),
      move(MINUTE), setText(9 * MINUTE, 23, 'after'), move(10 * MINUTE), says(11 * MINUTE, 'recording paused'), says(12 * MINUTE, 'recording resumed'), move(12 * MINUTE + 2000),
    ]),
    distinctIds: ['ann'],
  })
}

const panel = async (page) => {
  await page.getByRole('tab', { name: 'Notices' }).click()
  return page.getByRole('list', { name: 'Notices' })
}

test('each_planted_defect_is_reported_once_in_words', async () => {
  const { page, foreign, done } = await openPlayer('defects', { recordings: [withDefects()] })
  const list = await panel(page)
  await list.getByText('Nothing came for 8 minutes').waitFor()
  await eventually(async () => {
    const titles = await list.locator('h2').allInnerTexts()
    assert.deepEqual(titles.map((title) => title.trim()).sort(), [
      'A gap', 'Blocked elements', 'Drawings that were not recorded', 'Films and sound', 'Frames of other sites', 'Masked input', 'Masked text',
      'No picture of the page', 'Pictures that are not here', 'Recording was paused', 'Style sheets that are not here',
    ])
  })
  await list.getByText('https://cdn.example/lamp.png').waitFor()
  await eventually(async () => assert.match(await page.getByRole('tab', { name: 'Notices' }).innerText(), /11/))
  await list.getByRole('button', { name: '1:00 to 9:00' }).click()
  await page.waitForFunction((to) => window.cassette.currentTime === to, MINUTE)
  assert.deepEqual(foreign, [])
  await done()
})

test('over_the_picture_stands_what_must_be_known_of_it_at_this_moment', async () => {
  const { page, seek, done } = await openPlayer('defects', { recordings: [withDefects()] })
  const note = page.locator('.picture-note')
  await panel(page)
  await seek(3000)
  await note.getByText('There is no picture of the page yet').waitFor()
  await seek(13_000)
  await note.waitFor({ state: 'detached' })
  await seek(5 * MINUTE)
  await note.getByText('A gap').waitFor()
  await seek(9 * MINUTE)
  await note.waitFor({ state: 'detached' })
  await done()
})

test('a_gap_is_drawn_as_a_gap_and_named_on_hover', async () => {
  const { page, seek, done } = await openPlayer('defects', { recordings: [withDefects()] })
  await (await panel(page)).getByText('Nothing came for 8 minutes').waitFor()
  await seek(0)
  const pointAt = async (ms) => {
    const bar = await page.locator('.seek-bar').boundingBox()
    await page.mouse.move(bar.x + (ms / (12 * MINUTE + 2000)) * bar.width, bar.y + 35)
  }
  await eventually(async () => {
    await pointAt(5 * MINUTE)
    await page.locator('.hover-label').getByText('Nothing was recorded here').waitFor({ timeout: 5000 })
  })
  // Drawn: slanted lines have more than one colour where an empty stretch has one.
  const colours = () => page.locator('.seek-bar canvas').evaluate((canvas, share) => {
    const x = Math.round(canvas.width * share)
    const { data } = canvas.getContext('2d').getImageData(x, Math.round(canvas.height * 0.5), 24, 1)
    return new Set(Array.from({ length: 24 }, (_, place) => data.slice(place * 4, place * 4 + 4).join(' '))).size
  }, 5 / 12)
  await eventually(async () => {
    const count = await colours()
    assert.ok(count > 2, `${count} colours`)
  })
  await pointAt(30_000)
  await waitForCount(page.locator('.hover-label').getByText('Nothing was recorded here'), 0)
  await done()
})

test('a_part_that_cannot_be_had_is_a_gap_and_the_rest_plays', async () => {
  const recording = counter()
  recording.blocks[3].refused = true
  const { page, seek, done } = await openPlayer(recording.id, { recordings: [recording], allow: (text) => text.includes('404') })
  await (await panel(page)).getByText('could not be had').waitFor()
  await waitForCount(page.getByRole('list', { name: 'Notices' }).locator('h2'), 1)
  await seek(recording.blocks.at(-1).last)
  await done()
})

test('events_that_cannot_be_read_are_told_once', async () => {
  const { page, done } = await openPlayer('made-up-broken', { recordings: [broken()] })
  await (await panel(page)).getByText('3 events could not be read').waitFor()
  await done()
})

test('a_recording_without_a_picture_says_so_among_its_notices', async () => {
  const { page, done } = await openPlayer('made-up-no-snapshot', { recordings: [withoutSnapshot()] })
  await (await panel(page)).getByText('holds no full picture of the page').waitFor()
  await done()
})

test('an_offline_file_says_what_it_was_made_without', async () => {
  const { page, foreign, done } = await openOffline(withDefects(), { leftOut: [{ what: 'events with the recorder\'s settings', count: 2, reason: 'they hold tokens and headers' }] })
  const list = await panel(page)
  await list.getByText("2 events with the recorder's settings: they hold tokens and headers.").waitFor()
  await list.getByText('Nothing came for 8 minutes').waitFor()
  assert.deepEqual(foreign, [])
  await done()
})

test('nothing_is_invented_for_recordings_that_are_whole', async () => {
  for (const recording of [counter(), twoWindows(), madeUpRecordings().find(({ id }) => id === 'made-up-canvas')]) {
    const { page, done } = await openPlayer(recording.id, { recordings: [recording] })
    await page.getByRole('tab', { name: 'Notices' }).click()
    await page.getByText('Nothing is known to be missing in this recording.').waitFor()
    await done()
  }
})

test('of_real_recordings_only_what_is_about_the_pages_themselves_is_missing', async () => {
  const captures = join(dirname(fileURLToPath(import.meta.url)), '../../../fixtures/capture')
  const folders = readdirSync(captures).map((name) => join(captures, name)).filter((path) => statSync(path).isDirectory() && !path.endsWith('untouched') && !path.endsWith('refused-once'))
  const recordings = folders.flatMap(recordingsFromBodies)
  assert.ok(recordings.length >= 3, `${recordings.length} recordings`)
  const opened = []
  for (const { id } of recordings) opened.push({ id, ...(await openPlayer(id, { recordings })) })
  for (const { page } of opened) await page.locator('.read-on').waitFor({ state: 'detached' })
  // They are made anew once a second.
  await opened.at(-1).page.waitForTimeout(1500)
  for (const { id, page, done } of opened) {
    await page.getByRole('tab', { name: 'Notices' }).click()
    const titles = await page.getByRole('list', { name: 'Notices' }).locator('h2').allInnerTexts()
    const wrong = titles.filter((title) => /gap|clock|could not|missing|cannot|No picture|paused/i.test(title))
    assert.deepEqual(wrong, [], id)
    await done()
  }
})
