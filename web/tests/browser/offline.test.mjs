// The file that holds player and recording.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openOffline } from '../support/pages.mjs'
import { counter } from '../support/made-up.mjs'

test('the_offline_page_plays_and_tells_what_the_app_does', async () => {
  const { page, foreign, seek, text, done } = await openOffline(counter(), { leftOut: [{ what: 'configuration events', count: 2, reason: 'they carry tokens' }] })
  const valueAt = (ms) => (ms < 16_000 ? Math.floor(ms / 1000) : ms < 56_000 ? 15 : Math.min(30, Math.floor((ms - 40_000) / 1000)))
  for (const ms of [12, 3000, 70_200, 9999, 62_500, 0]) {
    await seek(ms)
    assert.equal(await text(), `Counter value ${valueAt(Math.max(12, ms))} Add one`, `at ${ms}`)
  }
  await page.evaluate(() => { location.hash = '#t=8' })
  await page.waitForFunction(() => window.cassette.currentTime === 8000)
  await page.keyboard.press('ArrowRight')
  await page.waitForFunction(() => window.cassette.currentTime === 13_000)
  await page.getByRole('tab', { name: 'Console' }).click()
  await page.getByRole('button', { name: /basket is undefined/ }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 5500)
  await page.getByRole('tab', { name: 'Details' }).click()
  for (const words of ['2 configuration events', 'they carry tokens', 'ann@example.com', 'Mozilla/5.0 (made up)']) await page.getByText(words, { exact: true }).last().waitFor()
  await page.getByText('Licences').click()
  await page.getByText('The MIT License').waitFor()
  const links = await page.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href')))
  assert.deepEqual(links.filter((href) => !href.startsWith('#')), [], 'links that lead out of the page')
  assert.deepEqual(foreign, [])
  await done()
})

test('an_offline_page_that_was_damaged_says_so', async () => {
  const recording = counter()
  const cut = await openOffline(recording, { change: (html) => html.replace(/<script type="application\/json"[^]*?<\/script>/, '') })
  await cut.page.getByText('There is no recording in this file').waitFor()
  await cut.done()
  const broken = await openOffline(recording, { change: (html) => html.replace(/(id="block-3">.{40})..../, '$1AAAA') })
  await broken.seek(70_200)
  assert.equal(await broken.text(), 'Counter value 30 Add one')
  await broken.page.getByRole('tab', { name: 'Details' }).click()
  await broken.page.getByText('1 part of the recording could not be loaded').waitFor()
  await broken.done()
})

test('an_offline_page_plays_without_a_worker_too', async () => {
  const change = (html) => html.replace('worker-src blob:', "worker-src 'none'")
  const { page, seek, text, done } = await openOffline(counter({ id: 'alone' }), { change, allow: (message) => /worker/i.test(message) })
  assert.equal(page.workers().length, 0)
  await seek(62_500)
  assert.equal(await text(), 'Counter value 22 Add one')
  await done()
})
