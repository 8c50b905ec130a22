// What is on screen at a moment, however one comes to it.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { eventually, openPlayer, picture, position, shows, waitForText } from '../support/pages.mjs'
import { click, madeUpRecordings, meta, setText, snapshot } from '../support/made-up.mjs'
import { recordingOf } from '../support/recording.mjs'

test('seeking_back_and_forth_always_shows_what_the_page_showed_then', async () => {
  const { seek, text, done } = await openPlayer('made-up-counter', { recordings: madeUpRecordings() })
  // The counter stands still between 15 s and 56 s.
  const valueAt = (ms) => (ms < 16_000 ? Math.floor(ms / 1000) : ms < 56_000 ? 15 : Math.min(30, Math.floor((ms - 40_000) / 1000)))
  for (const ms of [12, 3000, 2999, 9999, 10_000, 9000, 5000, 62_500, 30_000, 15_000, 70_000, 60_000, 59_999, 1000, 70_200]) {
    await seek(ms)
    assert.equal(await text(), `Counter value ${valueAt(ms)} Add one`, `at ${ms}`)
  }
  await done()
})

test('the_end_includes_the_last_event', async () => {
  const events = [meta(0), snapshot(5, [{ type: 2, id: 10, tagName: 'p', attributes: {}, childNodes: [{ type: 3, id: 11, textContent: 'first' }] }]), setText(1000, 11, 'last')]
  const { page, seek, text, done } = await openPlayer('ends', { recordings: [recordingOf({ id: 'ends', events: events.map((event) => ({ windowId: 'w', event })) })] })
  assert.equal(await page.evaluate(() => window.cassette.duration), 1000)
  await seek(1000)
  assert.equal(await text(), 'last')
  await seek(999)
  assert.equal(await text(), 'first')
  await seek(99_999)
  assert.equal(await text(), 'last')
  await done()
})

test('what_happened_during_a_mouse_movement_is_shown_once', async () => {
  const { page, seek, text, done } = await openPlayer('made-up-overlap', { recordings: madeUpRecordings() })
  const rules = () => picture(page).evaluate((frame) => frame.contentDocument.querySelector('style[title]').sheet.cssRules.length)
  for (const [ms, shown] of [[1500, 'item 100 item 102 item 104'], [1600, 'item 100 item 102 item 104'], [2000, 'item 100 item 102 item 104 item 106'], [800, 'item 100 item 102'], [1499, 'item 100 item 102 item 104'], [2500, 'item 100 item 102 item 104 item 106']]) {
    await seek(ms)
    assert.equal(await text(), `${shown} list`, `at ${ms}`)
    assert.equal(await rules(), 2, `at ${ms}`)
  }
  await done()
})

test('playing_runs_to_the_end_and_skips_what_is_idle', async () => {
  const { page, done } = await openPlayer('made-up-counter', { plays: true, recordings: madeUpRecordings() })
  await page.selectOption('.speed select', '8')
  // Where the playhead is at each frame: between 15 s and 56 s nothing happens.
  const idle = page.evaluate(() => new Promise((resolve) => {
    let began
    const look = () => {
      const { currentTime } = window.cassette
      if (currentTime > 16_000) began ??= performance.now()
      if (currentTime > 55_000) resolve(performance.now() - began)
      else requestAnimationFrame(look)
    }
    window.cassette.play()
    look()
  }))
  await page.waitForSelector('.play-button[aria-label="Play again"]')
  await shows(page, 'Counter value 30 Add one')
  // 39 s at eight times the speed are 4.9 s.
  const took = await idle
  assert.ok(took < 3000, `took ${took} ms`)
  await page.keyboard.press('Space')
  await page.waitForFunction(() => window.cassette.currentTime > 100 && window.cassette.currentTime < 20_000)
  await done()
})

test('pausing_anywhere_and_going_on_loses_and_repeats_nothing', async () => {
  const { page, done } = await openPlayer('made-up-overlap', { recordings: madeUpRecordings() })
  for (let round = 0; round < 12; round++) {
    await page.evaluate(() => window.cassette.play())
    await page.waitForTimeout(120 + round * 17)
    await page.evaluate(() => window.cassette.pause())
    const ms = await position(page)
    const items = [[300, 100], [700, 102], [1200, 104], [2000, 106]].filter(([at]) => at <= ms).map(([, id]) => `item ${id}`)
    await shows(page, [...items, 'list'].join(' '))
  }
  await done()
})

test('the_active_window_is_followed_and_another_can_be_chosen', async () => {
  const { page, seek, text, done } = await openPlayer('made-up-two-windows', { recordings: madeUpRecordings() })
  for (const [ms, shown] of [[1000, 'window one nothing yet'], [4100, 'window two nothing yet'], [6000, 'window two two was here'], [9000, 'window one one again'], [3000, 'window one one was here']]) {
    await seek(ms)
    assert.equal(await text(), shown, `at ${ms}`)
  }
  await seek(6000)
  await page.selectOption('.window-picker select', { label: 'Window 1' })
  await waitForText(page, 'one was here')
  await seek(9000)
  await shows(page, 'window one one again')
  await page.selectOption('.window-picker select', '')
  await seek(5600)
  assert.equal(await text(), 'window two two was here')
  await done()
})

test('playing_changes_the_window_with_the_activity', async () => {
  const { page, done } = await openPlayer('made-up-two-windows', { recordings: madeUpRecordings() })
  await page.evaluate(async () => {
    await window.cassette.seek(3600)
    window.cassette.play()
  })
  await page.waitForFunction(() => window.cassette.currentTime > 4300)
  await shows(page, /^window two/)
  await page.waitForFunction(() => window.cassette.currentTime > 8600)
  await shows(page, /^window one one again/)
  await done()
})

test('what_the_viewers_system_prefers_does_not_change_the_recorded_page', async () => {
  const css = ':root { color-scheme: light dark } p { color: rgb(1, 1, 1) } @media (prefers-color-scheme: dark) { p { color: rgb(2, 2, 2) } }'
  const head = [{ type: 2, id: 20, tagName: 'style', attributes: {}, childNodes: [{ type: 3, id: 21, textContent: css, isStyle: true }] }, { type: 2, id: 22, tagName: 'meta', attributes: { name: 'color-scheme', content: 'light dark' }, childNodes: [] }]
  const events = [meta(0), snapshot(5, [{ type: 2, id: 10, tagName: 'p', attributes: {}, childNodes: [{ type: 3, id: 11, textContent: 'text' }] }], head), click(1000, 10)]
  const recording = recordingOf({ id: 'themed', events: events.map((event) => ({ windowId: 'w', event })) })
  const seen = []
  for (const colorScheme of ['light', 'dark']) {
    const { page, done } = await openPlayer('themed', { recordings: [recording], colorScheme })
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), colorScheme)
    seen.push(await picture(page).evaluate(({ contentDocument, contentWindow }) => {
      const style = contentWindow.getComputedStyle(contentDocument.querySelector('p'))
      return [style.color, style.colorScheme.trim()]
    }))
    const { x, y, width, height } = await page.locator('.stage').boundingBox()
    const shot = await page.screenshot({ clip: { x: x + 4, y: y + 4, width: width / 2, height: height / 2 } })
    seen.at(-1).push(createHash('sha256').update(shot).digest('hex'))
    await done()
  }
  assert.deepEqual(seen[1], seen[0])
  assert.equal(seen[0][0], 'rgb(1, 1, 1)')
})

test('canvas_frames_are_on_screen_in_step_with_time', async () => {
  const { page, seek, done } = await openPlayer('made-up-canvas', { recordings: madeUpRecordings() })
  const colour = async () => {
    const box = await picture(page).evaluate((frame) => {
      const outer = frame.getBoundingClientRect()
      const inner = frame.contentDocument.querySelector('canvas').getBoundingClientRect()
      const scale = outer.width / frame.offsetWidth
      return { x: outer.x + inner.x * scale, y: outer.y + inner.y * scale, width: inner.width * scale, height: inner.height * scale, natural: [inner.width, inner.height] }
    })
    assert.deepEqual(box.natural, [120, 80])
    const shot = await page.screenshot({ clip: { x: box.x + box.width / 4, y: box.y + box.height / 4, width: 4, height: 4 } })
    return page.evaluate(async (base64) => {
      const image = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]))
      const canvas = new OffscreenCanvas(4, 4)
      const context = canvas.getContext('2d')
      context.drawImage(image, 0, 0)
      const [red, green, blue] = context.getImageData(1, 1, 1, 1).data
      return red > 200 && green > 200 && blue > 200 ? 'white' : red > blue ? 'red' : 'blue'
    }, shot.toString('base64'))
  }
  const wants = { 500: 'white', 1500: 'red', 3500: 'blue', 2000: 'red', 4000: 'blue' }
  for (const ms of [500, 1500, 3500, 2000, 4000]) {
    await seek(ms)
    await eventually(async () => assert.equal(await colour(), wants[ms], `at ${ms}`))
  }
  await seek(2600)
  await page.evaluate(() => window.cassette.play())
  await page.waitForFunction(() => window.cassette.currentTime > 3200)
  await eventually(async () => assert.equal(await colour(), 'blue'))
  await done()
})

test('a_recording_without_a_full_snapshot_says_so_and_lists_its_events', async () => {
  const { page, done } = await openPlayer('made-up-no-snapshot', { recordings: madeUpRecordings() })
  await page.getByText('Nothing to show here').waitFor()
  await page.getByText('something broke').waitFor()
  await page.evaluate(() => window.cassette.seek(900))
  assert.equal(await position(page), 900)
  await done()
})

test('a_mobile_recording_says_what_it_is_and_its_time_line_works', async () => {
  const { page, done } = await openPlayer('made-up-mobile', { recordings: madeUpRecordings() })
  await page.getByText('A recording of a mobile app').waitFor()
  await page.getByText('slow network').waitFor()
  await done()
})

test('broken_events_are_left_out_and_counted', async () => {
  const { page, seek, text, done } = await openPlayer('made-up-broken', { recordings: madeUpRecordings() })
  await seek(2500)
  assert.equal(await text(), 'and after')
  await page.getByRole('tab', { name: 'Details' }).click()
  await page.getByText('3 events could not be read').waitFor()
  await done()
})
