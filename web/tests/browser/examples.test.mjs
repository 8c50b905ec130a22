// The examples, as people open them: every one plays, and asks nobody but whom it names.

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { eventually, open, shared, shows, textOnScreen, waitForText } from '../support/pages.mjs'
import { counter } from '../support/made-up.mjs'
import { startSite } from '../support/site.mjs'

const examples = fileURLToPath(new URL('../../../examples', import.meta.url))
const built = () => join(shared.dist, 'package')

test('the_plain_page_plays_the_file_beside_it', async () => {
  shared.reached = 0
  const site = await startSite({ folders: [join(examples, 'plain-page'), built()] })
  const { page, foreign, done } = await open(`${site.origin}/`)
  await page.locator('session-replay').evaluate((replay) => customElements.whenDefined('session-replay').then(() => replay.ready))
  assert.match(await textOnScreen(page), /^Lamps & Co Cart: 0/)
  await page.getByRole('button', { name: 'show it' }).click()
  await waitForText(page, 'Please try again.')
  await page.locator('#time', { hasText: '4.3' }).waitFor()
  await page.getByRole('tab', { name: 'Network' }).click()
  await page.getByText('/api/cart').first().waitFor()
  assert.equal(await page.getByRole('tab', { name: 'Details' }).count(), 0, 'a panel that was not named')
  assert.equal(await page.locator('.played').evaluate((bar) => getComputedStyle(bar, '::before').backgroundColor), 'rgb(138, 75, 18)', "the page's colour")
  assert.deepEqual(foreign, [])
  assert.equal(shared.reached, 0)
  await done()
  await site.close()
})

test('the_dashboard_shows_a_link_in_a_frame_and_leads_it_to_a_moment', async () => {
  const recording = counter()
  const opened = { shareToken: 'pass', project_id: 1, type: 'recording', recordings: [recording.facts], settings: { showInspector: false } }
  shared.server.state.answers = { 'POST /embedded/TOKEN': opened, 'GET /embedded/TOKEN/alive': {} }
  const html = readFileSync(join(examples, 'dashboard/index.html'), 'utf8')
  const site = await startSite({ folders: [join(examples, 'dashboard')], pages: { '/index.html': html.replace('https://cassette.example', shared.server.origin) } })
  const { page, foreign, done } = await open(`${site.origin}/`, { recordings: [recording] })
  const frame = await (await page.waitForSelector('iframe')).contentFrame()
  const text = () => frame.locator('.stage-picture:not(.is-coming) iframe').evaluate(({ contentDocument }) => contentDocument.body.innerText.replace(/\s+/g, ' ').trim())
  await frame.waitForFunction(() => window.cassette)
  await frame.evaluate(() => window.cassette.ready)
  assert.equal(await text(), 'Counter value 0 Add one')
  await page.getByRole('button', { name: 'Five seconds in' }).click()
  await frame.waitForFunction(() => window.cassette.currentTime === 5000)
  await eventually(async () => assert.equal(await text(), 'Counter value 5 Add one'))
  assert.equal(await frame.locator('.topbar, .side').count(), 0)
  assert.deepEqual(foreign, [])
  await done()
  shared.server.state.answers = {}
  await site.close()
})

test('the_page_of_a_desktop_app_plays_files_without_a_server', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cassette-electron-'))
  cpSync(join(examples, 'electron'), folder, { recursive: true })
  cpSync(join(built(), 'session-replay.classic.js'), join(folder, 'session-replay.classic.js'))
  const file = join(examples, 'plain-page/visit.ndjson.zst')
  const address = pathToFileURL(join(folder, 'index.html')).href
  const inFolder = { folder: pathToFileURL(folder).href }

  const chosen = await open(address, inFolder)
  // Its script has to be there to hear of a choice.
  await chosen.page.waitForLoadState()
  await chosen.page.locator('header input').setInputFiles(file)
  await chosen.page.getByText('12 seconds', { exact: true }).waitFor()
  await shows(chosen.page, /^Lamps & Co Cart: 0/)
  assert.equal(chosen.page.workers().length, 1, 'it decodes in a worker')
  await chosen.page.locator('header input').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('shopping list') })
  await chosen.page.getByRole('status').getByText('The file begins with “shopping list”').waitFor()
  assert.deepEqual(chosen.foreign, [])
  await chosen.done()

  // As a preload script would.
  const bytes = [...readFileSync(file)]
  const handed = await open(address, { ...inFolder, before: `window.recordings = { opened: async () => Uint8Array.from(${JSON.stringify(bytes)}) }` })
  await handed.page.getByText('12 seconds', { exact: true }).waitFor()
  await handed.page.locator('session-replay').evaluate((replay) => replay.seek(7000))
  assert.match(await textOnScreen(handed.page), /Cart: 1.*It is in your cart\./)
  assert.deepEqual(handed.foreign, [])
  await handed.done()
})
