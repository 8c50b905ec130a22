// The time line: marks, what is shown of them, looking closer, windows, the picture over it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asksNoMore, eventually, hasLaidOut, open, openOffline, openPlayer, position, shared, shows } from '../support/pages.mjs'
import { click, counter, log, madeUpRecordings, meta, move, setText, snapshot, twoWindows } from '../support/made-up.mjs'
import { recordingOf } from '../support/recording.mjs'

const START = meta(0).timestamp
const inWindow = (windowId, events) => events.map((event) => ({ windowId, event }))
const body = (value) => [{ type: 2, id: 12, tagName: 'p', attributes: {}, childNodes: [{ type: 3, id: 13, textContent: value }] }, { type: 2, id: 14, tagName: 'button', attributes: {}, childNodes: [{ type: 3, id: 15, textContent: 'Pay' }] }]

/** 100 s, with one of each kind where the test expects it: at whole tens of seconds. */
function marked() {
  const requests = [{ name: 'https://shop.example/api/pay', method: 'POST', entryType: 'resource', initiatorType: 'fetch', responseStatus: 500, duration: 90 }]
  const events = [
    meta(0), snapshot(10, body('at first')), click(10_000, 14), log(20_000, 'error', 'basket is undefined'),
    { type: 6, data: { plugin: 'rrweb/network@1', payload: { requests } }, timestamp: START + 30_000 },
    meta(40_000, 'https://shop.example/cart'), snapshot(40_010, body('in the cart')), { type: 5, data: { tag: 'coupon used', payload: {} }, timestamp: START + 60_000 },
    click(70_000, 14), setText(70_001, 13, 'paid'), log(80_000, 'error', 'first of two'), log(80_200, 'error', 'second of two'), move(100_000),
  ]
  const captured = [{ timestamp: START + 90_000, windowId: 'w1', name: '$exception', distinctId: 'ann', captured: { event: '$exception', properties: { $timezone: 'Pacific/Kiritimati', $exception_list: [{ type: 'RangeError', value: 'below zero' }] } } }]
  const recording = recordingOf({ id: 'marked', events: inWindow('w1', events), captured, distinctIds: ['ann'] })
  recording.signals = [{ kind: 'rage_click', timestamp: 70_000, window_id: 'w1', node: 14 }, { kind: 'dead_click', timestamp: 50_000, window_id: 'w1', node: null }]
  return recording
}

/** The middle of the row of marks, above the time. */
async function markPlace(page, milliseconds, y = 20) {
  const box = await page.locator('.seek-bar').boundingBox()
  const duration = await page.evaluate(() => window.cassette.duration)
  return { x: Math.min(box.x + box.width - 1, box.x + (milliseconds / duration) * box.width), y: box.y + y }
}

/** The mouse over the bar, a little to the right of a moment and once more until what `check` waits for is there: what comes around the bar may move it. */
async function pointAt(page, milliseconds, { right = 0, y }, check) {
  await eventually(async () => {
    const place = await markPlace(page, milliseconds, y)
    await page.mouse.move(place.x + right, place.y)
    await check({ timeout: 5000 })
  })
}

/** Marks are gathered every so often: one of this kind is known now, and so are those that came before it. */
async function knowsMark(page, kind) {
  await page.keyboard.press('g')
  const moments = page.getByRole('dialog', { name: 'Moments' })
  await moments.getByLabel(kind).waitFor()
  await page.keyboard.press('Escape')
  await moments.waitFor({ state: 'detached' })
}

test('every_mark_is_named_on_hover_and_a_click_on_it_leads_exactly_there', async () => {
  const { page, done } = await openPlayer('marked', { recordings: [marked()] })
  await knowsMark(page, /Exceptions/)
  const label = page.locator('.hover-label')
  for (const [at, said] of [
    [20_000, 'Console error: basket is undefined'],
    [30_000, 'Failed request: POST /api/pay 500'],
    [50_000, 'Dead click'],
    [60_000, 'Event: coupon used'],
    [70_000, 'Rage click on “Pay”'],
    [90_000, 'Exception: RangeError: below zero'],
  ]) {
    await pointAt(page, at, { right: 3 }, (patience) => label.getByText(said).waitFor(patience))
    await page.mouse.down()
    await page.mouse.up()
    await page.waitForFunction((to) => window.cassette.currentTime === to, at)
  }
  await pointAt(page, 40_000, { right: 3, y: 6 }, (patience) => label.getByText('Page: /cart').waitFor(patience))
  await pointAt(page, 80_000, {}, (patience) => label.getByText('first of two').waitFor(patience))
  await label.getByText('second of two').waitFor()
  await done()
})

test('the_label_tells_the_time_here_and_where_the_visitor_was', async () => {
  const { page, done } = await openPlayer('marked', { recordings: [marked()] })
  await page.waitForFunction(() => window.cassette.duration === 100_000)
  await pointAt(page, 55_000, { y: 35 }, (patience) => page.locator('.hover-time').waitFor(patience))
  // Fourteen hours ahead.
  const there = new Intl.DateTimeFormat('en-US', { timeStyle: 'medium', timeZone: 'Pacific/Kiritimati' }).format(START + 55_000)
  await eventually(async () => {
    const text = await page.locator('.hover-time').innerText()
    assert.match(text, /^0:5[45]/)
    assert.ok(text.includes(`${there.slice(0, 4)}`) && text.endsWith('there'), `${text}, and not ${there}`)
  })
  await page.mouse.move(10, 10)
  await page.waitForSelector('.hover-label', { state: 'detached' })
  await done()
})

test('the_keyboard_goes_from_moment_to_moment_and_from_error_to_error', async () => {
  const { page, seek, done } = await openPlayer('marked', { recordings: [marked()] })
  await seek(0)
  await knowsMark(page, /Exceptions/)
  const presses = [['n', 20_000], ['n', 30_000], ['n', 40_000], ['p', 30_000], ['e', 80_000], ['e', 80_200], ['e', 90_000], ['e', 90_000], ['Shift+E', 80_200], ['Shift+E', 80_000]]
  for (const [key, to] of presses) {
    await page.keyboard.press(key)
    await page.waitForFunction((time) => window.cassette.currentTime === time, to).catch(async () => assert.fail(`${key} led to ${await position(page)}, not to ${to}`))
  }
  await done()
})

test('a_step_goes_to_the_next_change_of_the_page_and_back', async () => {
  const { page, seek, done } = await openPlayer('marked', { recordings: [marked()] })
  await seek(69_000)
  await page.keyboard.press('.')
  await page.waitForFunction(() => window.cassette.currentTime === 70_000)
  await page.getByRole('button', { name: 'One change ahead' }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 70_001)
  await shows(page, /^paid/)
  await page.keyboard.press(',')
  await page.waitForFunction(() => window.cassette.currentTime === 70_000)
  await shows(page, /^in the cart/)
  await done()
})

test('kinds_can_be_hidden_and_stay_so', async () => {
  const { page, done } = await openPlayer('marked', { recordings: [marked()] })
  await page.keyboard.press('g')
  const moments = page.getByRole('dialog', { name: 'Moments' })
  await moments.getByRole('button', { name: /basket is undefined/ }).waitFor()
  await moments.getByLabel(/Console errors/).uncheck()
  await moments.getByRole('button', { name: /basket is undefined/ }).waitFor({ state: 'detached' })
  await moments.getByRole('button', { name: /Rage click/ }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 70_000)
  await page.keyboard.press('Escape')
  await moments.waitFor({ state: 'detached' })
  await pointAt(page, 20_000, {}, (patience) => page.locator('.hover-label').waitFor(patience))
  assert.equal(await page.locator('.hover-label').getByText('basket').count(), 0)
  await page.reload()
  await page.waitForFunction(() => window.cassette)
  await page.getByRole('button', { name: 'Moments' }).click()
  assert.equal(await moments.getByLabel(/Console errors/).isChecked(), false)
  assert.equal(await moments.getByLabel(/Exceptions/).isChecked(), true)
  await done()
})

test('a_browser_that_keeps_nothing_shows_all_kinds_and_still_hides_them', async () => {
  const { page, done } = await open('/', { recordings: [marked()] })
  await page.addInitScript(() => Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('refused', 'SecurityError') } }))
  await page.goto(`${shared.server.origin}/recordings/marked`)
  await page.waitForFunction(() => window.cassette)
  await page.evaluate(() => window.cassette.ready)
  await page.keyboard.press('g')
  const moments = page.getByRole('dialog', { name: 'Moments' })
  await moments.getByLabel(/Console errors/).uncheck()
  await moments.getByRole('button', { name: /basket is undefined/ }).waitFor({ state: 'detached' })
  await done()
})

test('an_eight_hour_recording_can_be_looked_at_closely', async () => {
  const events = [meta(0), snapshot(10, body('value 0'))]
  for (let minute = 1; minute <= 480; minute++) events.push(setText(minute * 60_000, 13, `value ${minute}`), click(minute * 60_000 + 7000, 14))
  events.push(log(300 * 60_000 + 1500, 'error', 'in the fifth hour'))
  const recording = recordingOf({ id: 'long', events: inWindow('w1', events), distinctIds: ['ann'] })
  const { page, seek, done } = await openPlayer('long', { recordings: [recording] })
  await knowsMark(page, /Console errors/)
  await seek(300 * 60_000)
  const view = () => page.getByRole('slider', { name: /Part of the recording/ }).getAttribute('aria-valuetext')
  for (let step = 0; step < 8; step++) await page.keyboard.press('+')
  // 8 h, halved eight times, are 113 s, and the playhead stays where it was on the bar.
  await eventually(async () => assert.match(await view(), /^4:58:\d\d to 5:00:\d\d of 8:00:07$/))
  const bar = await page.locator('.seek-bar').boundingBox()
  await page.mouse.move(bar.x + bar.width / 2, bar.y + 30)
  const before = await view()
  await page.mouse.wheel(300, 0)
  await eventually(async () => {
    const now = await view()
    assert.notEqual(now, before)
    const [, from] = /^(\S+) to/.exec(now)
    assert.ok(from > '4:58:30', from)
  })
  await page.keyboard.press('e')
  await page.waitForFunction(() => window.cassette.currentTime === 300 * 60_000 + 1500)
  await shows(page, /^value 300/)
  // A pixel is about 0.1 s now.
  await page.mouse.click(bar.x + bar.width / 2, bar.y + 30)
  await page.waitForFunction(() => window.cassette.currentTime !== 300 * 60_000 + 1500)
  assert.ok(Math.abs((await position(page)) - 300 * 60_000) < 120_000)
  await page.keyboard.press('0')
  await page.getByRole('slider', { name: /Part of the recording/ }).waitFor({ state: 'detached' })
  await page.mouse.move(bar.x + bar.width / 2, bar.y + 30)
  await page.mouse.wheel(0, -400)
  await page.getByRole('slider', { name: /Part of the recording/ }).waitFor()
  await eventually(async () => assert.match(await view(), /of 8:00:07$/))
  await done()
})

test('the_part_that_is_seen_turns_like_a_page_when_the_playhead_leaves_it', async () => {
  const { page, seek, done } = await openPlayer('marked', { recordings: [marked()] })
  await seek(0)
  await page.waitForSelector('.row-place')
  for (let step = 0; step < 3; step++) await page.keyboard.press('+')
  const overview = page.getByRole('slider', { name: /Part of the recording/ })
  const view = async () => /^0:(\d+) to (\d):(\d+)/.exec(await overview.getAttribute('aria-valuetext')).slice(1).map(Number)
  await eventually(async () => assert.deepEqual(await view(), [0, 0, 12]))
  await seek(50_000)
  const from = await eventually(async () => {
    const [from, minutes, seconds] = await view()
    assert.ok(from <= 50 && minutes * 60 + seconds >= 50, `${from} to ${minutes}:${seconds}`)
    return from
  })
  await overview.focus()
  await page.keyboard.press('PageDown')
  await eventually(async () => assert.ok((await view())[0] < from))
  assert.equal(await position(page), 50_000)
  await done()
})

test('each_window_has_a_row_where_there_are_several', async () => {
  const heights = []
  for (const recording of [counter(), twoWindows()]) {
    const { page, seek, done } = await openPlayer(recording.id, { recordings: [recording] })
    await page.waitForSelector('.row-place')
    heights.push((await page.locator('.seek-bar').boundingBox()).height)
    await seek(5000)
    await page.keyboard.press('w')
    if (recording.windows.length > 1) await page.waitForFunction(() => window.cassette.currentTime === 5000)
    await done()
  }
  assert.equal(heights[1] - heights[0], 12)
})

test('a_small_picture_of_the_page_comes_over_the_time_line_and_asks_for_nothing', async () => {
  const { page, seek, done } = await openPlayer('made-up-counter', { plays: true, recordings: madeUpRecordings() })
  await seek(2000)
  await page.waitForFunction(() => window.cassette.duration > 60_000)
  await asksNoMore()
  const asked = shared.server.state.requests.length
  const picture = page.locator('.preview .stage-picture:not(.is-coming) iframe')
  for (const second of [5, 12, 3]) {
    await pointAt(page, second * 1000 + 500, { y: 34 }, (patience) => picture.waitFor(patience))
    const shown = () => picture.evaluateAll(([frame]) => (frame?.contentDocument?.body?.innerText ?? '').replace(/\s+/g, ' '))
    await eventually(async () => assert.equal(await shown(), `Counter value ${second} Add one`))
    assert.equal(await picture.getAttribute('sandbox'), 'allow-same-origin')
    assert.equal(await position(page), 2000)
  }
  assert.equal(shared.server.state.requests.length, asked)
  await page.mouse.move(300, 200)
  await picture.waitFor({ state: 'detached' })
  await done()
})

test('no_small_picture_is_made_for_who_asked_for_calm', async () => {
  const { page, done } = await openPlayer('made-up-counter', { recordings: madeUpRecordings() })
  await pointAt(page, 5500, { y: 34 }, (patience) => page.locator('.hover-label').waitFor(patience))
  await page.waitForTimeout(500)
  assert.equal(await page.locator('.preview').count(), 0)
  await done()
})

test('an_offline_file_has_the_same_time_line', async () => {
  const { page, foreign, done } = await openOffline(marked())
  await page.keyboard.press('g')
  await page.getByRole('dialog', { name: 'Moments' }).getByRole('button', { name: /coupon used/ }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 60_000)
  assert.deepEqual(foreign, [])
  await done()
})

test('the_sheet_lists_every_key_once', async () => {
  const { page, done } = await openPlayer('marked', { recordings: [marked()] })
  await page.keyboard.press('?')
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await sheet.waitFor()
  const keys = await sheet.locator('dt').allInnerTexts()
  assert.equal(new Set(keys).size, keys.length)
  for (const key of ['n', 'p', 'e', 'g', '+', ',', '.', 'w', '?']) assert.ok(keys.some((text) => text.trim() === key), key)
  await done()
})

test('rows_of_a_long_list_stand_where_they_are_scrolled_to', async () => {
  const { page, seek, done } = await openPlayer('made-up-counter', { recordings: [counter({ seconds: 200 })] })
  await seek(200_000)
  await page.keyboard.press('g')
  for (const list of ['.moment-scroller', '.events-scroller']) {
    const scroller = await page.locator(list).boundingBox()
    await page.locator(list).evaluate((element) => element.scrollTo(0, 3000))
    await eventually(async () => {
      const rows = await page.locator(`${list} .row-place`).evaluateAll((all) => all.map((row) => row.getBoundingClientRect().top))
      const seen = rows.filter((top) => top >= scroller.y - 40 && top < scroller.y + scroller.height)
      assert.ok(seen.length >= Math.floor(scroller.height / 36), `${list}: ${seen.length} rows in ${scroller.height} px`)
    })
  }
  await done()
})

test('two_fingers_look_closer_and_one_moves_the_playhead', async () => {
  const { page, done } = await openPlayer('marked', { recordings: [marked()], viewport: { width: 390, height: 844 } })
  await page.getByText('below zero').first().waitFor()
  const bar = await page.locator('.seek-bar').boundingBox()
  const y = bar.y + 25
  const client = await page.context().newCDPSession(page)
  await client.send('Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 2 })
  const touch = (type, xs) => client.send('Input.dispatchTouchEvent', { type, touchPoints: xs.map((x, id) => ({ x, y, id })) })
  const middle = bar.x + bar.width / 2
  const before = await position(page)
  await touch('touchStart', [middle - 30, middle + 30])
  for (let step = 1; step <= 10; step++) await touch('touchMove', [middle - 30 - step * 8, middle + 30 + step * 8])
  await touch('touchEnd', [])
  const overview = page.getByRole('slider', { name: /Part of the recording/ })
  await overview.waitFor()
  await eventually(async () => {
    const [, from, to] = /^(\d:\d\d) to (\d:\d\d)/.exec(await overview.getAttribute('aria-valuetext'))
    assert.ok(from > '0:10' && to < '1:30', `${from} to ${to}`)
  })
  assert.equal(await position(page), before, 'pinching moves no playhead')
  const at = bar.x + bar.width * 0.75
  await touch('touchStart', [at])
  for (let step = 1; step <= 5; step++) await touch('touchMove', [at + step * 4])
  await touch('touchEnd', [])
  await page.waitForFunction((then) => Math.abs(window.cassette.currentTime - then) > 3000, before)
  assert.equal(await page.locator('.preview').count(), 0)
  const touched = await page.locator('.controls .icon-button:visible, .controls .chip:visible').evaluateAll((all) => all.map((button) => Math.min(button.offsetWidth, button.offsetHeight)))
  assert.ok(Math.min(...touched) >= 34, `${touched}`)
  await done()
})

test('comments_of_the_page_around_the_player_stand_on_its_time_line', async () => {
  const { page, done } = await openPlayer('marked', { recordings: [marked()] })
  await page.locator('session-replay').evaluate((player) => {
    player.marks = [{ timestamp: 45_000, kind: 'comment', label: 'look at the price' }, { timestamp: Number.NaN, kind: 'comment' }, { timestamp: 1, kind: 'nonsense' }, null]
  })
  await pointAt(page, 45_000, {}, (patience) => page.locator('.hover-label').getByText('Comment: look at the price').waitFor(patience))
  await page.mouse.down()
  await page.mouse.up()
  await page.waitForFunction(() => window.cassette.currentTime === 45_000)
  await page.keyboard.press('g')
  await page.getByRole('dialog', { name: 'Moments' }).getByLabel(/Comments/).waitFor()
  await done()
})

test('the_small_picture_of_a_hostile_page_asks_for_nothing_and_runs_nothing', async () => {
  shared.reached = 0
  const { page, foreign, done } = await openPlayer('made-up-hostile', { plays: true, recordings: madeUpRecordings() })
  await page.evaluate(() => window.cassette.seek(0))
  await page.waitForFunction(() => window.cassette.duration > 2000)
  const duration = await page.evaluate(() => window.cassette.duration)
  const small = page.locator('.preview .stage-picture:not(.is-coming) iframe')
  for (const share of [0.3, 0.9, 0.5]) {
    await pointAt(page, duration * share, { y: 34 }, (patience) => small.waitFor(patience))
    await page.waitForTimeout(400)
  }
  const seen = await small.evaluate((frame) => ({ sandbox: frame.getAttribute('sandbox'), inert: frame.closest('[inert]') !== null, owned: window.owned }))
  assert.deepEqual(seen, { sandbox: 'allow-same-origin', inert: true, owned: undefined })
  assert.deepEqual(foreign, [])
  assert.equal(shared.reached, 0, 'connections went out')
  await done()
})

test('no_button_of_the_controls_is_cut_off_however_narrow_the_player_is', async () => {
  const { page, done } = await openPlayer('long-of-two', { recordings: [...madeUpRecordings(), longOfTwoWindows()] })
  await page.getByRole('button', { name: 'Next recording' }).waitFor()
  await page.getByRole('button', { name: 'Look closer' }).waitFor()
  await page.getByLabel('Window', { exact: true }).waitFor()
  for (const width of [390, 700, 800, 900, 1000, 1280, 1500]) {
    await page.setViewportSize({ width, height: 800 })
    await hasLaidOut(page)
    const frame = await page.locator('.deck').boundingBox()
    const boxes = await page.locator('.controls button:visible, .controls select:visible').evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()))
    for (const box of boxes) assert.ok(box.left >= frame.x && box.right <= frame.x + frame.width, `${width}: ${box.left} to ${box.right} in ${frame.x} to ${frame.x + frame.width}`)
    const ordered = [...boxes].sort((a, b) => a.top - b.top || a.left - b.left)
    ordered.forEach((box, place) => {
      const next = ordered[place + 1]
      if (next && Math.abs(next.top - box.top) < 5) assert.ok(next.left >= box.right - 1, `${width}: two buttons overlap at ${next.left}`)
    })
  }
  await done()
})

/** Long enough to be looked at closely. */
function longOfTwoWindows() {
  const recording = twoWindows()
  const events = recording.lines.map((line) => ({ windowId: line.window_id, event: line.event }))
  return recordingOf({ id: 'long-of-two', events: [...events, ...inWindow('w1', [move(200_000)])], distinctIds: ['bob'] })
}
