// What a stranger's page, a visitor or a colleague wrote stands in the app as text: nothing of it becomes an element, nothing of it turns
// round what stands beside it, and nothing makes the page wider than the window.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commentOf } from '../support/mock-comments.mjs'
import { click, meta, setText, snapshot } from '../support/made-up.mjs'
import { open, openPlayer, shared } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'

const TEXTS = {
  markup: '<img src=x onerror="window.owned=1"><script>window.owned=1</script><svg onload=window.owned=1>',
  turned: '\u202Egnp.elif \u2066\u202D turned',
  long: 'x'.repeat(100_000),
  broken: 'a\u0000b \ud83d c \udc00 d\u2028e\r\n\u0007f \uFEFF\uFFFE',
  combined: `Z${'\u0351'.repeat(400)}`,
}
const ALL = Object.values(TEXTS)
const PANELS = ['Events', 'Console', 'Network', 'Pages', 'Inspect', 'Notices', 'Comments', 'Person', 'Details']

const START = meta(0).timestamp
const plugin = (at, name, payload) => ({ type: 6, data: { plugin: name, payload }, timestamp: START + at })
const line = (at, text) => plugin(at, 'rrweb/console@1', { level: 'error', trace: [`${text} (https://shop.example/${text}:1:2)`], payload: [JSON.stringify(text), JSON.stringify({ [text]: text })] })
const request = (at, text) =>
  plugin(at, 'rrweb/network@1', { requests: [{
    name: `https://shop.example/${text}?${text}=1`, entryType: 'resource', initiatorType: 'fetch', method: 'POST', status: 500, duration: 20, timestamp: START + at, requestHeaders: { [text]: text, 'x-set': text }, responseHeaders: { [text]: text },
    requestBody: text, responseBody: JSON.stringify({ [text]: text }),
  }] })
const element = (id, text) => ({ type: 2, id, tagName: 'button', attributes: { id: text, class: text, 'aria-label': text }, childNodes: [{ type: 3, id: id + 1, textContent: text }] })
const captured = (at, text) => ({ timestamp: START + at, windowId: 'w', name: text, distinctId: text, captured: { event: text, properties: { [text]: text, distinct_id: text, $browser: text, $timezone: text }, $set: { [text]: text } } })

function recording() {
  const events = [
    meta(0), snapshot(5, ALL.map((text, place) => element(100 + place * 2, text))),
    ...ALL.flatMap((text, place) => [line(500 + place * 10, text), request(700 + place * 10, text), click(1000 + place * 100, 100 + place * 2), { type: 5, timestamp: START + 2000 + place, data: { tag: text, payload: { [text]: text } } }]),
    ...ALL.map((text, place) => meta(3000 + place * 10, `https://shop.example/${text}`)), setText(4000, 101, 'the end'),
  ]
  const made = recordingOf({ id: 'hostile-text', events: events.map((event) => ({ windowId: 'w', event })), captured: ALL.map((text, place) => captured(1500 + place * 10, text)), distinctIds: ALL, blockBytes: 4e6 })
  Object.assign(made.facts, { viewed: true, viewers: ALL, snapshot_library: TEXTS.turned, start_url: `https://shop.example/${TEXTS.long}` })
  return made
}

function prepare() {
  const { state } = shared.server
  const { id } = recording()
  const at = (ms) => ({ time_in_recording: new Date(START + ms).toISOString() })
  state.comments = ALL.flatMap((text, place) => [
    commentOf({ item_id: id, id: `c${place}`, content: `${text} 0:01 ${text}`, item_context: at(place * 500), created_by: { id: `u${place}`, first_name: text, email: text } }),
    commentOf({ item_id: id, id: `a${place}`, content: text, source_comment: `c${place}` }),
  ])
  state.collections = ALL.map((text, place) => ({
    id: place, short_id: `short${place}`, type: place % 2 ? 'collection' : 'filters', name: text, description: text, pinned: place === 0, deleted: false, filters: {}, sessions: [id],
    created_at: '2026-05-04T10:00:00Z', last_modified_at: '2026-05-04T10:00:00Z', created_by: { first_name: text },
  }))
  const properties = Object.fromEntries([...ALL.flatMap((text, place) => [[text, text], [`deep ${place}`, { [text]: [text] }]])])
  state.answers = {
    'GET /api/projects/@current/persons/': { results: [{ name: TEXTS.turned, distinct_ids: ALL, properties, created_at: '2026-01-02T03:04:05Z' }] },
    'GET /api/projects/@current/activity_log': { results: ALL.map((text) => ({ created_at: '2026-05-04T10:00:00Z', user: { id: text, email: text }, via: text })), has_next: false },
  }
}

/** Runs in the page. Everything of the app, without what is recorded. */
function inspect() {
  const all = (root) => [...root.querySelectorAll('*')].flatMap((one) => (one.shadowRoot ? [one, ...all(one.shadowRoot)] : [one]))
  const elements = all(document.body)
  const shown = elements.filter((one) => one.checkVisibility() && !one.matches('option, script, style'))
  const isolates = (one) => getComputedStyle(one).display !== 'inline' || /isolate|plaintext/.test(getComputedStyle(one).unicodeBidi)
  const isolating = (node) => {
    let one = node.parentElement
    while (one && !isolates(one)) one = one.parentElement
    return one
  }
  const texts = shown.flatMap((one) => [...one.childNodes].filter((node) => node.nodeType === 3 && node.data.trim() !== ''))
  const turned = new Set(texts.filter(({ data }) => data.includes('\u202E')).map(isolating))
  const name = (one) => `${one.localName}.${[...one.classList].join('.')}`
  // A comment is one person's writing as a whole.
  const beside = [...turned].filter((one) => !one.matches('.comment-text') && texts.filter((node) => isolating(node) === one).length > 1)
  const wide = shown.filter((one) => one.scrollWidth > one.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && !one.matches('[role=tablist], textarea, input'))
  const widest = (box) => [...box.querySelectorAll('*')].findLast((one) => one.getBoundingClientRect().right > box.getBoundingClientRect().right - 1 || one.scrollWidth > one.clientWidth + 1)
  const outside = shown.filter((one) => {
    const { left, right, width } = one.getBoundingClientRect()
    if (width === 0 || (left >= -1 && right <= innerWidth + 1)) return false
    for (let box = one.parentElement ?? one.getRootNode().host; box; box = box.parentElement ?? box.getRootNode().host) if (getComputedStyle(box).overflowX !== 'visible') return false
    return true
  })
  return {
    owned: window.owned, page: document.documentElement.scrollWidth - innerWidth,
    made: elements.filter((one) => one.matches('img, script:not([src]), [onerror], [onload]') && one.closest('.stage-picture') === null).map(name),
    wide: wide.map((one) => `${name(one)} by ${name(widest(one) ?? one)} (${widest(one)?.textContent.slice(0, 40)})`), outside: [...new Set(outside.map(name))], beside: [...new Set(beside.map((one) => `${name(one)}: ${one.textContent.slice(0, 80)}`))],
    asText: { turned: turned.size, markup: texts.filter(({ data }) => data.includes('<img src=x')).length },
  }
}

/** Looks at everything that is on screen; what is wrong is gathered, to be told of at once. */
function watchFor(page, wrong) {
  return async (where) => {
    const { asText, page: tooWide, owned, ...lists } = await page.evaluate(inspect)
    if (owned !== undefined) wrong.push(`${where}: a script ran`)
    if (tooWide > 0) wrong.push(`${where}: the page is ${tooWide} px too wide`)
    for (const [kind, found] of Object.entries(lists)) for (const one of found) wrong.push(`${where}: ${kind}: ${one}`)
    return asText
  }
}

for (const width of [390, 1280]) {
  test(`the_panels_show_it_as_text_at_${width}_px`, async () => {
    prepare()
    const { page, seek, foreign, done } = await openPlayer('hostile-text', { recordings: [recording()], viewport: { width, height: 900 } })
    await seek(3990)
    const wrong = []
    const look = watchFor(page, wrong)
    const asText = { turned: 0, markup: 0 }
    const count = ({ turned, markup }) => {
      asText.turned += turned
      asText.markup += markup
    }
    for (const name of PANELS) {
      await page.getByRole('tab', { name: new RegExp(`^${name}`) }).click()
      await page.waitForTimeout(150)
      count(await look(name))
      if (!['Events', 'Console', 'Network'].includes(name)) continue
      const rows = page.locator('.event')
      for (let place = 0; place < Math.min(await rows.count(), 12); place++) {
        await rows.nth(place).click()
        const detail = page.getByRole('region', { name: 'Details' })
        await detail.waitFor()
        for (const toggle of (await detail.locator('[aria-expanded=false], summary').all()).slice(0, 6)) await toggle.click({ timeout: 3000 })
        count(await look(`${name}, row ${place}`))
        await page.keyboard.press('Escape')
      }
    }
    await page.getByRole('button', { name: 'Ask the audit' }).click()
    await page.getByRole('list', { name: 'Who watched it' }).waitFor()
    count(await look('the audit'))
    await page.getByTitle('Add to a collection').click()
    await page.getByRole('button', { pressed: true }).first().waitFor()
    count(await look('the collections'))
    assert.deepEqual(wrong, [])
    assert.ok(asText.turned > 20 && asText.markup > 20, `on screen as texts: ${JSON.stringify(asText)}`)
    assert.deepEqual(foreign, [])
    await done()
  })

  test(`the_lists_show_it_as_text_at_${width}_px`, async () => {
    for (const [path, ready] of [['/', '.row-place'], ['/live', '.live-place'], ['/collections', 'text=/turned/'], ['/collections/short1', '.row-place']]) {
      prepare()
      const made = recording()
      made.facts.ongoing = path === '/live'
      const rows = ALL.map((text, place) => ({ ...made, id: `row-${place}`, facts: { ...made.facts, id: `row-${place}`, distinct_id: text, person: { ...made.facts.person, name: text, distinct_ids: [text] }, start_url: `https://shop.example/${text}`, pages: [text] } }))
      const { page, foreign, done } = await open(path, { recordings: [made, ...rows], viewport: { width, height: 900 } })
      await page.locator(ready).first().waitFor()
      const wrong = []
      const { turned, markup } = await watchFor(page, wrong)(path)
      assert.ok(turned + markup > 0, path)
      assert.deepEqual([wrong, foreign], [[], []])
      await done()
    }
    shared.server.state.answers = {}
  })
}
