// Recordings that are broken, or far too large: each by itself, because one may hide another.
//
// `tells` is where the player says what it skipped; `shows` what is on screen at the end.

import { add, documentOf, element, incremental, meta, mutation, snapshot, START, svg, text, visit } from './page.mjs'

const after = mutation(2000, { texts: [{ id: 6, value: 'went on' }] })
const page = (...body) => documentOf([], body)
const move = (ms, position) => incremental(ms, { source: 1, positions: [{ x: 2, y: 2, id: 4, timeOffset: 0, ...position }] })

/** As text: what makes JSON in this test would not go so deep. */
function nested(levels) {
  const open = Array.from({ length: levels }, (_, level) => `{"type":2,"id":${10_000 + level},"tagName":"div","attributes":{},"childNodes":[`).join('')
  return `{"type":"full_snapshot","timestamp":100,"window_id":"w1","event":{"type":2,"timestamp":${START + 100},"data":{"node":{"type":0,"id":1,"childNodes":[${open}${']}'.repeat(levels)}]},"initialOffset":{"left":0,"top":0}}}}`
}
const list = (length, make) => Array.from({ length }, (_, place) => make(place))

export const broken = {
  'no full snapshot': { events: [meta(0), mutation(500, { texts: [{ id: 6, value: 'x' }] }), after, move(3000)], shows: undefined },
  'changes of unknown nodes': { events: visit(page(), [mutation(500, { texts: [{ id: 77, value: 'x' }], removes: [{ id: 78, parentId: 4 }, { id: 5, parentId: 99 }], attributes: [{ id: 79, attributes: { a: 'b' } }], adds: [add(80, element(81, 'p'))] }), after]) },
  'cyclic parents': { events: visit(page(element(10, 'div', {}, [element(11, 'div')])), [mutation(500, { adds: [add(11, element(10, 'div'))] }), mutation(600, { adds: [add(20, element(21, 'p')), add(21, element(20, 'p'))] }), mutation(650, { adds: [add(30, element(30, 'p'))] }), after]) },
  'the document goes': { events: visit(page(), [mutation(500, { removes: [{ parentId: 1, id: 2 }] }), mutation(600, { removes: [{ parentId: 2, id: 1 }, { parentId: 0, id: 1 }] }), after, snapshot(2500, page(element(50, 'p', {}, [text(51, 'went on')])))]) },
  'names that cannot be': { events: visit(page(...['a b', '<img src=x>', '1', '', '\u0000', 'a'.repeat(100_000), '__proto__', 'constructor', 'toString', 'é', ':', 'a:b:c', null, 7, {}, []].map((name, place) => element(100 + place, name, { 'a b': '1', '<': '2', '"': '3', '': '4', '\u0000': '5', __proto__: null, constructor: 'x', 'a:b:c': '6' })), svg(200, 'a b', { 'x y': '1' })), [mutation(500, { adds: [add(4, element(300, '<x>')), add(4, element(301, 'p', {}, [])), add(301, text(302, 'after the bad one'))] }), after]) },
  'children that are none': { events: visit(page({ type: 2, id: 10, tagName: 'p', attributes: {} }, { type: 2, id: 11, tagName: 'p', childNodes: [] }, { type: 2, id: 12, tagName: 'p', attributes: null, childNodes: null }, { type: 2, id: 13, tagName: 'p', attributes: 'x', childNodes: 'abc' }, null, 7, 'text', [], {}, { type: 3 }, { type: 99, id: 14 }, { type: 4, id: 15 }, { type: 5, id: 16 }, { type: 3, id: 17, textContent: null }, { type: 1, id: 18, name: 'a b' }), [after]) },
  'data of wrong types': { events: visit(page(element(10, 'input')), [
    ...list(20, (source) => incremental(200 + source, { source })), ...list(20, (source) => incremental(230 + source, { source, id: 10, positions: 'x', adds: 7, removes: {}, texts: null, attributes: 'y', styles: 3, set: 4, remove: 5, ranges: {}, text: {}, commands: 'z', type: 99 })),
    ...[99, -1, '__proto__', 'toString', null, {}].map((type, place) => incremental(260 + place, { source: 2, type, id: 10, x: 'x', y: {} })), incremental(270, { source: '0' }), incremental(271, { source: 99 }), incremental(272, { source: -1 }), incremental(273, { source: {} }),
    incremental(280, { source: 14, ranges: [{ start: 10, startOffset: 99, end: 77, endOffset: -1 }] }), incremental(281, { source: 6, positions: [null] }), incremental(282, { source: 1, positions: [null, 7, {}] }),
    incremental(290, { source: 9, id: 10, commands: [{ property: 'drawImage', args: [{ rr_type: 'ImageBitmap', args: [{ rr_type: 'Blob', data: [{ base64: '***' }], type: 7 }] }] }] }), incremental(291, { source: 10, family: null, fontSource: null }), incremental(292, { source: 10, family: 'x', fontSource: '[1,', buffer: true }),
    ...list(12, (type) => ({ type, timestamp: START + 300 + type, data: { tag: 7, payload: null, plugin: {}, node: undefined } })), { type: 2, timestamp: START + 330, data: {} }, { type: 2, timestamp: START + 331, data: { node: 7 } }, { type: 4, timestamp: START + 340, data: { href: {}, width: 'x', height: [] } },
    { type: 6, timestamp: START + 350, data: { plugin: 'rrweb/console@1', payload: { level: {}, payload: 'x', trace: 7 } } }, { type: 6, timestamp: START + 351, data: { plugin: 'rrweb/network@1', payload: { requests: [null, 7, { name: {} }] } } }, { type: 5, timestamp: START + 360, data: { tag: 'rrweb/fullscreen', payload: null } },
    snapshot(1500, page()), after]) },
  'names that hide what nodes have': { events: visit(page(...['body', 'createElement', 'documentElement', 'head', 'querySelectorAll', 'defaultView', 'adoptedStyleSheets', 'fonts'].flatMap((name, place) => [element(100 + place * 10, 'form', { name }), element(101 + place * 10, 'img', { name, id: name, alt: '' }), element(102 + place * 10, 'iframe', { name }), element(103 + place * 10, 'object', { id: name })]), element(400, 'form', {}, ['appendChild', 'childNodes', 'parentNode', 'setAttribute', 'nodeType', 'nodeName', 'insertBefore', 'ownerDocument', 'textContent'].map((name, place) => element(401 + place, 'input', { name })))), [mutation(500, { adds: [add(400, element(450, 'p', {}, [])), add(450, text(451, 'in the form'))], attributes: [{ id: 400, attributes: { class: 'x' } }, { id: 401, attributes: { name: 'removeChild' } }], removes: [{ parentId: 400, id: 402 }] }), after]) },
  'strange ids': { events: visit(page(...[2 ** 53, 2 ** 53, -1, 0, 1.5, 1e308, 4, 5, '5', '__proto__', null].map((id) => element(id, 'p', {}, [text(id, 'x')]))), [mutation(500, { removes: [{ id: -1, parentId: 4 }], texts: [{ id: '__proto__', value: 'x' }], adds: [{ parentId: 4, previousId: -1, nextId: -1, node: text('__proto__', 'missing') }, { parentId: 4, previousId: -1, nextId: -1, node: text('constructor', 'missing') }] }), snapshot(1500, page()), after]) },
  'times in any order': { events: [meta(0), snapshot(10, page()), ...[500.25, 400, 400, 1e13, -1e13, 1e308, 700].map((at, place) => ({ ...mutation(0, { attributes: [{ id: 5, attributes: { title: `t${place}` } }] }), timestamp: START + at })), after, move(3000)].filter(({ timestamp }) => Math.abs(timestamp - START) < 1e5), lines: [`{"type":"event","window_id":"w1","event":{"type":3,"data":{"source":0}}}`, `{"type":"event","timestamp":"x","window_id":"w1","event":{}}`, 'not JSON', '[]', '""', 'null'] },
  'a mouse at nowhere': { events: visit(page(), [...[{ x: null }, { x: 'NaN', y: {} }, { x: 1e308, y: -1e308 }, { timeOffset: 'x' }, { timeOffset: -1e15 }, { timeOffset: 1e15 }, { id: 1e9 }].map((position, place) => move(300 + place * 50, position)), after]) },
  'a viewport of nothing and of everything': { events: [...visit(page(), [...[[0, 0], [1e9, 1e9], [-5, 5], [1e308, 1], ['x', null], [0.001, 0.001], [1, 1e9]].map(([width, height], place) => incremental(300 + place * 50, { source: 4, width, height })), incremental(900, { source: 4, width: 800, height: 600 }), after])] },
  'text of 700 KB': { events: visit(page(element(10, 'p', {}, [text(11, 'long '.repeat(140_000))])), [after]) },
  'attributes of 1 MB': { events: visit(page(element(10, 'p', { title: 'x'.repeat(1 << 20), 'data-a': '"'.repeat(1 << 20), class: 'c '.repeat(1 << 19), style: `--x:${'y'.repeat(1 << 20)}` })), [after]) },
  '10,000 style sheets': { events: visit(documentOf(list(10_000, (place) => element(1000 + 2 * place, 'style', {}, [text(1001 + 2 * place, `.c${place} { color: red }`, { isStyle: true })]))), [after]) },
  '50,000 changes in one event': { events: visit(page(), [mutation(500, { adds: list(50_000, (place) => add(4, element(1000 + place, 'i'))) }), mutation(900, { attributes: list(50_000, (place) => ({ id: 1000 + place, attributes: { a: 'b' } })) }), after]) },
  '5,000 levels': { events: visit(page(), [snapshot(1500, page()), after]), lines: [nested(5000)] },
  'two windows of one name': { events: visit(page(), [snapshot(500, page()), snapshot(500, page(element(60, 'p'))), meta(501), meta(501), after]) },
  'style text that takes time to read': { events: visit(documentOf([element(100, 'style', {}, [text(101, '('.repeat(300_000), { isStyle: true })]), element(102, 'style', {}, [text(103, `${'a:hover '.repeat(20_000)}{}`, { isStyle: true })]), element(104, 'style', {}, [text(105, `h1{color-scheme${':'.repeat(200_000)}`)]), element(106, 'style', {}, [text(107, 'image-set('.repeat(20_000))])]), [after]) },
}
