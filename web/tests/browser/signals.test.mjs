// Badges of trouble in the list, and the moments that an offline file carries.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manyRows } from '../support/made-up.mjs'
import { eventually, open } from '../support/pages.mjs'

const badgesOf = (page, row) =>
  page.locator('.row-place').nth(row).locator('.signal-badge').evaluateAll((badges) => badges.map((badge) => [badge.textContent, badge.title]))

const inView = (page) =>
  page.locator('.signal-badge').evaluateAll((badges) =>
    badges.every((badge) => {
      const place = badge.closest('.signals-cell, .narrow-facts')
      return badge.getBoundingClientRect().right <= place.getBoundingClientRect().right && badge.getBoundingClientRect().bottom <= badge.closest('.row-place').getBoundingClientRect().bottom
    }),
  )

test('a_row_says_what_trouble_there_was_in_words', async () => {
  const { page, done } = await open('/', { recordings: manyRows(12) })
  await page.waitForSelector('.row-place')
  await eventually(async () => assert.deepEqual(await badgesOf(page, 0), [
    ['Rage', '1 rage click: clicks in quick succession that were not all answered'],
    ['Dead 12', '12 dead clicks: the page did nothing'],
    ['Back', '1 quick back: a page left at once for the one before'],
  ]))
  assert.deepEqual(await badgesOf(page, 1), [], 'without trouble')
  assert.deepEqual(await badgesOf(page, 2), [], 'nobody looked yet')
  await page.getByRole('img', { name: '3 rage clicks' }).waitFor()
  assert.ok(await inView(page))
  await done()
})

test('a_narrow_row_has_one_sign_for_all', async () => {
  const { page, done } = await open('/', { recordings: manyRows(12), viewport: { width: 390, height: 900 } })
  await page.waitForSelector('.row-place')
  const [[text, words]] = await eventually(async () => {
    const badges = await badgesOf(page, 0)
    assert.equal(badges.length, 1)
    return badges
  })
  assert.equal(text, '14')
  assert.deepEqual(words.split('\n').map((line) => line.split(':')[0]), ['1 rage click', '12 dead clicks', '1 quick back'])
  assert.ok(await inView(page))
  await done()
})
