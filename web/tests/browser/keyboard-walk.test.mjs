// With the Tab key alone, through every page: everything that can be pressed is reached, in the order in which it is read; where the focus
// is can be seen; nothing holds it; what opens over the page gives it back.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { shared } from '../support/pages.mjs'
import { openState } from '../support/states.mjs'

const MOST_STOPS = 120
/** Around an element: its outline, and its offset. */
const RIM_PX = 6

after(() => {
  Object.assign(shared.server.state, { answers: {}, loggedIn: true, comments: [], collections: [] })
})

/** What the tests ask of a page, from within: the focus stands in the shadow of the player as often as in the page. */
function installWalk() {
  const PRESSABLE = 'a[href], button, input, select, textarea, summary, [tabindex], [role=button], [role=slider]'
  const everything = (root) => [...root.querySelectorAll('*')].flatMap((one) => [one, ...(one.shadowRoot ? everything(one.shadowRoot) : [])])
  const numbers = new Map()
  const nameOf = (element) => {
    if (!numbers.has(element)) numbers.set(element, numbers.size)
    const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.innerText ?? (element.innerText || element.title || element.placeholder || '')
    return `${element.localName} “${name.trim().replace(/\s+/g, ' ').slice(0, 50)}” (${numbers.get(element)})`
  }
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 0 && !element.closest('[inert]')
  /** In a group of which the arrows move the focus, one is in the order of Tab. */
  const groupOf = (element) => element.closest('[role=tablist], [role=listbox], [role=list], [role=tree], ol, ul, [role=row], [role=group]')
  const isByArrows = (element) => {
    if (element.type === 'radio') return true
    if (element.tabIndex >= 0) return false
    const group = groupOf(element)
    return group !== null && [...group.querySelectorAll(PRESSABLE)].some((other) => other.tabIndex >= 0)
  }
  const focused = () => {
    let element = document.activeElement
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
    return element === document.body || element === document.documentElement ? null : element
  }
  const boxOf = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect()
    return { x, y, width, height }
  }
  let last
  window.walk = {
    /** The next Tab is the first of the page. */
    begin() {
      const start = document.createElement('span')
      start.tabIndex = -1
      document.body.prepend(start)
      start.focus()
      scrollTo(0, 0)
    },
    focus() {
      const element = focused()
      if (!element) return null
      element.scrollIntoView({ block: 'nearest', inline: 'nearest' })
      const before = last
      last = element
      const landmark = element.closest('dialog, [role=dialog], nav, header, footer, form, section, [role=region], [role=group], [role=search], [role=toolbar], li, table, .topbar-content')
      // Where it is and where the one before is now: the page may have moved in between.
      return { name: nameOf(element), number: numbers.get(element), box: boxOf(element), before: before?.isConnected ? boxOf(before) : null, landmark: landmark ? nameOf(landmark) : '' }
    },
    hide() {
      const element = focused()
      element?.blur()
      return element ? boxOf(element) : null
    },
    pressable: () => everything(document).filter((one) => one.matches(PRESSABLE) && one.tabIndex >= 0 && !one.disabled && isShown(one) && one.type !== 'radio').map((one) => ({ name: nameOf(one), number: numbers.get(one) })),
    /** Seen, pressed, and by no key. */
    unreachable: () => everything(document).filter((one) => one.matches('a[href], button, input, select, textarea, summary') && !one.disabled && one.tabIndex < 0 && isShown(one) && !isByArrows(one)).map(nameOf),
  }
}

async function picture(page, box) {
  const { width, height } = page.viewportSize()
  const [x, y] = [Math.max(0, Math.floor(box.x - RIM_PX)), Math.max(0, Math.floor(box.y - RIM_PX))]
  const [right, bottom] = [Math.min(width, Math.ceil(box.x + box.width + RIM_PX)), Math.min(height, Math.ceil(box.y + box.height + RIM_PX))]
  if (right <= x || bottom <= y) return undefined
  return (await page.screenshot({ clip: { x, y, width: right - x, height: bottom - y }, caret: 'hide', animations: 'allow' })).toString('base64')
}

/** Presses Tab from the start of the page until it leaves it. */
async function walkThrough(page) {
  await page.evaluate(() => window.walk.begin())
  const stops = []
  const wrong = []
  for (;;) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(() => window.walk.focus())
    if (!stop) return { stops, wrong }
    if (stops.some(({ number }) => number === stop.number)) return { stops, wrong: [...wrong, `it comes back to ${stop.name}`] }
    const seen = await picture(page, stop.box)
    await page.evaluate(() => window.walk.hide())
    if (seen === undefined || seen === (await picture(page, stop.box))) wrong.push(`the focus cannot be seen on ${stop.name}`)
    stops.push(stop)
    if (stops.length > MOST_STOPS) return { stops, wrong: [...wrong, 'it never ends'] }
  }
}

/** In a landmark one goes down, or to the right in the same line. */
function outOfOrder(stops) {
  return stops.slice(1).flatMap((stop, index) => {
    const { box, before } = stop
    if (stop.landmark !== stops[index].landmark || !before) return []
    const isBelow = box.y + box.height > before.y + before.height - 2 && box.y >= before.y - 2
    const isBehind = box.x >= before.x - 2 && box.y + box.height > before.y
    return isBelow || isBehind ? [] : [`${stops[index].name} comes before ${stop.name}`]
  })
}

const PAGES = [
  'list', 'list, many filters', 'list, nothing yet', 'login', 'live', 'live, nobody', 'collections', 'collection', 'settings, project', 'settings, recording', 'settings, keys', 'settings, users', 'settings, storage', 'API',
  'player, Events', 'player, request opened', 'player, Inspect', 'player, Comments', 'player, Details', 'player, failed', 'link', 'link to a collection', 'link, locked', 'a file that plays by itself',
]

for (const name of PAGES) {
  test(`tab_reaches_everything_and_its_place_is_seen: ${name}`, async () => {
    const { page, done } = await openState(name, { before: `(${installWalk})()`, viewport: { width: 1280, height: 800 } })
    const { stops, wrong } = await walkThrough(page)
    const reached = new Set(stops.map(({ number }) => number))
    const [pressable, unreachable] = await page.evaluate(() => [window.walk.pressable(), window.walk.unreachable()])
    assert.deepEqual(wrong, [])
    assert.deepEqual(outOfOrder(stops), [])
    assert.deepEqual(unreachable, [], 'neither in the order of Tab nor in a group that the arrows walk through')
    assert.deepEqual(pressable.filter(({ number }) => !reached.has(number)).map(({ name: one }) => one), [], 'not reached')
    if (await page.locator('header.topbar').count()) {
      assert.match(stops[0].name, /Skip to content/)
      await page.getByRole('link', { name: 'Skip to content' }).focus()
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      const next = await page.evaluate(() => window.walk.focus()?.name)
      assert.ok(next === undefined || !(await page.evaluate(() => document.activeElement.closest('header'))), `it leads to ${next}`)
    }
    await done()
  })
}

/** What opens over a page: by which button, under which name, and whether nothing else can be reached then. */
const OPENS = [
  ['list, many filters', (page) => page.getByRole('button', { name: /from the last 7 days/ }), 'When they began'],
  ['list, many filters', (page) => page.getByRole('button', { name: /^with at least 3 clicks/ }), 'with at least 3 clicks'],
  ['list, many filters', (page) => page.locator('.part.is-add'), 'Add a filter'],
  ['list, many filters', (page) => page.getByRole('button', { name: 'newest first' }), 'Order'],
  ['list, many filters', (page) => page.getByRole('button', { name: /^Save/ }), 'Save as collection'],
  ['list, rows chosen', (page) => page.getByRole('button', { name: 'Add to collection' }), 'Add to a collection'],
  ['list, rows chosen', (page) => page.getByRole('button', { name: 'Delete…' }), 'Delete 1 recording for good?', 'modal'],
  ['collections', (page) => page.getByRole('button', { name: 'New collection' }), 'New collection'],
  ['collections', (page) => page.getByRole('button', { name: 'Delete Anger' }), 'Delete “Anger”?', 'modal'],
  ['collection', (page) => page.getByRole('button', { name: 'Share' }), 'Share'],
  ['settings, project', (page) => page.getByRole('button', { name: 'Make another token…' }), 'Another token for Default?', 'modal'],
  ['settings, keys', (page) => page.getByRole('button', { name: 'Take back…' }), 'Take back Nightly export?', 'modal'],
  ['settings, users', (page) => page.getByRole('button', { name: 'Remove…' }).first(), /^Remove/, 'modal'],
  ['player, Events', (page) => page.getByRole('button', { name: 'Collect' }), /collection/i],
  ['player, Events', (page) => page.getByRole('button', { name: 'Share' }), 'Share this recording', 'modal'],
  ['player, Events', (page) => page.getByRole('button', { name: 'Moments' }), 'Moments'],
  ['player, Events', (page) => page.getByRole('button', { name: 'Keyboard shortcuts' }), 'Keyboard shortcuts', 'modal'],
]

for (const [state, opener, name, kind] of OPENS) {
  test(`what_opens_takes_the_focus_and_gives_it_back: ${state}, ${name}`, async () => {
    const { page, done } = await openState(state, { before: `(${installWalk})()`, viewport: { width: 1280, height: 800 } })
    const button = opener(page)
    await button.focus()
    const before = await page.evaluate(() => window.walk.focus().number)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name })
    await dialog.waitFor()
    const isInside = () => dialog.evaluate((one) => one.matches(':focus-within'))
    await page.waitForTimeout(50)
    assert.ok(await isInside(), 'the focus went into it')
    if (kind === 'modal') {
      const reached = new Set()
      for (let press = 0; press < 40; press++) {
        await page.keyboard.press('Tab')
        const stop = await page.evaluate(() => window.walk.focus())
        if (stop) assert.ok(await isInside(), `Tab leads out of it, to ${stop.name}`)
        reached.add(stop?.number)
      }
      assert.ok(reached.size > 1, 'Tab moves in it')
    }
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    assert.equal(await page.evaluate(() => window.walk.focus()?.number), before, 'the focus is where it was')
    await done()
  })
}

/** What takes the place of its button: how it is opened, and what closes it. */
const REPLACES = [
  ['player, Comments', (page) => page.getByRole('button', { name: 'Answer' }), (page) => page.keyboard.press('Escape')],
  ['player, Comments', (page) => page.getByRole('button', { name: 'Change', exact: true }), (page) => page.keyboard.press('Escape')],
  ['player, Comments', (page) => page.getByRole('article').last().getByRole('button', { name: 'Delete' }), (page) => page.getByRole('button', { name: 'Keep' }).press('Enter')],
  ['player, Details', (page) => page.getByRole('button', { name: 'Delete…' }), (page) => page.getByRole('button', { name: 'Keep it' }).press('Enter')],
  ['player, Details', (page) => page.getByRole('button', { name: 'Mark as not watched' }), (page) => page.getByText('Marked as not watched.').waitFor()],
  ['collection', (page) => page.getByRole('button', { name: 'Change', exact: true }), (page) => page.keyboard.press('Escape')],
  ['collection', (page) => page.getByRole('button', { name: 'Change', exact: true }), (page) => page.getByRole('button', { name: 'Cancel' }).press('Enter')],
]

for (const [place, [state, opener, close]] of REPLACES.entries()) {
  test(`a_button_that_is_back_has_the_focus: ${state}, ${place}`, async () => {
    const { page, done } = await openState(state, { before: `(${installWalk})()`, viewport: { width: 1280, height: 800 } })
    await opener(page).press('Enter')
    await page.waitForTimeout(50)
    await close(page)
    await opener(page).waitFor()
    await page.waitForTimeout(50)
    assert.ok(await opener(page).evaluate((button) => button.matches(':focus')), 'the focus is where it was')
    await done()
  })
}
