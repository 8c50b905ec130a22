import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Harmless } from '../../src/player/harmless'
import { harmlessCss, harmlessStyleText, withHoverClass } from '../../src/player/harmless-css'

const AWAY = 'http://away.test/x'

/** The addresses that a browser would find in CSS, read by rules of this test's own: escapes undone, everything quoted counts. */
function addresses(css: string): string[] {
  const plain = css.replace(/\/\*[^]*?\*\//g, '').replace(/\\([0-9a-f]{1,6})\s?/gi, (_, hex: string) => String.fromCodePoint(parseInt(hex, 16)))
  return plain.match(/(?:https?:)?\/\/[^\s"')]+/g) ?? []
}

test('css_without_addresses_stays_as_it_is', () => {
  const texts = [
    '', 'a{color:red}', '.a::before{content:"url(http://away.test/x) @import"}', '@media (min-width:1px){a{b:c}}',
    'a{background:url(data:image/png;base64,AAAA) no-repeat;mask:url( #frag )}', 'b{mask:url("data:image/svg+xml,%3Csvg xmlns=\'http://www.w3.org/2000/svg\'/%3E")}',
    '/* url(http://away.test/x) */a{}', '@layer a,b;@font-face{font-family:x;src:local("x"),url(data:font/woff2;base64,AA) format("woff2")}',
    '.\\31 0{width:calc(1px + (2px))}', 'a{color-scheme:dark}',
  ]
  for (const css of texts) assert.equal(harmlessStyleText(css), css)
})

test('no_address_survives_in_any_spelling', () => {
  const spellings = [
    `a{background:url(${AWAY})}`, `a{background:url( "${AWAY}" )}`, `a{background:URL('${AWAY}')}`, `a{background:u\\72l(${AWAY})}`,
    `a{background:\\75 rl(${AWAY})}`, `a{background:\\000075\r\nrl(${AWAY})}`, `a{b:url(//away.test/x)}`, `a{--x:url(${AWAY})}`,
    `a{background:image-set("${AWAY}" 1x, url(${AWAY}) 2x)}`, `a{background:-webkit-image-set(url(${AWAY}) 1x)}`,
    `a{background:image-set(var(--y,"${AWAY}") 1x)}`, `a{background:src("${AWAY}")}`, `a{background:image("${AWAY}")}`,
    `@import "${AWAY}";a{}`, `@import url(${AWAY};1,2) layer(x) screen;a{}`, `@\\69mport '${AWAY}'`, `@IMPORT url("${AWAY}");`, `@import "${AWAY}" {}`,
    `@media screen{@import "${AWAY}"}`, `@font-face{src:url(${AWAY})}`, `a{cursor:url(${AWAY}),auto}`, `a{filter:url(${AWAY}#f)}`,
    `a{b:url(${AWAY}`, `a{b:url("${AWAY}`, `a{b:url('${AWAY}\n)}`, `a{b:image-set("${AWAY}`, `"\\\r\n" url(${AWAY})`, `a{b:"\\"url(${AWAY})`.replace('"\\"', '"\\\\"'),
    `a{b:url(data:text/plain,x"${AWAY}")}`, `×url(${AWAY})`, `/*/url(${AWAY})*/ url(${AWAY})`, `@charset "x";@import"${AWAY}";`,
  ]
  for (const css of spellings) assert.deepEqual(addresses(harmlessStyleText(css)), [], css)
  for (const css of spellings) assert.deepEqual(addresses(harmlessCss(css)), [], css)
})

test('what_stands_around_an_address_stays', () => {
  assert.equal(harmlessCss(`a{color:red;background:#fff url(${AWAY}) no-repeat;top:0}b{c:d}`), 'a{color:red;background:#fff url("data:,") no-repeat;top:0}b{c:d}')
  assert.equal(harmlessCss(`@import url(${AWAY};1);a{b:c}`), 'a{b:c}')
  assert.equal(harmlessCss(`@import "x" supports(display:grid;) {a{b:c}} d{e:f}`), ' d{e:f}')
  assert.equal(harmlessCss('a{b:url("data:image/svg+xml,<a fill=\'red\'>#f")}'), 'a{b:url("data:image/svg+xml,<a fill=\'red\'>")}')
})

test('text_of_two_nodes_cannot_join_to_an_address', () => {
  const whole = `a{background:url(${AWAY})}/*c*/b{background:image-set("${AWAY}" 1x)}@import "${AWAY}";c{content:"d}"}e{f:\\75 rl(${AWAY})}`
  for (let cut = 1; cut < whole.length; cut++) {
    const joined = harmlessStyleText(whole.slice(0, cut)) + harmlessStyleText(whole.slice(cut))
    // What a browser makes of the joined text is what this reader makes of it: it finds nothing left to do.
    assert.equal(harmlessStyleText(joined).trimEnd(), joined.trimEnd(), `cut at ${cut}: ${joined}`)
  }
})

test('the_viewers_system_theme_has_no_say', () => {
  assert.equal(harmlessCss('@media (prefers-color-scheme: dark){a{b:c}}'), '@media (max-width:0px){a{b:c}}')
  assert.equal(harmlessCss('@media screen and (prefers-color-scheme:light){a{b:c}}'), '@media screen and (min-width:0px){a{b:c}}')
  assert.equal(harmlessCss(':root{color-scheme:light dark}').replace(/\s+/g, ''), ':root{color-scheme:light}')
  assert.equal(harmlessCss('.color-scheme:hover{a:b}'), '.color-scheme:hover{a:b}')
})

const START = { type: 2, id: 1, tagName: 'body', attributes: {}, childNodes: [] as unknown[] }

function snapshotOf(...nodes: unknown[]): object {
  return { type: 2, timestamp: 0, data: { node: { type: 0, id: 100, childNodes: [{ ...START, childNodes: nodes }] } } }
}

function disarmed(harmless: Harmless, event: object): string {
  const copy: object = JSON.parse(JSON.stringify(event))
  harmless.disarm(copy)
  return JSON.stringify(copy)
}

const element = (id: number, tagName: string, attributes: object, ...childNodes: unknown[]) => ({ type: 2, id, tagName, attributes, childNodes })
const mutation = (data: object) => ({ type: 3, timestamp: 1, data: { source: 0, texts: [], attributes: [], removes: [], adds: [], ...data } })

/** Every way that is known by which an element asks for something. */
const CARRIERS: [string, object, boolean?][] = [
  ['img', { src: AWAY, srcset: `${AWAY} 2x` }], ['IMG', { SRC: AWAY }], ['img', { rr_dataURL: AWAY, src: [AWAY] }], ['source', { srcset: AWAY, src: AWAY }],
  ['link', { rel: 'stylesheet', href: AWAY }], ['link', { rel: 'preload', imagesrcset: AWAY, href: AWAY }], ['link', { rel: 'stylesheet', _cssText: `@import "${AWAY}";` }],
  ['video', { src: AWAY, poster: AWAY, rr_mediaState: 'played' }], ['track', { src: AWAY }], ['body', { background: AWAY }], ['td', { background: AWAY }],
  ['base', { href: AWAY }], ['meta', { 'http-equiv': 'refresh', 'HTTP-EQUIV': `0;url=${AWAY}` }], ['iframe', { src: AWAY, rr_src: AWAY, srcdoc: `<img src=${AWAY}>` }],
  ['iframe', { src: `data:text/html,<img src=${AWAY}>` }], ['object', { data: AWAY, classid: AWAY }], ['embed', { src: AWAY }], ['input', { type: 'image', src: AWAY }],
  ['script', { src: AWAY }], ['use', { href: AWAY, 'xlink:href': `${AWAY}#a` }, true], ['use', { href: `data:image/svg+xml,<svg id='x'><image href='${AWAY}'/></svg>#x` }, true],
  ['image', { href: AWAY, 'xlink:href': AWAY }, true], ['svg:image', { href: AWAY }, true], ['feImage', { href: AWAY }, true], ['rect', { fill: `url(${AWAY}#g)`, 'clip-path': `url(${AWAY})` }, true],
  ['linearGradient', { 'xlink:href': `${AWAY}#g` }, true], ['div', { style: `background:url(${AWAY})`, onclick: `fetch('${AWAY}')` }], ['a', { ping: AWAY, attributionsrc: AWAY }],
  ['form', { action: AWAY }], ['set', { attributeName: 'fill', to: `url(${AWAY})` }, true], ['style', { _cssText: `a{b:url(${AWAY})}` }],
]

test('no_element_of_a_page_asks_for_anything_at_first_or_later', () => {
  for (const [tagName, attributes, isSVG] of CARRIERS) {
    const node = { ...element(10, tagName, attributes), isSVG }
    const harmless = new Harmless()
    const name = `${tagName} ${JSON.stringify(attributes)}`
    assert.ok(!disarmed(harmless, snapshotOf(node)).includes('away.test'), `snapshot: ${name}`)
    assert.ok(!disarmed(harmless, mutation({ attributes: [{ id: 10, attributes }] })).includes('away.test'), `change: ${name}`)
    assert.ok(!disarmed(new Harmless(), mutation({ attributes: [{ id: 10, attributes }] })).includes('away.test'), `change of what is not known: ${name}`)
    assert.ok(!disarmed(harmless, mutation({ adds: [{ parentId: 1, nextId: null, node: { ...node, id: 11 } }] })).includes('away.test'), `added: ${name}`)
  }
})

test('an_animation_does_not_set_addresses', () => {
  const set = { ...element(10, 'set', { attributeName: 'xlink:href', to: 'x.png' }), isSVG: true }
  assert.ok(!disarmed(new Harmless(), snapshotOf(set)).includes('href'))
})

test('text_is_a_style_sheet_where_it_stands_in_a_style_element_and_nowhere_else', () => {
  const css = `a{b:url(${AWAY})}`
  const harmless = new Harmless()
  const shown = disarmed(harmless, snapshotOf(element(10, 'style', {}, { type: 3, id: 11, textContent: css }), element(12, 'p', {}, { type: 3, id: 13, textContent: css })))
  assert.equal(shown.split('away.test').length, 2, 'the paragraph still says it')
  const texts = [10, 11, 13].map((id) => ({ id, value: css }))
  assert.deepEqual(JSON.parse(disarmed(harmless, mutation({ texts }))).data.texts.map((text: { value: string }) => text.value.includes('away.test')), [false, false, true])
  const late = mutation({ adds: [{ parentId: 20, nextId: null, node: { type: 3, id: 21, textContent: css } }, { parentId: 1, nextId: null, node: element(20, 'style', {}) }] })
  assert.ok(!disarmed(harmless, late).includes('away.test'), 'text before its style element')
  const moved = mutation({ adds: [{ parentId: 10, nextId: null, node: { type: 3, id: 13, textContent: css } }] })
  assert.ok(!disarmed(harmless, moved).includes('away.test'), 'text that was moved')
  assert.ok(!disarmed(harmless, mutation({ texts: [{ id: 13, value: css }] })).includes('away.test'))
})

test('rules_and_fonts_that_come_later_ask_for_nothing', () => {
  const css = `a{b:url(${AWAY})}`
  const changes = [
    { source: 8, id: 1, adds: [{ rule: css, index: 0 }], replace: css, replaceSync: css }, { source: 8, id: 1, adds: [{ rule: [css] }] },
    { source: 13, id: 1, set: { property: 'background', value: `url(${AWAY})` } }, { source: 13, id: 1, set: { property: 'background', value: [`url(${AWAY})`] } },
    { source: 15, id: 1, styleIds: [1], styles: [{ styleId: 1, rules: [{ rule: css }] }] },
    { source: 10, family: 'x', fontSource: `url(${AWAY})`, buffer: false }, { source: 10, family: 'x', fontSource: [`url(${AWAY})`] },
    { source: 0, texts: [], removes: [], adds: [], attributes: [{ id: 1, attributes: { style: { background: `url(${AWAY})`, top: ['0px', 'important'], mask: [[`url(${AWAY})`], ''], left: false } } }] },
  ]
  for (const data of changes) assert.ok(!disarmed(new Harmless(), { type: 3, timestamp: 1, data }).includes('away.test'), JSON.stringify(data))
  const style = JSON.parse(disarmed(new Harmless(), { type: 3, timestamp: 1, data: changes.at(-1) })).data.attributes[0].attributes.style
  assert.deepEqual([style.top, style.left], [['0px', 'important'], false])
})

test('pictures_keep_their_place_links_their_look_and_what_is_inside_stays', () => {
  const event = {
    type: 2, timestamp: 0, data: { node: element(1, 'body', {},
      element(2, 'img', { src: AWAY, width: '40', alt: 'a cat' }), element(3, 'img', { src: 'data:image/png;base64,AA' }), element(4, 'a', { href: AWAY }),
      { ...element(5, 'use', { href: '#icon' }), isSVG: true }, element(6, 'img', { alt: 'never had one' }), element(7, 'img', { srcset: AWAY }), element(8, 'input', { value: 'url(x)' })) },
  }
  new Harmless().disarm(event)
  const attributes = event.data.node.childNodes.map((node) => (node as { attributes: object }).attributes)
  assert.deepEqual(attributes, [
    { src: '', width: '40', alt: 'a cat' }, { src: 'data:image/png;base64,AA' }, { href: AWAY }, { href: '#icon' }, { alt: 'never had one' }, { src: '' }, { value: 'url(x)' },
  ])
})

test('a_part_of_the_page_is_no_picture', () => {
  for (const css of ['a{background:url(#p)}', 'a{--x:url(#p)}', 'a{fill:red;background/**/:url(#p)}', 'a{cursor:url("#p"),auto}', '@font-face{src:url(#p)}', 'a{background:image-set("#p" 1x)}']) assert.ok(!harmlessCss(css).includes('#p'), css)
  assert.equal(harmlessCss('url(#p)', 'fill'), 'url(#p)')
  assert.ok(!harmlessCss('url(#p)', 'cursor').includes('#p'))
})

test('the_mark_for_what_the_mouse_is_over_stands_beside_hover', () => {
  assert.equal(withHoverClass('a:hover b,c{d:e}'), 'a:is(:hover,.\\:hover) b,c{d:e}')
  assert.equal(withHoverClass('@media (min-device-width:9px){a{b:c}}'), '@media (min-width:9px){a{b:c}}')
  for (const css of ['@media (hover:hover){a{b:c}}', '@media (any-hover: hover){a{b:c}}', 'a::-webkit-scrollbar-thumb:hover{b:c}', '.\\:hover{b:c}', 'a{animation:hover 1s}', 'a::before{content:":hover{}"}', '/*a:hover{}*/']) assert.equal(withHoverClass(css), css)
})

test('a_style_sheet_that_is_read_again_holds_nothing_that_was_text', () => {
  const css = harmlessStyleText(`'-->*}@import "${AWAY}";a:hover \n{}`)
  assert.ok(addresses(withHoverClass(css)).length === addresses(css).length)
})

test('what_has_the_wrong_type_is_read_as_rrweb_would_read_it', () => {
  const css = `a{b:url(${AWAY})}`
  const list = element(10, 'x', {}, { type: 3, id: 11, textContent: css })
  assert.ok(!disarmed(new Harmless(), snapshotOf({ ...list, tagName: ['style'] })).includes('style'))
  assert.ok(!disarmed(new Harmless(), snapshotOf(element(10, 'style', {}, { type: 3, id: 11, textContent: [css] }))).includes('away.test'))
  const harmless = new Harmless()
  disarmed(harmless, snapshotOf({ ...element(10, 'style', {}), id: 's' }))
  assert.ok(!disarmed(harmless, mutation({ texts: [{ id: 's', value: css }] })).includes('away.test'), 'a number that is a text')
})

test('a_number_that_stood_for_a_style_or_a_link_is_treated_as_one_until_the_next_snapshot', () => {
  const css = `a{b:url(${AWAY})}`
  const harmless = new Harmless()
  disarmed(harmless, snapshotOf(element(10, 'style', {}), element(12, 'link', {})))
  disarmed(harmless, mutation({ adds: [{ parentId: 999, nextId: null, node: element(10, 'p', {}) }, { parentId: 999, nextId: null, node: element(12, 'a', {}) }] }))
  assert.ok(!disarmed(harmless, mutation({ texts: [{ id: 10, value: css }], attributes: [{ id: 12, attributes: { rel: 'stylesheet', href: AWAY } }] })).includes('away.test'))
})

test('names_that_hide_what_nodes_have_and_dialogs_that_take_the_focus', () => {
  assert.ok(!disarmed(new Harmless(), snapshotOf(element(10, 'form', { name: 'body' }))).includes('"name"'))
  assert.ok(disarmed(new Harmless(), snapshotOf(element(10, 'form', { name: 'search' }))).includes('"name":"search"'))
  const harmless = new Harmless()
  assert.ok(disarmed(harmless, snapshotOf(element(10, 'dialog', { open: '' }))).includes('"inert":""'))
  assert.ok(!disarmed(harmless, mutation({ attributes: [{ id: 10, attributes: { inert: null } }] })).includes('inert'))
})
