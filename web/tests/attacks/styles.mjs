// Style sheets that ask for something, in every spelling and by every event that carries one.

import { add, counter, documentOf, element, incremental, mutation, svg, text, visit } from './page.mjs'

/** Each as it stands in a style element; the names say which it was. */
const SHEETS = {
  'escaped import': (to) => `@\\69 mport "${to}";`,
  'import in layers': (to) => `@import url(${to}) layer(a) supports(display: grid) screen;`,
  'import behind charset': (to) => `@charset "utf-16"; @import '${to}';`,
  'import behind a byte order mark': (to) => `\ufeff@import "${to}";`,
  'import behind comments of markup': (to) => `<!-- @import "${to}"; -->`,
  'url in capitals and escapes': (to) => `h1 { background: U\\52 L("${to}") }`,
  'url with line ends escaped': (to) => `h1 { background: url("${to.slice(0, 9)}\\\n${to.slice(9)}") }`,
  'image-set of text': (to) => `h1 { background: image-set("${to}" type("image/png") 1x) }`,
  'image-set of a variable': (to) => `h1 { --a: "${to}"; background: image-set(var(--a) 1x) }`,
  'image-set inside parentheses': (to) => `h1 { background: image-set(first-valid("${to}") 1x) }`,
  'cross-fade': (to) => `h1 { background: -webkit-cross-fade(url(${to}), url(${to}?2), 50%) }`,
  'src function': (to) => `h1 { background: src("${to}") }`,
  'paint and element': (to) => `h1 { background: paint(x, "${to}"), -moz-element(#x), url(${to}) }`,
  'attribute as an address': (to) => `h1 { background: attr(data-address type(<url>), url(${to})) }`,
  'registered property': (to) => `@property --p { syntax: "<image>"; inherits: true; initial-value: url(${to}) } h1 { background: var(--p) }`,
  'function of its own': (to) => `@function --f() { result: url(${to}) } h1 { background: --f() }`,
  'font': (to) => `@font-face { font-family: x; src: local(none), url(${to}) format("woff2") } h1 { font-family: x }`,
  'namespace': (to) => `@namespace x url(${to}); h1 { color: red }`,
  'cursor, content, list, border, mask, shape': (to) => `h1 { cursor: url(${to}?a), auto; border-image: url(${to}?c) 1; mask: url(${to}?d); shape-outside: url(${to}?e); float: left } h1::before { content: url(${to}?f); display: list-item; list-style-image: url(${to}?g) }`,
  'filter and clip of another document': (to) => `h1 { filter: url(${to}#f); clip-path: url(${to}#c); offset-path: url(${to}#o) }`,
  'visited': (to) => `:visited { background: url(${to}) } a:link { background: url(${to}?link) }`,
  'keyframes': (to) => `@keyframes k { from { background: url(${to}) } to { background: url(${to}?b) } } h1 { animation: k 1s infinite }`,
  'nested rules': (to) => `body { & h1 { background: url(${to}) } @media all { h1 { background: url(${to}?b) } } }`,
  'view of a container': (to) => `@container style(--x: 1) { h1 { background: url(${to}) } } @scope (body) { h1 { background: url(${to}?b) } } @starting-style { h1 { background: url(${to}?c) } }`,
  'custom highlight and marker': (to) => `li::marker { content: url(${to}) } h1::first-line { background: url(${to}?b) } ::selection { background: url(${to}?c) }`,
  // rrweb parses style sheets once more and writes the selectors with `:hover` anew, without their comments.
  'comment that selectors make': (to) => `h1:hover //**/* {} b { content: "*/ @import '${to}'; h1 { background: url(${to}?b) } /*" }`,
  'comment that selectors make, ended in a comment': (to) => `h1:hover //**/* {} b { content: "*/ h1 { background: url(${to}?b) } /*" }`,
  'comment that conditions make': (to) => `@media (min-device-width: 1px) //**/* { b { content: "*/ {} h1 { background: url(${to}) } /*" } }`,
  'text that selectors make': (to) => `h1:hover\\/**/" {} b { x: " } h1 { background: url(${to}) } " }`,
  'escape that selectors make': (to) => `a:hover[b="\\\n"] x, c { d: "e" } h1 { background: u\\72/**/l(${to}) }`,
  'text that becomes a rule when it is written anew': (to) => `'-->*}@import "${to}";h1 { background: url(${to}?b) } a:hover \n{}`,
  'import that comes after text that was not closed': (to) => `'-->*}@import "${to}";a:hover \n`,
  'fragment as a mask': () => 'h1 { mask: url(#part8); -webkit-mask-image: url(#part9); clip-path: url(#part); filter: url(#nothing); --late: url(#part10); background: var(--late) }',
  'fragment behind a comment': () => 'h1 { fill: red; background/**/: url(#part11) }',
  'fragment as a picture': () => 'h1 { background: url(#part); list-style-image: url("#part2"); cursor: url(#part3), auto } h1::before { content: url(#part4) } @font-face { font-family: fragment; src: url(#part5) } h1 { font-family: fragment }',
  'fragment in a set': () => 'h1 { background: image-set("#part6" 1x, url(#part7) 2x) }',
}

/** `to` makes an address of a name. */
export function sheetsAtFirst(to) {
  const next = counter(100)
  const sheets = Object.entries(SHEETS).flatMap(([name, css]) => {
    const address = to(`first ${name}`)
    return [
      element(next(), 'style', {}, [text(next(), css(address), { isStyle: true })]),
      element(next(), 'style', {}, [text(next(), css(`${address}-bare`))]),
      element(next(), 'style', { _cssText: css(`${address}-whole`) }),
      element(next(), 'link', { rel: 'stylesheet', _cssText: css(`${address}-link`) }),
    ]
  })
  const places = [element(90, 'a', { href: to('link'), 'data-address': to('attribute') }, [text(91, 'link')]), element(92, 'li', {}, [text(93, 'item')]), svg(94, 'svg', {}, [svg(95, 'rect', { width: '5', height: '5', id: 'part' })])]
  return visit(documentOf(sheets, places))
}

export function sheetsLater(to) {
  const next = counter(5000)
  const names = Object.entries(SHEETS)
  const changes = names.flatMap(([name, css], place) => {
    const address = to(`later ${name}`)
    const [style, words, shadow, inside, host] = [next(), next(), next(), next(), next()]
    const at = 100 + place * 60
    return [
      mutation(at, { adds: [add(3, element(style, 'style')), add(style, text(words, css(address)))] }),
      mutation(at + 10, { texts: [{ id: words, value: css(`${address}-text`) }] }),
      mutation(at + 20, { texts: [{ id: style, value: css(`${address}-whole`) }] }),
      mutation(at + 30, { adds: [add(4, element(host, 'div', {}, [], { isShadowHost: true })), add(host, element(shadow, 'style', {}, [], { isShadow: true })), add(shadow, text(inside, css(`${address}-shadow`)))] }),
      incremental(at + 35, { source: 8, id: 96, adds: [{ rule: css(`${address}-rule`), index: 0 }] }),
      incremental(at + 40, { source: 15, id: 1, styleIds: [place], styles: [{ styleId: place, rules: [{ rule: css(`${address}-adopted`) }] }] }),
      incremental(at + 45, { source: 8, styleId: place, replace: css(`${address}-replace`), replaceSync: css(`${address}-sync`) }),
      incremental(at + 50, { source: 10, family: `f${place}`, fontSource: css(`${address}-font`), buffer: place % 2 ? 1 : false, descriptors: {} }),
    ]
  })
  return visit(documentOf([element(96, 'style', {}, [text(97, 'h2 { color: red }')])]), changes)
}
