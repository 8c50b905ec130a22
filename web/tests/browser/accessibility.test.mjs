// axe finds nothing wrong, on every page in every state, light and dark, narrow and wide. The table of states is `support/states.mjs`.
// And no page asks any other origin for anything.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, test } from 'node:test'
import { hasLaidOut, shared } from '../support/pages.mjs'
import { openState, STATES } from '../support/states.mjs'

const AXE = { path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') }
const WIDTHS = [1280, 390]
const THEMES = ['light', 'dark']

after(() => {
  Object.assign(shared.server.state, { answers: {}, loggedIn: true, comments: [], collections: [] })
})

/** What is wrong, in lines. Recorded pages in their frames are other people's. */
async function violations(page) {
  const found = await page.evaluate(async () => (await window.axe.run(document, { iframes: false, resultTypes: ['violations'] })).violations)
  return found.flatMap(({ id, help, nodes }) => nodes.map(({ target, any, all, none }) => `${id}: ${help}: ${target.flat().join(' ')}: ${[...any, ...all, ...none].map(({ message }) => message).join(' ')}`))
}

for (const name of Object.keys(STATES)) {
  test(`nothing_is_in_the_way_of_anybody: ${name}`, async () => {
    const { page, foreign, done } = await openState(name, { before: AXE, viewport: { width: 1280, height: 800 } })
    const wrong = []
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      await page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme)
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 800 })
        await hasLaidOut(page)
        wrong.push(...(await violations(page)).map((line) => `${theme}, ${width} px: ${line}`))
      }
    }
    assert.deepEqual(wrong, [])
    assert.deepEqual(foreign, [], 'requests to other origins')
    await done()
  })
}
