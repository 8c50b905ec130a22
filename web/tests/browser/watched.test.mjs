// Whose marks of having watched a recording there are, behind its details: as the server says it, and as it changes from this page.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counter, madeUpRecordings } from '../support/made-up.mjs'
import { openOffline, openPlayer, shared } from '../support/pages.mjs'

async function openDetails(marks) {
  const recording = counter()
  Object.assign(recording.facts, marks)
  const opened = await openPlayer(recording.id, { recordings: [recording, ...madeUpRecordings().slice(1)] })
  await opened.page.getByRole('tab', { name: 'Details' }).click()
  return { ...opened, recording }
}

const OTHERS = ['ben@example.com', 'carla@example.com', 'dan@example.com']

/** What stands beside “Watched by”, in one line. */
const watchedBy = async (page) => (await page.locator('dt', { hasText: 'Watched by' }).locator('+ dd').innerText()).replace(/\s+/g, ' ').trim()

for (const [name, marks, words] of [
  ['nobody', {}, 'nobody yet'],
  ['me', { viewed: true }, 'you'],
  ['others', { viewers: OTHERS }, '3 people ben@example.com, carla@example.com, dan@example.com'],
  ['me_and_another', { viewed: true, viewers: OTHERS.slice(0, 1) }, 'you and 1 other ben@example.com'],
  ['many', { viewed: true, viewers: Array.from({ length: 1200 }, (_, number) => `u${number}`) }, 'you and 1,200 others u0, u1, u2, u3, u4 and 1,195 more'],
]) {
  test(`watched_by_${name}`, async () => {
    const { page, done } = await openDetails(marks)
    assert.equal(await watchedBy(page), words)
    await done()
  })
}

test('who_looks_for_some_seconds_has_watched_it_until_the_mark_is_taken_back', async () => {
  const { page, recording, done } = await openDetails({ viewers: OTHERS.slice(0, 1) })
  assert.match(await watchedBy(page), /^1 person/)
  await page.locator('dd', { hasText: /^you and 1 other/ }).waitFor({ timeout: 15_000 })
  assert.equal(recording.facts.viewed, true)
  await page.getByRole('button', { name: 'Mark as not watched' }).click()
  await page.locator('dd', { hasText: /^1 person/ }).waitFor()
  await done()
})

test('a_file_says_nothing_of_who_watched_it', async () => {
  const { page, done } = await openOffline(counter())
  await page.getByRole('tab', { name: 'Details' }).click()
  await page.getByText('Recorded by').waitFor()
  assert.equal(await page.getByText('Watched by').count(), 0)
  assert.equal(shared.reached, 0)
  await done()
})
