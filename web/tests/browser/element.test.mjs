// <session-replay> in a page of somebody else.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually, open, shared, shows, textOnScreen, waitForCount, waitForText } from '../support/pages.mjs'
import { counter, madeUpRecordings } from '../support/made-up.mjs'
import { startSite } from '../support/site.mjs'

const plainPage = fileURLToPath(new URL('../../../examples/plain-page', import.meta.url))
/** As strict as a page can be that shows its player in full: recorded pages bring styles, pictures and fonts inside them. */
const STRICT = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; worker-src 'self'; img-src data: blob:; font-src data:"

/** A page with `body`, and a script that collects the events of the players in it. */
async function openPage(body, { headers = {}, parts = true, pages = {}, ...options } = {}) {
  const html = `<!doctype html><title>somebody else's</title><link rel="icon" href="data:,"><script type="module" src="session-replay.js"></script>
    <link rel="stylesheet" href="page.css"><script src="collect.js"></script>${body}`
  const collect = `window.told = []
    for (const name of ['ready', 'play', 'pause', 'ended', 'failed', 'notice', 'timechange']) {
      addEventListener(name, (event) => { if (event.target.localName === 'session-replay') told.push([name, event.detail, event.target.id]) }, true)
    }`
  const site = await startSite({ folders: [plainPage, join(shared.dist, 'package')], pages: { '/index.html': html, '/collect.js': collect, '/page.css': '', ...pages }, headers, parts })
  const opened = await open(`${site.origin}/`, options)
  return {
    ...opened, site,
    player: (which = 'session-replay') => opened.page.locator(which),
    told: (name) => opened.page.evaluate((wanted) => window.told.filter(([name]) => name === wanted).map(([, detail]) => detail), name),
    async done() {
      await opened.done()
      await site.close()
    },
  }
}

const VISIT = '<session-replay src="visit.ndjson.zst" style="height: 500px"></session-replay>'
const ready = (player) => player.evaluate(async (replay) => {
  await customElements.whenDefined('session-replay')
  await replay.ready
})
const seek = (player, ms) => player.evaluate((replay, to) => replay.seek(to), ms)

test('a_player_tells_its_page_what_it_does', async () => {
  const { page, player, told, done } = await openPage(VISIT.replace('<session-replay', '<session-replay t="4.26" speed="2"'))
  await ready(player())
  assert.deepEqual(await told('ready'), [{ duration: 12_000 }])
  assert.match(await textOnScreen(page), /Please try again\.$/)
  assert.deepEqual(await player().evaluate((replay) => [replay.currentTime, replay.speed, replay.paused, replay.autoplay]), [4260, 2, true, false])
  await player().evaluate((replay) => replay.play())
  await page.waitForFunction(() => window.told.some(([name]) => name === 'ended'))
  assert.equal((await told('play')).length, 1)
  assert.ok((await told('timechange')).length > 3)
  assert.deepEqual((await told('timechange')).at(-1), { currentTime: 12_000, duration: 12_000 })
  await player().evaluate((replay) => (replay.t = 7))
  await waitForText(page, 'It is in your cart.')
  assert.deepEqual(await told('failed'), [])
  await done()
})

test('page_and_player_do_not_change_each_others_look', async () => {
  const css = '* { color: red !important; font-size: 40px } button { display: none } .controls { display: none } session-replay { --accent: rgb(1, 2, 3) }'
  const { page, player, done } = await openPage(`<p class="event">mine</p><button class="mine">mine</button>${VISIT.replace('<session-replay', '<session-replay theme="dark"')}`, { pages: { '/page.css': css } })
  await ready(player())
  const looks = await page.locator('.play-button').evaluate((button) => [getComputedStyle(button).display, getComputedStyle(button).fontSize, getComputedStyle(button).getPropertyValue('--accent').trim()])
  assert.deepEqual(looks, ['grid', '14px', 'rgb(1, 2, 3)'])
  assert.equal(await page.locator('.deck').evaluate((deck) => getComputedStyle(deck).backgroundColor), 'rgb(26, 26, 33)')
  assert.equal(await page.locator('p.event').evaluate((mine) => getComputedStyle(mine).display), 'block')
  await player().evaluate((replay) => (replay.theme = 'light'))
  assert.equal(await page.locator('.deck').evaluate((deck) => getComputedStyle(deck).backgroundColor), 'rgb(255, 255, 255)')
  await done()
})

test('keys_go_to_the_player_that_has_the_focus', async () => {
  const { page, player, done } = await openPage(`<input id="field">${VISIT.replace('<session-replay', '<session-replay id="one"')}${VISIT.replace('<session-replay', '<session-replay id="two"')}`)
  const times = () => page.locator('session-replay').evaluateAll((all) => all.map((replay) => replay.currentTime))
  for (const which of ['#one', '#two']) await ready(player(which))
  const start = await times()
  await page.keyboard.press('ArrowRight')
  assert.deepEqual(await times(), start, 'nobody has the focus')
  await page.locator('#two .seek-bar').focus()
  await page.keyboard.press('ArrowRight')
  await page.waitForFunction(() => document.querySelector('#two').currentTime > 5000)
  assert.equal((await times())[0], start[0])
  await page.locator('#two').evaluate((two) => two.remove())
  await page.locator('#field').fill('k l s')
  await page.keyboard.press('ArrowRight')
  // As long as the key of the player before took.
  await page.waitForTimeout(100)
  assert.equal((await times())[0], start[0], 'a field has its own keys')
  await page.locator('#field').evaluate((field) => field.blur())
  await page.keyboard.press('ArrowRight')
  await page.waitForFunction(() => document.querySelector('#one').currentTime > 5000)
  await done()
})

test('a_player_that_leaves_the_page_lets_go_of_everything', async () => {
  const { page, player, done } = await openPage(`<div id="there"></div><div id="here">${VISIT}</div>`)
  await ready(player())
  await seek(player(), 7000)
  await eventually(() => assert.equal(page.workers().length, 1))
  await player().evaluate((replay) => {
    window.kept = replay
    document.querySelector('#there').append(replay)
  })
  await waitForText(page, 'It is in your cart.')
  assert.equal(page.workers().length, 1, 'moving it closes nothing')
  assert.equal(await player().evaluate((replay) => replay.currentTime), 7000)
  await player().evaluate((replay) => replay.remove())
  await eventually(() => assert.equal(page.workers().length, 0, 'the worker is gone'))
  await page.waitForFunction(() => window.kept.shadowRoot.querySelectorAll('*').length === 0)
  await page.evaluate(() => document.querySelector('#here').append(window.kept))
  await waitForText(page, 'It is in your cart.')
  assert.equal(await player().evaluate((replay) => replay.currentTime), 7000, 'it opens where it was')
  await done()
})

test('a_file_is_asked_for_in_parts_where_the_server_has_parts', async () => {
  const inParts = await openPage(VISIT)
  await ready(inParts.player())
  const asked = inParts.site.requests.filter(({ path }) => path.endsWith('.zst'))
  assert.ok(asked.length > 2 && asked.every(({ range }) => range !== undefined), JSON.stringify(asked))
  await inParts.done()
  const whole = await openPage(VISIT, { parts: false })
  await ready(whole.player())
  await shows(whole.page, /^Lamps & Co/)
  assert.equal(whole.site.requests.filter(({ path }) => path.endsWith('.zst')).length, 1)
  await whole.done()
})

test('without_anything_to_play_it_takes_a_file', async () => {
  const { page, player, told, done } = await openPage('<session-replay></session-replay>')
  await page.getByLabel('Choose a recording').setInputFiles(join(plainPage, 'visit.ndjson.zst'))
  await waitForText(page, 'Lamps & Co')
  assert.equal(await page.getByLabel('Choose a recording').count(), 0)
  assert.equal(await page.getByRole('button', { name: 'Copy a link to this moment' }).count(), 0, 'a page of somebody else has no such address')
  await player().evaluate((replay) => (replay.file = undefined))
  await page.getByLabel('Choose a recording').waitFor({ state: 'attached' })
  await player().evaluate((replay) => {
    const data = new DataTransfer()
    data.items.add(new File(['nothing of that kind'], 'notes.txt'))
    replay.shadowRoot.querySelector('.empty').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }))
  })
  await page.getByRole('alert').getByText('The file begins with “nothing of that kind”').waitFor()
  await eventually(async () => assert.equal((await told('failed'))[0]?.kind, 'unreadable'))
  assert.equal(await page.locator('.side').count(), 0, 'there is nothing for panels to tell')
  await done()
})

test('what_is_set_before_the_element_is_defined_counts', async () => {
  const early = `const early = document.querySelector('session-replay'); early.src = 'visit.ndjson.zst'; early.panels = ['console']; early.t = 7`
  const { page, player, done } = await openPage('<session-replay></session-replay><script src="early.js"></script>', { pages: { '/early.js': early } })
  await waitForText(page, 'It is in your cart.')
  assert.deepEqual(await page.getByRole('tab').allInnerTexts().then((names) => names.map((name) => name.replace(/\W*\d*$/, '').trim())), ['Console'])
  assert.deepEqual(await player().evaluate((replay) => [replay.panels, replay.getAttribute('t')]), [['console'], '7'])
  await done()
})

test('the_tabs_are_gone_through_by_arrow_keys', async () => {
  const { page, player, done } = await openPage(VISIT)
  await ready(player())
  const before = await player().evaluate((replay) => replay.currentTime)
  await page.getByRole('tab', { name: 'Events' }).focus()
  await page.keyboard.press('ArrowRight')
  await page.getByRole('tab', { name: 'Console', selected: true }).and(page.locator(':focus')).waitFor()
  await page.getByRole('tabpanel', { name: 'Console' }).waitFor()
  await page.keyboard.press('ArrowLeft')
  await page.getByRole('tab', { name: 'Events', selected: true }).and(page.locator(':focus')).waitFor()
  await page.keyboard.press('ArrowLeft')
  await eventually(async () => assert.equal(await page.getByRole('tab').last().getAttribute('aria-selected'), 'true'))
  assert.equal(await player().evaluate((replay) => replay.currentTime), before, 'the keys were the tabs’')
  await done()
})

test('what_cannot_be_played_is_said_in_a_sentence', async () => {
  const refused = [
    ['missing.ndjson.zst', /There is no file at this address/],
    ['page.css', /The file is empty/],
    ['collect.js', /Expected a recording: .* The file begins with “window.told/],
    ['http://away.test/visit.ndjson', /away\.test does not answer, or does not allow pages of http:\/\/127/],
    ['http://[', /Expected the address of a recording, came “http:\/\/\[”/],
  ]
  const { page, player, told, errors, done } = await openPage(`<session-replay src="${refused[0][0]}"></session-replay>`, { allow: (message) => /404|ERR_|CORS/.test(message) })
  for (const [place, [src, sentence]] of refused.entries()) {
    if (place > 0) await player().evaluate((replay, to) => (replay.src = to), src)
    await page.getByRole('alert').getByText(sentence).waitFor()
    await eventually(async () => {
      const failed = await told('failed')
      assert.equal(failed.length, place + 1)
      assert.match(failed[place].message, sentence)
    })
    assert.deepEqual(errors, [])
    await player().evaluate((replay) => (replay.src = 'visit.ndjson.zst'))
    await waitForText(page, 'Lamps & Co')
  }
  await done()
})

test('a_recording_of_a_server_plays_with_a_key_and_by_its_link', async () => {
  const { server } = shared
  server.state.recordings = madeUpRecordings()
  const address = `${server.origin}/api/projects/1/session_recordings/made-up-counter`
  const refused = await openPage(`<session-replay src="${address}"></session-replay>`, { allow: (message) => /CORS|ERR_FAILED/.test(message) })
  await refused.page.getByText('does not allow pages of').waitFor()
  await refused.done()

  server.state.cors = '*'
  const byKey = await openPage('<session-replay></session-replay>')
  await byKey.player().evaluate((replay, to) => Object.assign(replay, { src: to, apiKey: 'phx_mine' }), address)
  await waitForText(byKey.page, 'Counter')
  await seek(byKey.player(), 9999)
  await shows(byKey.page, 'Counter value 9 Add one')
  assert.ok(server.state.keys.has('Bearer phx_mine'))
  await byKey.page.getByRole('tab', { name: 'Details' }).click()
  await byKey.page.getByText('ann@example.com').first().waitFor()
  await byKey.done()

  const recording = counter()
  server.state.answers = { 'POST /shared/TOKEN': { shareToken: 'pass', project_id: 1, type: 'recording', recordings: [recording.facts], settings: {} } }
  const byLink = await openPage(`<session-replay src="${server.origin}/shared/TOKEN" panels="none"></session-replay>`)
  await waitForText(byLink.page, 'Counter')
  assert.equal(await byLink.page.locator('.side').count(), 0)
  assert.ok(server.state.keys.has('Bearer pass'))
  await byLink.done()
  server.state.answers = {}
  server.state.cors = undefined
})

test('a_page_with_a_strict_policy_plays_without_a_complaint', async () => {
  const { page, player, told, done } = await openPage(VISIT.replace(' style="height: 500px"', ''), { headers: { 'content-security-policy': STRICT } })
  await ready(player())
  assert.match(await textOnScreen(page), /^Lamps & Co/)
  await eventually(() => assert.equal(page.workers().length, 1, 'the worker beside the script'))
  assert.deepEqual(await told('failed'), [])
  await done()
})

test('a_page_without_inline_styles_shows_the_recorded_page_in_its_styles', async () => {
  const policy = STRICT.replace(" 'unsafe-inline'", '')
  const complaints = []
  const { page, player, done } = await openPage(VISIT.replace(' style="height: 500px"', ''), { headers: { 'content-security-policy': policy }, allow: (message) => complaints.push(message) })
  await ready(player())
  const looks = () => page.locator('.stage-picture:not(.is-coming) iframe').evaluate(({ contentDocument, contentWindow }) => {
    const look = (part) => contentWindow.getComputedStyle(contentDocument.querySelector(part))
    return [look('header').backgroundColor, look('main').display, look('section p').color]
  })
  const expected = ['rgb(35, 64, 58)', 'grid', 'rgb(107, 98, 82)']
  assert.deepEqual(await looks(), expected)
  await seek(player(), 7000)
  await seek(player(), 1000)
  assert.deepEqual(await looks(), expected)
  assert.ok(complaints.every((message) => /inline style/.test(message)), complaints.join('\n'))
  assert.equal(await page.locator('.played').evaluate((bar) => getComputedStyle(bar).position), 'absolute', 'the player has its own')
  await done()
})

test('a_page_that_forbids_workers_plays_all_the_same', async () => {
  const policy = STRICT.replace("worker-src 'self'", "worker-src 'none'")
  const { page, player, done } = await openPage(VISIT.replace(' style="height: 500px"', ''), { headers: { 'content-security-policy': policy }, allow: (message) => /worker/i.test(message) })
  await ready(player())
  await seek(player(), 7000)
  assert.match(await textOnScreen(page), /It is in your cart\.$/)
  assert.equal(page.workers().length, 0)
  await done()
})

test('files_of_every_form_are_taken', async () => {
  const { page, player, done } = await openPage('<session-replay></session-replay>')
  const fixtures = fileURLToPath(new URL('../../../fixtures', import.meta.url))
  const forms = ['recordings/v1/visit.ndjson', 'recordings/v1/recompressed.ndjson.zst', 'exports/posthog-2022-12-02.json', 'exports/posthog-2023-04-28-number-window.json']
  for (const form of forms) {
    const text = readFileSync(join(fixtures, form)).toString('base64')
    const duration = await player().evaluate(async (replay, base64) => {
      replay.file = new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))])
      await new Promise((resolve) => replay.addEventListener('ready', resolve, { once: true }))
      return replay.duration
    }, text)
    assert.ok(duration > 0, form)
    await waitForCount(page.locator('.stage-picture:not(.is-coming) iframe'), 1)
  }
  await done()
})
