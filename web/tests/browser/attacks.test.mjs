// The corpus of attacks (tests/attacks): each is played in the app's page, in an offline file and in the element on a page
// of somebody else without any policy. No script of a recording runs, nothing is asked of anybody, and the page around stays its own.
//
// A request that a policy refuses counts like one that goes out: Chromium says so in its console. Names that end in .test lead to a server
// of these tests, which counts connections. A test of its own shows that all of this is seen. Not seen: a name that is looked up
// beforehand and never connected to, because a browser without a window looks up none.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { disguises } from '../attacks/disguises.mjs'
import { elementsAtFirst, elementsLater } from '../attacks/elements.mjs'
import { grabs } from '../attacks/grabs.mjs'
import { sheetsAtFirst, sheetsLater } from '../attacks/styles.mjs'
import { eventually, open, openOffline, openPlayer, picture, shared, textOnScreen } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'
import { startSite } from '../support/site.mjs'

const table = []
after(() => console.log(table.map((row) => row.join(' | ')).join('\n')))

const addresses = (name) => `http://away.test/${encodeURIComponent(name).replace(/'/g, '%27')}`
const recording = (name, events) => recordingOf({ id: `attack-${name.replace(/[^a-z0-9]+/gi, '-')}`, events: events.map((event) => ({ windowId: 'w1', event })) })

/** What a page is that nobody has touched. */
const identity = (page) => page.evaluate(() => ({
  href: location.href, title: document.title, cookies: document.cookie, local: Object.keys(localStorage).sort().join(), session: Object.keys(sessionStorage).sort().join(), opener: window.opener, name: window.name, length: history.length,
  owned: window.owned, polluted: {}.src ?? {}.node ?? {}.mutation, active: document.activeElement.localName, y: scrollY, pages: frames.length,
}))

/** Where a recording is played: opens it, and tells how to go about it. */
const PLACES = {
  async app(made, options) {
    return openPlayer(made.id, { recordings: [made], ...options })
  },
  async file(made, options) {
    return openOffline(made, options)
  },
  async element(made, options) {
    const html = '<!doctype html><title>mine</title><link rel="icon" href="data:,"><script type="module" src="session-replay.js"></script><session-replay src="r.json" style="height: 700px"></session-replay>'
    const site = await startSite({ folders: [join(shared.dist, 'package')], pages: { '/index.html': html, '/r.json': JSON.stringify(made.lines.map(({ event }) => event)) } })
    const opened = await open(`${site.origin}/`, options)
    const player = opened.page.locator('session-replay')
    await player.evaluate(async (replay) => {
      await customElements.whenDefined('session-replay')
      await replay.ready
      window.cassette = replay
    })
    return { ...opened, site, seek: (ms) => player.evaluate((replay, to) => replay.seek(to), ms), text: () => textOnScreen(opened.page), async done() { await opened.done(); await site.close() } }
  },
}

/** Requests that the page itself has no reason for: by the element `img` and its like, and its own address once more. */
function watchOwn(opened) {
  const odd = []
  opened.page.on('request', (request) => {
    if (/^(data|blob):/.test(request.url())) return
    const isOwn = ['script', 'stylesheet', 'fetch', 'xhr', 'eventsource', 'other'].includes(request.resourceType()) && request.frame() === opened.page.mainFrame()
    if (!isOwn) odd.push(`${request.resourceType()} ${request.url()}`)
  })
  return odd
}

/** The page's own buttons, and those among them that something recorded stands before. */
async function inFront(page) {
  return page.evaluate(() => {
    const inside = (root) => [...root.querySelectorAll('*')].flatMap((element) => (element.shadowRoot ? [element, ...inside(element.shadowRoot)] : [element]))
    const buttons = inside(document).filter((element) => ['button', 'summary'].includes(element.localName) && element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    const covered = buttons.filter((button) => {
      const { left, top, width, height } = button.getBoundingClientRect()
      if (width === 0 || top + height > innerHeight || left + width > innerWidth || top < 0 || left < 0) return false
      const at = button.getRootNode().elementFromPoint(left + width / 2, top + height / 2)
      return at?.localName === 'iframe' || at?.closest?.('.stage-picture') !== null && at !== null
    })
    return { buttons: buttons.length, covered: covered.map((button) => button.textContent || button.ariaLabel || button.title) }
  })
}

/** Plays from where it is to the end. */
async function playThrough(page) {
  await page.evaluate(() => {
    document.querySelector('session-replay').speed = 4
    window.cassette.play()
  })
  await page.waitForFunction(() => window.cassette.currentTime >= window.cassette.duration)
}

async function attack(name, place, events) {
  shared.reached = 0
  const opened = await PLACES[place](recording(name, events))
  const { page, seek, text, foreign, errors } = opened
  const odd = watchOwn(opened)
  const first = await identity(page)
  assert.equal(first.active, 'body')
  await seek(2999)
  await seek(20)
  await playThrough(page)
  await seek(2950)
  for (const key of ['Alt+x', 'Alt+y']) await page.keyboard.press(key)
  await page.waitForTimeout(100)
  const [shown, last, front] = [await text(), await identity(page), await inFront(page)]
  table.push([name, place, `${foreign.length + odd.length} requests`, `${shared.reached} connections`, `${last.owned === undefined ? 0 : 1} scripts`, `${errors.length} complaints`])
  const found = {
    foreign: [...new Set(foreign)], odd: [...new Set(odd)], errors: [...new Set(errors)].map((error) => error.slice(0, 300)), connections: shared.reached, covered: front.covered,
    changed: Object.keys(last).filter((key) => JSON.stringify(last[key]) !== JSON.stringify(first[key])).map((key) => `${key}: ${first[key]} → ${last[key]}`),
  }
  assert.deepEqual(found, { foreign: [], odd: [], errors: [], connections: 0, covered: [], changed: [] }, `${name} in the ${place}`)
  assert.ok(front.buttons > 3, 'the buttons were looked for')
  assert.ok(shown.includes('attacked page'), `“${shown.slice(0, 200)}”`)
  const frames = await picture(page).evaluateAll((all) => all.map((frame) => [frame.getAttribute('sandbox'), frame.closest('[inert]') !== null]))
  assert.deepEqual(frames, [['allow-same-origin', true]])
  await opened.done()
}

test('the_watch_sees_requests_refusals_connections_and_scripts', async () => {
  shared.reached = 0
  const site = await startSite({ pages: { '/index.html': '<!doctype html><link rel="icon" href="data:,"><img src="http://away.test/x"><img src="#own"><script>owned = true</script>' } })
  const opened = await open(site.origin, {})
  const odd = watchOwn(opened)
  await eventually(() => assert.ok(shared.reached > 0, 'a connection'))
  await eventually(() => assert.deepEqual(opened.foreign, ['http://away.test/x']))
  assert.equal((await identity(opened.page)).owned, true)
  await opened.page.evaluate(() => (new Image().src = '#again'))
  await eventually(() => assert.ok(odd.some((request) => request.startsWith('image'))))
  await opened.page.context().close()
  await site.close()
  const strict = await openPlayer('made-up-counter')
  await strict.page.evaluate(() => (new Image().src = '#refused'))
  await eventually(() => assert.match(strict.errors.join(), /violates the following Content Security Policy/))
  await strict.page.context().close()
})

const FAMILIES = { 'style sheets at first': sheetsAtFirst, 'style sheets later': sheetsLater, 'elements at first': elementsAtFirst, 'elements later': elementsLater, disguises, grabs }
for (const [name, events] of Object.entries(FAMILIES)) {
  for (const place of Object.keys(PLACES)) test(`${name}_in_the_${place}`.replaceAll(' ', '_'), () => attack(name, place, events(addresses)))
}
