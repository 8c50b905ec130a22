// The bar of the app on a phone: every place can be seen and reached, and nothing lies beyond the edge.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manyRows } from '../support/made-up.mjs'
import { open } from '../support/pages.mjs'

const PLACES = ['Recordings', 'Live', 'Collections', 'Settings']

for (const width of [390, 320]) {
  test(`no_place_of_the_bar_is_cut_off_at_${width}_pixels`, async () => {
    const { page, done } = await open('/', { recordings: manyRows(5), viewport: { width, height: 800 } })
    const bar = page.getByRole('banner')
    await page.waitForSelector('.row-place')
    const boxes = []
    for (const name of PLACES) boxes.push(await bar.getByRole('link', { name, exact: true }).boundingBox())
    for (const button of await bar.getByRole('button').all()) boxes.push(await button.boundingBox())
    for (const { x, width: wide, height } of boxes) {
      assert.ok(x >= 0 && x + wide <= width, `it lies from ${x} to ${x + wide} of ${width}`)
      assert.ok(height >= 24, `it is ${height} high`)
    }
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, 'the page does not scroll sideways')
    await bar.getByRole('link', { name: 'Settings' }).click()
    await page.waitForURL('**/settings')
    await done()
  })
}
