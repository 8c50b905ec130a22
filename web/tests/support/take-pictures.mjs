// One test for each state that `screenshots.mjs` wants pictures of: it passes when the state is on screen and was taken. At the end
// the page that shows them all is written.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openState, STATES } from './states.mjs'

const THEMES = ['light', 'dark']
const SCREENS = [{ width: 390, height: 844 }, { width: 1280, height: 800 }, { width: 2560, height: 1440 }]
/** A page that is longer than its window is taken to this length. */
const LONGEST = 2400

const out = process.env.CASSETTE_PICTURES
const words = (process.env.CASSETTE_STATES ?? '').split('\n').filter(Boolean)
const names = Object.keys(STATES).filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
if (names.length === 0) throw new Error(`no state has one of these words in its name: ${words.join(', ')}`)

const fileName = (name, theme, width) => `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}_${theme}_${width}.png`

/** In the page: until it has the theme, and what is drawn after a change of size and theme was drawn. */
async function settled(theme) {
  scrollTo(0, 0)
  const frame = () => new Promise(requestAnimationFrame)
  while (document.documentElement.dataset.theme !== theme) await frame()
  for (let count = 0; count < 2; count++) await frame()
}

/** The window and what lies below it. By the protocol itself, which is told to be quick rather than small. */
async function take(session, { width, height }, path) {
  const { cssContentSize } = await session.send('Page.getLayoutMetrics')
  const clip = { x: 0, y: 0, width, height: Math.min(LONGEST, Math.max(height, cssContentSize.height)), scale: 1 }
  const { data } = await session.send('Page.captureScreenshot', { format: 'png', optimizeForSpeed: true, captureBeyondViewport: clip.height > height, clip })
  writeFileSync(path, Buffer.from(data, 'base64'))
}

for (const name of names) {
  test(`is_shown: ${name}`, async () => {
    const { page, done } = await openState(name, { viewport: { width: 1280, height: 800 } })
    const session = await page.context().newCDPSession(page)
    for (const screen of SCREENS) {
      await page.setViewportSize(screen)
      for (const theme of THEMES) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
        await page.evaluate(settled, theme)
        await take(session, screen, join(out, fileName(name, theme, screen.width)))
      }
    }
    await done()
  })
}

after(() => writeFileSync(join(out, 'index.html'), overview()))

function overview() {
  const sections = names.map((name) => {
    const pictures = THEMES.flatMap((theme) => SCREENS.map(({ width }) => ({ file: fileName(name, theme, width), what: `${name}, ${theme}, ${width} px` })))
    const figures = pictures.map(({ file, what }) => `<a href="${file}"><img src="${file}" alt="${what}" title="${what}" loading="lazy"></a>`)
    return `<section><h2 id="${fileName(name, 'light', 0).split('_')[0]}">${name}</h2>\n<div>${figures.join('\n')}</div></section>`
  })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pictures of Cassette</title>
<style>
body { margin: 24px; font: 15px/1.4 system-ui, sans-serif; background: #888; color: #fff }
h2 { margin: 28px 0 8px; font-size: 16px }
div { display: flex; gap: 12px; align-items: flex-start; overflow-x: auto }
img { display: block; height: 420px; width: auto; max-width: none }
</style>
<h1>Pictures of Cassette</h1>
${sections.join('\n')}
</html>
`
}
