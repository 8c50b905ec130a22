// The inspector: elements of the recorded page at a moment, and what became of them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { click, meta, snapshot } from '../support/made-up.mjs'
import { eventually, openPlayer, shared } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'

const START = meta(0).timestamp
const text = (id, textContent) => ({ type: 3, id, textContent })
const element = (id, tagName, attributes = {}, childNodes = [], more = {}) => ({ type: 2, id, tagName, attributes, childNodes, ...more })
const change = (at, data) => ({ type: 3, timestamp: START + at, data: { source: 0, texts: [], attributes: [], removes: [], adds: [], ...data } })
const typed = (at, id, value) => ({ type: 3, timestamp: START + at, data: { source: 5, id, text: value, isChecked: false } })

const body = () => [
  element(10, 'main', { id: 'shop' }, [
    element(11, 'ul', { class: 'rows' }, [20, 30, 40].map((id) => element(id, 'li', { class: 'row' }, [element(id + 1, 'span', {}, [text(id + 2, `row ${id}`)]), element(id + 3, 'button', { class: 'add css-1a2b3c4d' }, [text(id + 4, 'Add')])]))),
    element(50, 'input', { name: 'card', value: '****', style: 'display:block' }),
    element(51, 'img', { src: 'https://shop.test/picture.png', alt: 'A "lamp"', style: 'display:block; width: 40px; height: 40px' }),
    element(52, 'div', { 'data-testid': 'host' }, [element(53, 'b', {}, [text(54, 'in the shadow')], { isShadow: true })], { isShadowHost: true }),
    element(55, 'a', { href: 'javascript:alert(1)', onclick: 'alert(2)' }, [text(56, 'a link')]),
  ]),
]
const events = () => [
  meta(0), snapshot(10, body()),
  change(1000, { attributes: [{ id: 23, attributes: { class: 'add is-busy', disabled: '' } }] }), click(1500, 24), change(2000, { texts: [{ id: 24, value: 'Added' }], attributes: [{ id: 23, attributes: { disabled: null } }] }),
  typed(2500, 50, '*******'), change(3000, { removes: [{ id: 20, parentId: 11 }] }),
  change(4000, { adds: [{ parentId: 11, nextId: 30, node: element(20, 'li', { class: 'row' }) }, { parentId: 20, nextId: null, node: element(23, 'button', { class: 'add' }) }, { parentId: 23, nextId: null, node: text(24, 'Again') }] }),
  meta(6000, 'https://shop.example/other'), snapshot(6010, [element(23, 'p', {}, [text(24, 'something else')])]), click(7000, 23),
]
const recording = () => recordingOf({ id: 'inspect', events: events().map((event) => ({ windowId: 'w', event })), blockBytes: 600 })

async function openInspector(options) {
  const opened = await openPlayer('inspect', { recordings: [recording()], ...options })
  await opened.page.getByRole('tab', { name: 'Inspect' }).click()
  const panel = opened.page.getByRole('region', { name: 'Inspect' })
  const frame = opened.page.frameLocator('.stage-picture:not(.is-coming) iframe')
  const pick = async (selector) => {
    await panel.getByRole('button', { name: 'Pick an element' }).click()
    const box = await frame.locator(selector).boundingBox()
    await opened.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
    await opened.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
    await panel.locator('.selector').waitFor()
  }
  const told = async () => (await panel.locator('.history li').allInnerTexts()).map((one) => one.replace(/\s+/g, ' ').trim())
  const wholeHistory = () => panel.getByText('Reading the recording').waitFor({ state: 'detached' })
  return { ...opened, panel, frame, pick, told, wholeHistory, selector: () => panel.locator('.selector').innerText() }
}

test('an_element_is_picked_and_its_whole_history_is_told', async () => {
  const { page, panel, seek, pick, told, wholeHistory, selector, done } = await openInspector()
  await seek(1200)
  await pick('li:first-child button')
  assert.equal(await page.evaluate(() => window.cassette.currentTime), 1200, 'a pick is no click on the player')
  await eventually(async () => assert.equal(await selector(), 'button.is-busy'))
  await wholeHistory()
  await eventually(async () => assert.deepEqual(await told(), [
    '0:00 Was there when the page was recorded', '0:01 class: add css-1a2b3c4d → add is-busy', '0:01 disabled: none → set, without a value', '0:01 Was clicked', '0:02 Text: Add → Added',
    '0:02 disabled: set, without a value → none', '0:03 Was removed', '0:04 Appeared', '0:06 Was not there when the page was recorded anew',
  ]))
  await panel.getByRole('button', { name: /Was removed/ }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 3000)
  await panel.getByText('The element is not in the page at this moment.').waitFor()
  await panel.getByRole('button', { name: /Appeared/ }).click()
  await panel.getByText('Again').waitFor()
  await seek(6500)
  // The same number is a paragraph by now.
  await panel.getByText('The element is not in the page at this moment.').waitFor()
  await done()
})

test('the_selector_of_every_element_finds_it_and_nothing_else', async () => {
  const { page, panel, selector, done } = await openInspector()
  await panel.getByRole('button', { name: 'Start at the body' }).click()
  await panel.locator('.selector').waitFor()
  const seen = []
  const walk = async () => {
    const own = await selector()
    seen.push(own)
    const node = Number(await panel.locator('dt:text-is("Node") + dd').innerText())
    const found = await page.locator('.stage-picture:not(.is-coming) iframe').evaluate((frame, wanted) => {
      const root = frame.contentDocument
      const roots = [root, ...[...root.querySelectorAll('*')].map((one) => one.shadowRoot).filter(Boolean)]
      return roots.map((one) => one.querySelectorAll(wanted).length)
    }, own)
    assert.ok(found.includes(1), `${own} of node ${node} finds ${found}`)
    const below = await panel.getByRole('list', { name: 'Elements below' }).getByRole('button').count()
    for (let child = 0; child < below; child++) {
      await panel.getByRole('list', { name: 'Elements below' }).getByRole('button').nth(child).click()
      await walk()
      await panel.getByRole('navigation', { name: 'Elements above' }).getByRole('button').nth(-2).click()
    }
  }
  await walk()
  assert.equal(new Set(seen).size, seen.length, `one each: ${seen.join(' | ')}`)
  for (const wanted of ['body', '#shop', 'ul.rows', 'ul.rows li:nth-of-type(2)', 'input[name="card"]', 'img', '[data-testid="host"]', 'a']) assert.ok(seen.some((one) => one.includes(wanted)), `${wanted} in ${seen.join(' | ')}`)
  assert.ok(seen.every((one) => !one.includes('css-1a2b3c4d') && one.length < 60))
  await done()
})

test('the_arrow_keys_walk_the_page', async () => {
  const { page, panel, selector, done } = await openInspector()
  await panel.getByRole('button', { name: 'Start at the body' }).click()
  await panel.locator('.crumb.is-current').focus()
  const steps = [['ArrowRight', 'main#shop'], ['ArrowRight', 'ul.rows'], ['ArrowDown', 'input'], ['ArrowDown', 'img'], ['ArrowDown', 'div'], ['ArrowRight', 'b'], ['ArrowLeft', 'div'], ['ArrowUp', 'img'], ['ArrowLeft', 'main#shop']]
  for (const [key, label] of steps) {
    await page.keyboard.press(key)
    await panel.locator('.crumb.is-current', { hasText: label }).waitFor()
    await page.locator('.crumb.is-current:focus').waitFor()
  }
  assert.equal(await selector(), '#shop')
  assert.equal(await page.evaluate(() => window.cassette.currentTime), 10, 'the keys are not the player\'s')
  await done()
})

test('what_was_recorded_is_shown_as_text_and_masked_values_stay_masked', async () => {
  const { page, panel, pick, seek, told, wholeHistory, foreign, done } = await openInspector()
  await seek(2700)
  await pick('input')
  await wholeHistory()
  await eventually(async () => assert.ok((await panel.innerText()).includes('*******')))
  await eventually(async () => assert.deepEqual((await told()).slice(0, 2), ['0:00 Was there when the page was recorded', '0:02 Was given the value “*******”']))
  await pick('img')
  await wholeHistory()
  // The picture is without it, because it would be fetched; the recording has it.
  await panel.getByText('https://shop.test/picture.png').waitFor()
  await pick('a')
  await panel.getByText('javascript:alert(1)', { exact: true }).waitFor()
  await panel.getByText('alert(2)', { exact: true }).waitFor()
  assert.equal(await panel.locator('a').count(), 0)
  assert.deepEqual([foreign, shared.reached], [[], 0])
  await page.keyboard.press('Escape')
  await done()
})

test('a_pick_is_given_up_with_escape_and_the_box_is_where_the_element_is', async () => {
  const { page, panel, frame, pick, done } = await openInspector({ viewport: { width: 390, height: 844 } })
  await panel.getByRole('button', { name: 'Pick an element' }).click()
  await page.keyboard.press('Escape')
  await panel.getByRole('button', { name: 'Pick an element' }).waitFor()
  await pick('li:nth-child(2) button')
  await eventually(async () => {
    const [drawn, real] = [await page.locator('.inspect-box').boundingBox(), await frame.locator('li:nth-child(2) button').boundingBox()]
    for (const side of ['x', 'y', 'width', 'height']) assert.ok(Math.abs(drawn[side] - real[side]) < 1.5, `${side}: ${drawn[side]} and ${real[side]}`)
  })
  await page.getByRole('tab', { name: 'Events' }).click()
  await page.locator('.inspect-layer').waitFor({ state: 'detached' })
  await done()
})

test('parts_that_cannot_be_loaded_are_said', async () => {
  const { panel, pick, wholeHistory, done } = await openInspector({ allow: (message) => message.includes('404') })
  const { blocks } = shared.server.state.recordings[0]
  blocks.at(-2).refused = true
  await pick('li:first-child button')
  await panel.getByText('1 part of the recording could not be loaded').waitFor()
  await wholeHistory()
  await done()
})
