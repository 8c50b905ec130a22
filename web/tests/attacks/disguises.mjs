// What is not what it seems to be: wrong types, ids that mean two nodes, kinds that change, documents inside documents.

import { add, documentOf, element, incremental, mutation, svg, text, visit } from './page.mjs'

const css = (to, name) => `@import "${to(name)}"; h1 { background: url(${to(`${name} picture`)}) }`

export function disguises(to) {
  return visit(documentOf([
    element(100, ['style'], {}, [text(101, css(to, 'tag as a list'))]),
    element(102, ['link'], { rel: 'stylesheet', href: to('link as a list') }),
    element(104, 'style', {}, [text(105, [css(to, 'text as a list')])]),
    element(106, 'style', {}, [text(107, [css(to, 'text as a list, marked')], { isStyle: true })]),
    element(108, 'style', { _cssText: [css(to, 'whole as a list')] }),
    element(110, 'style', {}, [{ type: 4, id: 111, textContent: css(to, 'cdata') }]),
    element(112, 'style', {}, [element(113, 'b', {}, [text(114, css(to, 'inside another element'))])]),
    element('s1', 'style', {}, [text('s2', 'h2 { color: red }')]),
    element(null, 'style', {}, [text(true, 'h2 { color: red }')]),
    element(0.5, 'style', {}, [text(-5, 'h2 { color: red }')]),
  ], [
    element(120, 'iframe', {}, []), element(121, 'iframe', { sandbox: '' }, []), element(122, 'div', {}, [], { isShadowHost: true }),
    element(130, 'p', {}, [text(131, 'p')]), element(132, 'link', {}), element(134, 'style', {}, [text(135, 'h2 { color: red }')]), element(136, 'img', { alt: '' }),
    svg(138, 'svg', {}, [svg(139, 'image', {})]),
  ]), [
    mutation(100, { texts: ['s1', 's2', null, true, 0.5, -5].map((id) => ({ id, value: css(to, `text of ${id}`) })) }),
    // Adds that go nowhere: nothing is replaced, and the style is a style as before.
    mutation(200, { adds: [add(99999, element(134, 'p')), add(99999, text(135, 'p')), add(99999, element(132, 'a')), add(99999, element(136, 'a')), add(99999, svg(139, 'a'))] }),
    mutation(300, { texts: [{ id: 134, value: css(to, 'a style that seemed to be gone') }] }),
    mutation(350, { texts: [{ id: 135, value: css(to, 'its text') }] }),
    mutation(400, { attributes: [{ id: 132, attributes: { rel: 'stylesheet', href: to('a link that seemed to be gone') } }] }),
    mutation(450, { attributes: [{ id: 139, attributes: { href: to('a picture that seemed to be gone') } }, { id: 136, attributes: { src: to('an image that seemed to be gone'), href: to('nothing') } }] }),
    // One number for several nodes.
    mutation(500, { adds: [add(3, element(200, 'style')), add(4, element(200, 'p')), add(200, text(201, css(to, 'one number')))] }),
    mutation(550, { adds: [add(4, element(202, 'p')), add(3, element(202, 'style')), add(202, text(203, css(to, 'one number, the other way')))] }),
    // Documents in frames.
    mutation(700, { adds: [add(120, { type: 0, id: 300, rootId: 300, childNodes: [element(301, 'html', {}, [element(302, 'head', {}, [element(303, 'style', {}, [text(304, css(to, 'in a frame'), { isStyle: true })]), element(305, 'base', { href: to('base') }), element(306, 'meta', { 'http-equiv': 'refresh', content: `0;url=${to('refresh in a frame')}` })]), element(307, 'body', {}, [element(308, 'img', { src: to('img in a frame') }), element(309, 'iframe', { src: to('frame in a frame') }), element(310, 'script', {}, [text(311, 'top.owned = true')])])])] })] }),
    mutation(750, { adds: [add(121, { type: 0, id: 320, childNodes: [element(321, 'html', {}, [element(322, 'body', {}, [element(323, 'img', { src: to('img in a closed frame') })])])] })] }),
    mutation(800, { adds: [add(122, element(330, 'style', {}, [], { isShadow: true })), add(330, text(331, css(to, 'in a shadow')))] }),
    mutation(850, { attributes: [{ id: 132, attributes: { _cssText: css(to, 'a link that becomes a style') } }] }),
    mutation(900, { attributes: [{ id: 130, attributes: JSON.parse(`{"__proto__": {"src": "x"}, "constructor": "${to('x')}", "style": {"__proto__": "${to('y')}", "background": ["url(${to('list')})", "important"], "cursor": {"toString": 1}}}`) }] }),
    incremental(950, { source: 13, id: 134, index: [0], set: { property: ['background'], value: [`url(${to('declaration as lists')})`] } }),
    incremental(960, { source: 13, id: 134, index: [0], set: { property: '--x', value: `url(${to('property')})`, priority: ['important'] } }),
    incremental(970, { source: 8, id: 134, adds: [{ rule: [`h1 { background: url(${to('rule as a list')}) }`], index: [0] }, { rule: { toString: 1 } }] }),
  ])
}
