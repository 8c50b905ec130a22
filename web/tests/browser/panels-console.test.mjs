// The console beside the recorded page, as posthog-js sends its lines.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meta, snapshot } from '../support/made-up.mjs'
import { asksNoMore, openPlayer, shared, waitForCount } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'

const line = (at, level, payload, trace = ['cart (https://shop.example/app.js:7:13)', 'https://shop.example/lib.js:1:99']) => ({ type: 6, data: { plugin: 'rrweb/console@1', payload: { level, trace, payload } }, timestamp: meta(at).timestamp })
const long = 'long text '.repeat(300)
const error = '"TypeError: basket is undefined\\n    at total (https://shop.example/cart.js:58:29)\\n    at https://shop.example/cart.js:60:1\\nEnd of stack for Error object"'
const deep = JSON.stringify({ user: { name: 'Ann', tags: ['a', 'b'], note: long }, empty: {}, none: null, many: Array.from({ length: 250 }, (_, n) => n) })

const events = [
  meta(0), snapshot(5, []), line(1000, 'log', ['"basket"', deep, '42', 'true']), line(2000, 'error', ['"failed:"', error]), line(3000, 'warn', ['"<img src=x onerror=alert(1)>"']),
  ...Array.from({ length: 12 }, (_, n) => line(4000 + n, 'debug', ['"tick"'])), line(5000, 'info', []), line(5500, 'log', [JSON.stringify(long)]),
]
const recording = () => recordingOf({ id: 'console', events: events.map((event) => ({ windowId: 'w', event })) })

const openConsole = async () => {
  const opened = await openPlayer('console', { recordings: [recording()] })
  await opened.page.getByRole('tab', { name: 'Console' }).click()
  return { ...opened, detail: opened.page.getByRole('region', { name: 'Details' }) }
}

test('repeated_lines_are_folded_and_levels_are_chosen', async () => {
  const { page, done } = await openConsole()
  await waitForCount(page.locator('.event'), 6)
  assert.match((await page.locator('.event', { hasText: 'tick' }).innerText()).replace(/\s+/g, ' '), /tick ×12 app.js:7:13/)
  await page.getByRole('button', { name: 'Debug 12' }).click()
  await waitForCount(page.locator('.event'), 1)
  await page.getByRole('button', { name: 'All' }).click()
  await page.getByRole('searchbox', { name: 'Search console' }).fill('BASKET')
  await waitForCount(page.locator('.event'), 2)
  await page.getByRole('searchbox', { name: 'Search console' }).fill('nowhere')
  await page.getByText('Nothing fits.').waitFor()
  await done()
})

test('arguments_open_as_a_tree_and_long_texts_are_cut', async () => {
  const { page, detail, done } = await openConsole()
  await page.locator('.event', { hasText: 'basket' }).first().click()
  await detail.getByText('42', { exact: true }).waitFor()
  await detail.getByRole('button', { name: /\{user: \{…\}/ }).click()
  await detail.getByRole('button', { name: /^user:/ }).click()
  await detail.getByText('"Ann"', { exact: true }).waitFor()
  assert.equal((await detail.getByText('long text').first().innerText()).includes(long), false)
  await detail.getByRole('button', { name: `Show all ${long.length.toLocaleString()} characters` }).click()
  assert.ok((await detail.innerText()).includes(long.trim()))
  await detail.getByRole('button', { name: /^many:/ }).click()
  await detail.getByRole('button', { name: 'Show more, 150 are left' }).click()
  await detail.getByText('199:', { exact: false }).first().waitFor()
  await detail.getByText('app.js:7:13').waitFor()
  await done()
})

test('an_error_shows_its_stack_and_a_strangers_markup_is_text', async () => {
  const { page, detail, done } = await openConsole()
  await page.locator('.event', { hasText: 'failed:' }).click()
  await detail.getByText('TypeError: basket is undefined').waitFor()
  assert.deepEqual(await detail.locator('.stack').first().locator('li').allInnerTexts(), ['total cart.js:58:29', '(anonymous) cart.js:60:1'])
  await page.locator('.event', { hasText: 'onerror' }).click()
  await detail.getByText('<img src=x onerror=alert(1)>').waitFor()
  await page.locator('.event', { hasText: 'info' }).click()
  await detail.getByText('It was called without arguments.').waitFor()
  await detail.getByRole('button', { name: 'Close details' }).press('Escape')
  await waitForCount(detail, 0)
  await done()
})

test('what_a_row_has_no_room_for_is_read_again_and_says_when_it_cannot_be', async () => {
  const { page, detail, done } = await openConsole()
  const asked = () => shared.server.state.requests.filter((request) => request.includes('/blocks/')).length
  // The rest of the recording comes after its first picture.
  await asksNoMore()
  const before = asked()
  await page.locator('.event', { hasText: 'failed:' }).click()
  await detail.getByText('TypeError: basket is undefined').waitFor()
  await page.locator('.event', { hasText: 'onerror' }).click()
  await detail.getByText('<img src=x onerror=alert(1)>').waitFor()
  assert.equal(asked(), before + 1, 'neighbours are in one block')
  await done()
  const again = await openConsole()
  await waitForCount(again.page.locator('.event'), 6)
  for (const block of shared.server.state.recordings[0].blocks) block.refused = true
  await again.page.locator('.event', { hasText: 'failed:' }).click()
  await again.detail.getByText('The rest of it could not be read.').waitFor()
  await again.page.close()
})

test('rows_are_walked_with_the_arrow_keys_and_opened_with_enter', async () => {
  const { page, detail, done } = await openConsole()
  await page.locator('.event').first().focus()
  await page.keyboard.press('ArrowDown')
  await page.locator('.event:focus', { hasText: 'failed:' }).waitFor()
  assert.equal(await page.evaluate(() => window.cassette.currentTime), 5, 'the arrow moves the focus, not the playhead')
  await page.keyboard.press('Enter')
  await detail.getByText('TypeError: basket is undefined').waitFor()
  await page.waitForFunction(() => window.cassette.currentTime === 2000)
  await page.keyboard.press('Escape')
  await waitForCount(detail, 0)
  await page.locator('.event:focus', { hasText: 'failed:' }).waitFor()
  await page.keyboard.press('Enter')
  await detail.getByRole('button', { name: 'Close details' }).press('Enter')
  await page.locator('.event:focus', { hasText: 'failed:' }).waitFor()
  await page.keyboard.press('End')
  await page.locator('.event:focus', { hasText: 'long text' }).waitFor()
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => window.cassette.currentTime === 5500)
  await waitForCount(page.locator('.event[tabindex="0"]'), 1)
  await done()
})
