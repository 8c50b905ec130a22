// The keyboard, and links to a moment.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPlayer, position, shows, waitForValue } from '../support/pages.mjs'
import { madeUpRecordings } from '../support/made-up.mjs'

test('a_link_opens_at_its_moment_and_stands_still', async () => {
  const { page, done } = await openPlayer('made-up-counter', { hash: '#t=5.5', plays: true, recordings: madeUpRecordings() })
  assert.equal(await position(page), 5500)
  await shows(page, 'Counter value 5 Add one')
  await page.waitForTimeout(200)
  assert.equal(await position(page), 5500)
  await page.evaluate(() => { location.hash = '#t=8' })
  await page.waitForFunction(() => window.cassette.currentTime === 8000)
  await done()
})

test('the_keyboard_does_what_the_sheet_says', async () => {
  const { page, seek, done } = await openPlayer('made-up-counter', { recordings: madeUpRecordings() })
  await seek(10_000)
  await page.keyboard.press('ArrowLeft')
  await page.waitForFunction(() => window.cassette.currentTime === 5000)
  await page.keyboard.press('Shift+ArrowRight')
  await page.waitForFunction(() => window.cassette.currentTime === 35_000)
  await page.keyboard.press('>')
  await waitForValue(page, '.speed select', '2')
  await page.keyboard.press('<')
  await page.keyboard.press('<')
  await waitForValue(page, '.speed select', '0.5')
  await page.keyboard.press('s')
  await page.waitForSelector('.controls .chip[aria-pressed=false]')
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.waitForSelector('dialog', { state: 'detached' })
  await page.keyboard.press('Space')
  await page.waitForSelector('.play-button[aria-label="Pause"]')
  await page.keyboard.press('Space')
  await page.waitForSelector('.play-button[aria-label="Play"]')
  await page.fill('input[type=search]', 'a b ?')
  assert.equal(await page.inputValue('input[type=search]'), 'a b ?')
  await done()
})
