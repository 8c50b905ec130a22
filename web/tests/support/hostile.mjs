// A page that tries to reach out, by everything that is known to make a browser ask for something: at first, by changes, and by
// what is added later. Each address names its carrier, so that a request says by which way it came.

import { recordingOf } from './recording.mjs'

const START = Date.UTC(2026, 4, 4, 9, 30)

/** Tag, attributes by address, and whether it is SVG. */
const CARRIERS = [
  ['link', (to) => ({ rel: 'preconnect', href: to('preconnect') })],
  ['link', (to) => ({ rel: 'dns-prefetch', href: to('dns') })],
  ['link', (to) => ({ rel: 'stylesheet', href: to('style.css') })],
  ['link', (to) => ({ rel: 'prefetch', href: to('next') })],
  ['link', (to) => ({ rel: 'preload', as: 'image', href: to('preload'), imagesrcset: `${to('imagesrcset')} 2x` })],
  ['link', (to) => ({ rel: 'icon', href: to('icon') })],
  ['link', (to) => ({ rel: 'manifest', href: to('manifest') })],
  ['link', (to) => ({ rel: 'stylesheet', _cssText: `@import "${to('link-import')}"; .l { background: url(${to('link-css')}) }` })],
  ['meta', (to) => ({ 'http-equiv': 'refresh', content: `0;url=${to('refresh')}` })],
  ['meta', () => ({ 'http-equiv': 'Content-Security-Policy', content: "style-src 'none'" })],
  ['base', (to) => ({ href: to('base/') })],
  ['script', (to) => ({ src: to('script.js') })],
  ['img', (to) => ({ src: to('pixel.png'), srcset: `${to('pixel2.png')} 2x`, onerror: 'parent.owned = true' })],
  ['img', () => ({ src: '/api/me?recorded' })],
  ['img', () => ({ src: 'relative.png' })],
  ['img', (to) => ({ rr_dataURL: to('data-url.png'), src: '' })],
  ['canvas', (to) => ({ rr_dataURL: to('canvas.png') })],
  ['source', (to) => ({ srcset: to('source.png'), src: to('source.mp4') })],
  ['input', (to) => ({ type: 'image', src: to('input.png'), autofocus: '' })],
  ['iframe', (to) => ({ src: to('frame'), rr_src: to('frame2') })],
  ['iframe', (to) => ({ srcdoc: `<img src="${to('srcdoc.png')}">` })],
  ['iframe', (to) => ({ src: `data:text/html,<img src="${to('data-frame.png')}">` })],
  ['object', (to) => ({ data: to('object') })],
  ['embed', (to) => ({ src: to('embed') })],
  ['video', (to) => ({ src: to('video.mp4'), poster: to('poster.png'), autoplay: '', rr_mediaState: 'played' })],
  ['audio', (to) => ({ src: to('audio.mp3'), autoplay: '' })],
  ['table', (to) => ({ background: to('table.png') })],
  ['a', (to) => ({ href: 'javascript:parent.owned = true', ping: to('ping'), attributionsrc: to('attribution') })],
  ['form', (to) => ({ action: to('form') })],
  ['div', (to) => ({ style: `background: url(${to('inline.png')}); cursor: url("${to('cursor.cur')}"), auto; list-style: image-set("${to('set.png')}" 1x)` })],
  ['image', (to) => ({ href: to('svg.png'), 'xlink:href': to('svg-xlink.png'), width: '10', height: '10' }), true],
  ['use', (to) => ({ href: to('use.svg#a') }), true],
  ['use', (to) => ({ href: `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image id='x' href='${to('data-use.png')}'/></svg>#x` }), true],
  ['feImage', (to) => ({ href: to('feimage.png') }), true],
  ['rect', (to) => ({ width: '9', height: '9', fill: `url(${to('paint.svg#p')})`, filter: `url(${to('filter.svg#f')})`, 'clip-path': `url(${to('clip.svg#c')})`, mask: `url(${to('mask.svg#m')})` }), true],
]

const css = (to, name) => `
  @import url("${to(`${name}-import.css`)}"); @\\69mport '${to(`${name}-import2.css`)}';
  @font-face { font-family: hostile; src: url("${to(`${name}-font.woff2`)}") }
  body { font-family: hostile; background: url(${to(`${name}-bg.png`)}) }
  h1 { color: rgb(200, 0, 0); --late: url(${to(`${name}-late.png`)}); background: var(--late), u\\72l(${to(`${name}-escaped.png`)}) }
  h1::before { content: image-set("${to(`${name}-set.png`)}" 1x); mask-image: -webkit-image-set(url(${to(`${name}-set2.png`)}) 1x) }`

/** `away` is where everything points. */
export function hostile({ id = 'made-up-hostile', away = 'http://away.test' } = {}) {
  const at = (when) => (name) => `${away}/${when}-${name}`
  const text = (id, textContent) => ({ type: 3, id, textContent })
  const element = (id, tagName, attributes = {}, childNodes = [], isSVG = undefined) => ({ type: 2, id, tagName, attributes, childNodes, ...(isSVG && { isSVG }) })
  const carriers = (from, to) =>
    CARRIERS.map(([tag, attributes, isSVG], place) => {
      const node = element(from + 2 * place, tag, attributes(to), [], isSVG)
      return isSVG ? element(from + 2 * place + 1, 'svg', { width: '10', height: '10' }, [node], true) : node
    })
  const incremental = (ms, data) => ({ type: 3, timestamp: START + ms, data })
  const mutation = (ms, data) => incremental(ms, { source: 0, texts: [], removes: [], adds: [], attributes: [], ...data })
  const head = [
    element(20, 'style', { title: 'text' }, [{ ...text(21, css(at('first'), 'style')), isStyle: true }]),
    element(22, 'style', { _cssText: css(at('first'), 'csstext') }),
    element(24, 'style', { title: 'later' }, [{ ...text(25, 'p { color: green }'), isStyle: true }]),
  ]
  const body = [
    element(10, 'h1', { onclick: 'parent.owned = true' }, [text(11, 'hostile page')]),
    element(12, 'p', {}, [text(13, 'recorded </script><!-- <script>parent.owned = true</script> ]]> \u2028 text')]),
    { ...element(14, 'x-custom', {}, [text(15, 'custom')]), isCustom: true },
    ...carriers(1000, at('first')),
  ]
  const page = { type: 0, id: 1, childNodes: [element(2, 'html', {}, [element(3, 'head', {}, head), element(4, 'body', { background: at('first')('body.png') }, body)])] }
  const add = (node, parentId = 4) => ({ parentId, nextId: null, node })
  const bare = (node) => ({ ...node, childNodes: [] })
  const later = carriers(3000, at('added'))
  const events = [
    { type: 4, data: { href: `${away}/`, width: 1000, height: 700 }, timestamp: START },
    { type: 2, data: { node: page, initialOffset: { left: 0, top: 0 } }, timestamp: START + 10 },
    incremental(900, { source: 1, positions: [{ x: 1, y: 1, id: 4, timeOffset: 0 }] }),
    incremental(1000, { source: 2, type: 5, id: 1036 }),
    mutation(1200, { attributes: CARRIERS.map(([, attributes], place) => ({ id: 1000 + 2 * place, attributes: attributes(at('changed')) })) }),
    mutation(1400, { adds: later.flatMap((node) => [add(bare(node)), ...node.childNodes.map((child) => add(child, node.id))]) }),
    mutation(1600, { texts: [{ id: 25, value: css(at('text'), 'style') }] }),
    mutation(1700, { texts: [{ id: 24, value: css(at('element-text'), 'style') }] }),
    mutation(1800, { adds: [add(text(26, css(at('moved'), 'style')), 27), add(element(27, 'style', {}), 3)] }),
    mutation(1900, { attributes: [{ id: 10, attributes: { style: { background: `url(${at('style-change')('a.png')})`, cursor: [`url(${at('style-change')('b.cur')}), auto`, 'important'] } } }] }),
    incremental(2000, { source: 8, id: 20, adds: [{ rule: `h1 { background: url(${at('rule')('a.png')}) }`, index: 0 }, { rule: `@import "${at('rule')('b.css')}"`, index: 0 }] }),
    incremental(2100, { source: 13, id: 20, index: [0], set: { property: 'background', value: `url(${at('declaration')('a.png')})` } }),
    incremental(2200, { source: 15, id: 1, styleIds: [7], styles: [{ styleId: 7, rules: [{ rule: `h1 { background: url(${at('adopted')('a.png')}) }`, index: 0 }] }] }),
    incremental(2300, { source: 8, styleId: 7, replaceSync: `h1 { color: rgb(200, 0, 0); background: url(${at('replaced')('a.png')}) }` }),
    incremental(2400, { source: 10, family: 'later', fontSource: `url(${at('font')('a.woff2')})`, buffer: false }),
    mutation(2500, { attributes: [{ id: 10, attributes: { style: 'font-family: later' } }] }),
    incremental(3000, { source: 1, positions: [{ x: 2, y: 2, id: 4, timeOffset: 0 }] }),
  ]
  return recordingOf({ id, events: events.map((event) => ({ windowId: 'w1', event })), distinctIds: ['mallory </script><!--'] })
}
