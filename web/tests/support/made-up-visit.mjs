// A visit as people make them: a shop with a little of everything that the panels and the time line have to show, so that pictures of
// the player are like the real thing.

import { click, meta, move, snapshot } from './made-up.mjs'
import { recordingOf } from './recording.mjs'

const START = meta(0).timestamp
const GAP = [110_000, 500_000]
const SHOP = 'https://lamps.shop.example'

const text = (id, textContent) => ({ type: 3, id, textContent })
const element = (id, tagName, attributes = {}, childNodes = []) => ({ type: 2, id, tagName, attributes, childNodes })
const plugin = (name, at, payload) => ({ type: 6, data: { plugin: name, payload }, timestamp: START + at })
const requests = (at, ...list) => plugin('rrweb/network@1', at, { requests: list })
const timed = (at, duration) => ({ startTime: at, duration, timestamp: START + at, requestStart: at + 10, responseStart: at + duration * 0.8, responseEnd: at + duration, endTime: at + duration })
const file = (at, path, initiatorType, duration) => ({ name: SHOP + path, entryType: 'resource', initiatorType, responseStatus: 200, encodedBodySize: 8100, decodedBodySize: 30_000, ...timed(at, duration) })
const call = (at, method, path, status, more = {}) => ({ name: SHOP + path, entryType: 'resource', initiatorType: 'fetch', method, status, transferSize: 700, ...timed(at, 240), ...more })
const says = (at, level, ...payload) => plugin('rrweb/console@1', at, { level, trace: [`checkout (${SHOP}/assets/app.js:58:13)`, `${SHOP}/assets/vendor.js:1:2099`], payload: payload.map((one) => JSON.stringify(one)) })
const change = (at, data) => ({ type: 3, timestamp: START + at, data: { source: 0, texts: [], attributes: [], removes: [], adds: [], ...data } })
const event = (at, name, properties = {}, beside = {}) => ({ timestamp: START + at, windowId: 'w1', name, distinctId: 'ann@example.com', captured: { event: name, properties: { $current_url: SHOP, ...properties }, ...beside } })

const LAMPS = ['Walnut desk lamp', 'Brass reading lamp', 'Paper moon', 'Arc floor lamp', 'Clip light', 'Night owl']
const STYLE = `
body { margin: 0; font: 16px/1.5 Georgia, serif; color: #2b2620; background: #faf6f0 }
header { display: flex; gap: 32px; align-items: baseline; padding: 18px 32px; background: #2b2620; color: #faf6f0 }
main { display: grid; grid-template-columns: repeat(3, 1fr); gap: 24px; padding: 32px }
section { padding: 20px; background: #fff; border: 1px solid #e6ddd0; border-radius: 6px }
section div { height: 90px; margin-bottom: 12px; background: linear-gradient(135deg, #f3d9a4, #c98f4e) }
button { padding: 8px 16px; font: inherit; border: 0; border-radius: 4px; color: #fff; background: #9a5b1f }`

const lamp = (name, index) => {
  const id = 40 + index * 10
  return element(id, 'section', { class: 'lamp' }, [
    element(id + 1, 'div'), element(id + 2, 'b', {}, [text(id + 3, name)]), element(id + 4, 'p', {}, [text(id + 5, `${49 + index * 20} €`)]),
    element(id + 6, 'button', { class: 'add' }, [text(id + 7, 'Into the basket')]),
  ])
}
const head = [element(5, 'style', {}, [{ type: 3, id: 6, textContent: STYLE, isStyle: true }])]
const body = (basket) => [
  element(10, 'header', {}, [element(11, 'b', {}, [text(12, 'Lamps & Co.')]), element(13, 'span', {}, [text(14, 'Desk')]), element(15, 'span', { id: 'basket' }, [text(16, `Basket (${basket})`)])]),
  element(20, 'main', {}, LAMPS.map(lamp)),
]
const at = (index) => 4000 + index * 1700

const events = [
  // By what only posthog-js says is it known that it would have said more: the silence in the middle is a gap.
  meta(0, `${SHOP}/`), snapshot(20, body(0), head), { type: 5, data: { tag: '$pageview', payload: { href: `${SHOP}/` } }, timestamp: START + 25 },
  requests(1500, { name: `${SHOP}/`, entryType: 'navigation', initiatorType: 'navigation', isInitial: true, responseStatus: 200, ...timed(0, 180) }, file(120, '/assets/site.css', 'link', 60), file(130, '/assets/app.js', 'script', 90), file(300, '/pictures/walnut.webp', 'img', 130)),
  ...Array.from({ length: 90 }, (_, index) => at(index)).filter((time) => time < GAP[0]).map((time) => move(time)),
  click(9000, 46, 180, 330), change(9300, { texts: [{ id: 16, value: 'Basket (1)' }], attributes: [{ id: 46, attributes: { class: 'add is-done' } }] }),
  requests(9600, call(9100, 'POST', '/api/basket', 201, { requestHeaders: { 'content-type': 'application/json' }, requestBody: '{"lamp":"walnut","count":1}', responseHeaders: { 'content-type': 'application/json' }, responseBody: '{"items":[{"lamp":"walnut","price":49}]}' })),
  says(9700, 'info', 'basket', { items: [{ lamp: 'walnut', price: 49, tags: ['desk', 'wood'] }], total: 49 }),
  meta(24_000, `${SHOP}/checkout`), snapshot(24_010, body(1), head),
  ...[31_000, 31_300, 31_550, 31_800].map((time) => click(time, 56, 500, 330)),
  requests(33_000, call(31_100, 'POST', '/api/checkout?step=payment', 503, { ...timed(31_100, 1400), nextHopProtocol: 'h2', responseBody: 'out of order' })),
  says(33_100, 'error', 'Uncaught TypeError: payment is undefined'), says(33_200, 'warn', 'trying again in 2 s'), ...[35_000, 37_000, 39_000].map((time) => says(time, 'debug', 'tick')),
  meta(60_000, `${SHOP}/help/delivery-and-returns`), click(61_000, 12, 60, 30), says(62_000, 'log', 'help opened'),
  ...Array.from({ length: 20 }, (_, index) => move(GAP[1] + index * 1900)), click(GAP[1] + 9000, 66, 820, 330), requests(GAP[1] + 9600, call(GAP[1] + 9100, 'GET', '/api/lamps?page=2', 200)),
]

export function visit({ id = 'made-up-visit', live = false } = {}) {
  const recording = recordingOf({
    id, live, distinctIds: ['anonymous-1', 'ann@example.com'], events: events.map((one) => ({ windowId: 'w1', event: one })),
    captured: [
      event(30, '$pageview', { $browser: 'Firefox', $os: 'Linux', $screen_width: 1920 }), event(8000, '$identify', {}, { $set: { email: 'ann@example.com', plan: 'small', country: 'Norway' } }),
      event(9200, 'lamp_added', { lamp: 'walnut', price: 49 }), event(24_100, '$pageview'), event(33_050, '$exception', { $exception_list: [{ type: 'TypeError', value: 'payment is undefined' }] }),
    ],
  })
  recording.signals = [{ kind: 'rage_click', timestamp: 31_000, window_id: 'w1', node: 56 }, { kind: 'dead_click', timestamp: 61_000, window_id: 'w1', node: 12 }]
  Object.assign(recording.facts.person, { id: 'p1', uuid: 'p1', properties: { email: 'ann@example.com', plan: 'small', country: 'Norway' }, created_at: '2026-01-12T08:00:00Z' })
  return recording
}
