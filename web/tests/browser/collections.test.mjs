// Collections: made, filled from the list, opened, shared, renamed, pinned and deleted.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, open, openPlayer, shared } from '../support/pages.mjs'
import { madeUpRecordings, manyRows } from '../support/made-up.mjs'

function collection(name, more = {}) {
  const now = new Date().toISOString()
  return { id: 1, short_id: name.toLowerCase().replace(/\W/g, '').slice(0, 8), type: 'collection', name, description: '', pinned: false, deleted: false, filters: {}, sessions: [], created_at: now, last_modified_at: now, created_by: { first_name: 'Ann' }, ...more }
}

test('recordings_are_put_into_a_new_collection_and_into_one_that_is_there', async () => {
  shared.server.state.collections = [collection('Anger')]
  const { page, done } = await open('/', { recordings: manyRows(40) })
  await page.waitForSelector('.row-place')
  await page.locator('.row-check').nth(0).click()
  await page.locator('.row-check').nth(2).click()
  await page.getByRole('button', { name: 'Add to collection' }).click()
  await page.getByRole('button', { name: /^Anger/ }).click()
  await page.getByText('Added to “Anger”').waitFor()
  assert.deepEqual([...shared.server.state.collections[0].sessions].sort(), ['row-0', 'row-2'])
  await page.getByRole('button', { name: 'Add to collection' }).click()
  await page.getByLabel('Find a collection, or name a new one').fill('Joy')
  await page.keyboard.press('Enter')
  await page.getByText('Added to “Joy”').waitFor()
  assert.deepEqual(shared.server.state.collections.map(({ name, sessions }) => [name, sessions.length]), [['Joy', 2], ['Anger', 2]])
  await done()
})

test('a_collection_shows_its_recordings_and_lets_them_go', async () => {
  const recordings = manyRows(120)
  shared.server.state.collections = [collection('Anger', { sessions: recordings.slice(0, 70).map(({ id }) => id), description: 'Those who gave up.' })]
  const { page, done } = await open('/collections/anger', { recordings })
  await page.getByRole('heading', { name: 'Anger' }).waitFor()
  await page.getByText('70 recordings').waitFor()
  await page.getByText('Those who gave up.').waitFor()
  await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight }))
  await page.waitForFunction(() => document.querySelector('[aria-posinset="70"] a')?.getAttribute('href') === '/recordings/row-69')
  await page.locator('[data-index="69"] .row-check').click()
  await page.getByRole('button', { name: 'Take out' }).click()
  await page.getByText('69 recordings').waitFor()
  assert.equal(shared.server.state.collections[0].sessions.length, 69)
  assert.equal(shared.server.state.recordings.length, 120, 'the recording itself stays')
  await page.getByRole('button', { name: 'Change', exact: true }).click()
  await page.getByLabel('What it is about').fill('Those who came back.')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Those who came back.').waitFor()
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByRole('button', { name: 'Create a link' }).click()
  await eventually(async () => assert.equal(await page.getByLabel('Link').inputValue(), `${shared.server.origin}/shared/share-token`))
  await page.getByRole('button', { name: 'Stop sharing' }).click()
  await page.getByRole('button', { name: 'Create a link' }).waitFor()
  await done()
})

test('collections_are_found_made_renamed_pinned_and_deleted', async () => {
  shared.server.state.collections = [
    collection('Anger'),
    collection('Mobile', { type: 'filters', filters: { date_from: '-7d', having_predicates: [{ type: 'recording', key: 'click_count', operator: 'gte', value: 3 }] } }),
  ]
  const { page, done } = await open('/collections', { recordings: manyRows(40) })
  await page.getByRole('link', { name: /Anger/ }).waitFor()
  await page.getByText('Recordings from the last 7 days, with at least 3 clicks').waitFor()
  await page.getByLabel('Find a collection').fill('mob')
  await page.getByRole('link', { name: /Anger/ }).waitFor({ state: 'detached' })
  await page.getByLabel('Find a collection').fill('nothing like it')
  await page.getByText('No collection is called so').waitFor()
  await page.getByLabel('Find a collection').fill('')
  await page.getByRole('button', { name: 'Pin Mobile' }).click()
  await page.waitForFunction(() => document.querySelector('.collection-place')?.textContent.includes('Mobile'))
  await page.getByRole('button', { name: 'Rename' }).last().click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Fury')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: /Fury/ }).waitFor()
  await page.getByRole('button', { name: 'Delete Fury' }).click()
  await page.getByRole('dialog', { name: 'Delete “Fury”?' }).getByRole('button', { name: 'Delete the collection' }).click()
  await page.getByRole('link', { name: /Fury/ }).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'New collection' }).click()
  await page.getByRole('textbox', { name: 'Name' }).fill('Fresh')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/collections\/made/)
  await page.getByText('Nothing is in it yet').waitFor()
  await done()
})

test('no_collection_at_all_and_one_that_is_gone_are_said', async () => {
  shared.server.state.collections = []
  const { page, done } = await open('/collections', { recordings: [], allow: (message) => message.includes('404') })
  await page.getByText('No collections yet').waitFor()
  await page.goto(`${shared.server.origin}/collections/nobody`, { waitUntil: 'commit' })
  await page.getByText('There is no such collection').waitFor()
  await done()
})

test('the_player_says_which_collections_hold_its_recording_and_puts_it_into_others', async () => {
  const recordings = madeUpRecordings()
  const [{ id }] = recordings
  shared.server.state.collections = [collection('Anger', { sessions: [id] }), collection('Joy')]
  const { page, done } = await openPlayer(id, { recordings })
  await page.getByRole('button', { name: 'Collect', exact: true }).click()
  await page.getByRole('button', { name: /^Anger/, pressed: true }).waitFor()
  await page.getByRole('button', { name: /^Joy/, pressed: false }).click()
  await page.getByText('Added to “Joy”').waitFor()
  await page.getByRole('button', { name: 'Collect', exact: true }).click()
  await page.getByRole('button', { name: /^Anger/, pressed: true }).click()
  await page.getByText('Taken out of “Anger”').waitFor()
  await page.getByLabel('Find a collection, or name a new one').fill('Fresh')
  await page.keyboard.press('Enter')
  await page.getByText('Added to “Fresh”').waitFor()
  assert.deepEqual(shared.server.state.collections.map(({ name, sessions }) => [name, sessions]), [['Fresh', [id]], ['Anger', []], ['Joy', [id]]])
  await done()
})
