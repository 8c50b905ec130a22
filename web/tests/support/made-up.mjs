// Recordings made by hand, one per behaviour. Small pages, whose text tells what must be on screen.

import { hostile } from './hostile.mjs'
import { recordingOf } from './recording.mjs'

const START = Date.UTC(2026, 4, 4, 9, 30)

const text = (id, textContent) => ({ type: 3, id, textContent })
export const element = (id, tagName, attributes = {}, childNodes = []) => ({ type: 2, id, tagName, attributes, childNodes })

function page(body, head = []) {
  return { type: 0, id: 1, childNodes: [element(2, 'html', {}, [element(3, 'head', {}, head), element(4, 'body', {}, body)])] }
}

export const meta = (at, href = 'https://shop.example/', size = { width: 1000, height: 700 }) => ({ type: 4, data: { href, ...size }, timestamp: START + at })
export const snapshot = (at, body, head) => ({ type: 2, data: { node: page(body, head), initialOffset: { left: 0, top: 0 } }, timestamp: START + at })
export const setText = (at, id, value) => ({ type: 3, data: { source: 0, texts: [{ id, value }], attributes: [], removes: [], adds: [] }, timestamp: START + at })
export const click = (at, id, x = 60, y = 60) => ({ type: 3, data: { source: 2, type: 2, id, x, y }, timestamp: START + at })
export const move = (at, id = 4) => ({ type: 3, data: { source: 1, positions: [{ x: (at / 50) % 900, y: (at / 80) % 600, id, timeOffset: -400 }, { x: (at / 50) % 900 + 20, y: (at / 80) % 600, id, timeOffset: 0 }] }, timestamp: START + at })
export const log = (at, level, message) => ({ type: 6, data: { plugin: 'rrweb/console@1', payload: { level, trace: ['f (https://shop.example/app.js:1:2)'], payload: [JSON.stringify(message)] } }, timestamp: START + at })

const inWindow = (windowId, events) => events.map((event) => ({ windowId, event }))

/** A counter that goes up each second, with a pause of 40 s, over three full snapshots. */
export function counter({ id = 'made-up-counter', seconds = 30, live = false } = {}) {
  const body = (value) => [element(10, 'h1', {}, [text(11, 'Counter')]), element(12, 'p', { id: 'value' }, [text(13, `value ${value}`)]), element(14, 'button', {}, [text(15, 'Add one')])]
  const events = [meta(0), snapshot(12, body(0))]
  for (let second = 1; second <= seconds; second++) {
    const at = second * 1000 + (second > 15 ? 40_000 : 0)
    if (second === 10 || second === 20) events.push(meta(at - 1, 'https://shop.example/cart'), snapshot(at, body(second)))
    else events.push(setText(at, 13, `value ${second}`))
    events.push(move(at + 100), click(at + 200, 14))
  }
  events.push(log(5500, 'error', 'Uncaught TypeError: basket is undefined'), log(6500, 'log', 'half an emoji \ud83d here'))
  return recordingOf({ id, events: inWindow('w1', events), distinctIds: ['ann@example.com'], live, blockBytes: 2048 })
}

/** Two windows, used by turns. */
export function twoWindows() {
  const body = (name) => [element(10, 'h1', {}, [text(11, `window ${name}`)]), element(12, 'p', {}, [text(13, 'nothing yet')])]
  return recordingOf({
    id: 'made-up-two-windows',
    events: [
      ...inWindow('w1', [meta(0), snapshot(10, body('one')), move(1000), click(1500, 12), setText(2000, 13, 'one was here')]),
      ...inWindow('w2', [meta(4000, 'https://shop.example/help', { width: 600, height: 800 }), snapshot(4010, body('two')), move(4600), click(5000, 12), setText(5500, 13, 'two was here'), move(6000)]),
      ...inWindow('w1', [move(8000), click(8200, 12), setText(8500, 13, 'one again'), move(9500)]),
    ],
    distinctIds: ['bob'],
  })
}

/** A red square that turns blue, as canvas frames. */
export function canvas() {
  const frame = (at, base64) => ({ type: 3, timestamp: START + at, data: { source: 9, id: 12, type: 0, commands: [
    { property: 'clearRect', args: [0, 0, 120, 80] },
    { property: 'drawImage', args: [{ rr_type: 'ImageBitmap', args: [{ rr_type: 'Blob', data: [{ rr_type: 'ArrayBuffer', base64 }], type: 'image/png' }] }, 0, 0] },
  ] } })
  const body = [element(10, 'h1', {}, [text(11, 'canvas page')]), element(12, 'canvas', { width: '120', height: '80' })]
  return recordingOf({ id: 'made-up-canvas', events: inWindow('w1', [meta(0), snapshot(10, body), move(500), frame(1000, RED), move(1500), frame(3000, BLUE), move(4000)]), distinctIds: ['carol'] })
}

// One pixel each.
const RED = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='
const BLUE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPj/HwADBwIAMCbHYQAAAABJRU5ErkJggg=='

export function withoutSnapshot() {
  return recordingOf({ id: 'made-up-no-snapshot', events: inWindow('w1', [setText(0, 13, 'x'), click(700, 14), log(900, 'error', 'something broke'), move(2500)]), distinctIds: ['dave'] })
}

export function mobile() {
  const wireframes = [{ id: 1, x: 0, y: 0, width: 390, height: 844, type: 'screenshot', base64: '' }]
  const shot = { type: 2, data: { wireframes, initialOffset: { top: 0, left: 0 } }, timestamp: START + 20 }
  const touch = { type: 3, data: { source: 2, type: 7, id: 1, x: 100, y: 200 }, timestamp: START + 1500 }
  return recordingOf({ id: 'made-up-mobile', events: inWindow('w1', [meta(0, 'Checkout', { width: 390, height: 844 }), shot, touch, log(2000, 'warn', 'slow network'), { ...touch, timestamp: START + 3000 }]), distinctIds: ['erin'], source: 'mobile' })
}

export function broken() {
  const body = [element(12, 'p', {}, [text(13, 'still here')])]
  const missing = setText(1500, 999, 'nobody')
  const wrong = { type: 3, data: { source: 0, adds: 'nonsense', removes: null, texts: 7, attributes: {} }, timestamp: START + 1600 }
  return recordingOf({
    id: 'made-up-broken',
    events: inWindow('w1', [meta(0), snapshot(10, body), move(1000), missing, wrong, setText(2000, 13, 'and after'), move(2500)]),
    broken: ['{"type":"mutation","timestamp":5', '{"type":"event","timestamp":6,"window_id":"w1","event":"text"}', '{"type":"future_thing","timestamp":7}', `{"type":"event","timestamp":8,"event":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    distinctIds: ['frank'],
  })
}

/** A movement that began long before other things happened: rrweb counts it as played from its beginning. */
export function overlappingMovement() {
  const body = [element(12, 'ul', {}, []), element(14, 'p', {}, [text(15, 'list')])]
  const add = (at, id) => ({ type: 3, timestamp: START + at, data: { source: 0, texts: [], attributes: [], removes: [], adds: [{ parentId: 12, nextId: null, node: element(id, 'li', {}, []) }, { parentId: id, nextId: null, node: text(id + 1, `item ${id}`) }] } })
  const long = { type: 3, timestamp: START + 1500, data: { source: 1, positions: [{ x: 1, y: 1, id: 4, timeOffset: -1400 }, { x: 200, y: 100, id: 4, timeOffset: 0 }] } }
  const head = [element(20, 'style', { title: 'rules' }, [{ type: 3, id: 21, textContent: 'p { color: green }', isStyle: true }])]
  const rule = { type: 3, timestamp: START + 600, data: { source: 8, id: 20, adds: [{ rule: 'li { color: red }', index: 1 }] } }
  return recordingOf({ id: 'made-up-overlap', events: inWindow('w1', [meta(0), snapshot(10, body, head), add(300, 100), rule, add(700, 102), add(1200, 104), long, add(2000, 106), move(3000)]), distinctIds: ['grace'] })
}

export function madeUpRecordings() {
  return [counter(), twoWindows(), hostile(), canvas(), withoutSnapshot(), mobile(), broken(), overlappingMovement()]
}

/** Many rows for the list; nothing to play behind them. */
export function manyRows(count) {
  const model = counter()
  const people = ['ann@example.com', 'bob', '01a1fcf5-7fef-7c6c-9eeb-e8708df6cf2b', 'carol.danvers@shop.example', 'dave', 'erin', 'frank', 'grace']
  return Array.from({ length: count }, (_, index) => {
    const start = Date.now() - index * 421_000 - 20_000
    const seconds = 8 + ((index * 7919) % 2400)
    const person = people[(index * 5) % people.length]
    const errors = index % 6 === 0 ? 1 + (index % 4) : 0
    return {
      ...model,
      id: `row-${index}`,
      facts: {
        ...model.facts, id: `row-${index}`, distinct_id: person,
        person: { ...model.facts.person, name: person, distinct_ids: [person] },
        start_time: new Date(start).toISOString(), end_time: new Date(start + seconds * 1000).toISOString(),
        recording_duration: seconds, active_seconds: seconds * (((index * 31) % 90) / 100 + 0.1),
        click_count: (index * 13) % 70, keypress_count: (index * 29) % 240, console_error_count: errors, exception_count: index % 18 === 0 ? 1 : 0,
        rage_click_count: index % 4 === 0 ? 1 + (index % 3) : 0, dead_click_count: index % 7 === 0 ? 12 : 0, error_click_count: errors > 2 ? 1 : 0,
        quick_back_count: index % 11 === 0 ? 1 : 0, thrashing_count: index === 2 ? null : 0,
        start_url: `https://shop.example/${['', 'search?q=lamp', 'cart', 'products/desk-lamp-walnut', 'checkout/payment'][index % 5]}`,
        pages: Array.from({ length: 1 + (index % 5) }, (_, page) => `https://shop.example/page-${page}`),
        ongoing: index < 2,
      },
    }
  })
}
