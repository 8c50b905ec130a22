// Pages that would be in front of the app, take its keyboard, or change where it is.

import { add, documentOf, element, incremental, mutation, text, visit } from './page.mjs'

const COVER = 'position: fixed; inset: -9999px; width: 30000px; height: 30000px; z-index: 2147483647; transform: translateZ(9e9px) scale(99); background: rgb(255, 0, 0)'

export function grabs() {
  return visit(documentOf([
    element(100, 'style', {}, [text(101, `html, body { ${COVER} } dialog::backdrop { ${COVER} } :host, :root, * { overflow: visible !important } ::view-transition { ${COVER} } @view-transition { navigation: auto } @page { size: 1px }`, { isStyle: true })]),
  ], [
    element(110, 'div', { style: COVER, popover: 'manual', id: 'pop' }, [text(111, '\u202e covers \u2066')]),
    element(112, 'dialog', { open: '', rr_open_mode: 'modal', autofocus: '' }, [element(113, 'input', { autofocus: '', value: 'mine', accesskey: 'x' })]),
    element(114, 'div', { contenteditable: 'true', tabindex: '1' }, [text(115, 'edit me')]),
    element(116, 'input', { id: 'field', tabindex: '1', value: 'field' }), element(118, 'video', { autoplay: '', controls: '', style: COVER }),
    element(119, 'iframe', { style: COVER, allowfullscreen: '', name: '_parent' }), element(120, 'select', { multiple: '', size: '4' }, [element(121, 'option', { selected: true }, [text(122, 'o')])]), element(123, 'a', { href: '#fragment', target: '_top', accesskey: 'y' }, [text(124, 'go')]),
    element(125, 'button', { commandfor: 'pop', command: 'show-popover', popovertarget: 'pop' }, [text(126, 'pop')]), element(127, 'title', {}, [text(128, 'stolen title')]),
  ]), [
    ...[113, 114, 116, 118, 120, 123, 125].flatMap((id, place) => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((type) => incremental(100 + place * 60 + type, { source: 2, type, id, x: 5, y: 5 }))),
    incremental(700, { source: 14, ranges: [{ start: 115, startOffset: 0, end: 115, endOffset: 4 }] }),
    incremental(800, { source: 5, id: 116, text: 'typed', isChecked: true }),
    { type: 5, timestamp: incremental(900, {}).timestamp, data: { tag: 'rrweb/fullscreen', payload: { id: 110, enter: true } } },
    mutation(1000, { adds: [add(4, element(200, 'dialog', { open: '', rr_open_mode: 'modal' })), add(200, element(201, 'input', { autofocus: '' }))] }),
    mutation(1100, { attributes: [{ id: 112, attributes: { rr_open_mode: 'modal', open: '' } }, { id: 110, attributes: { rr_fullscreen: '', autofocus: '' } }] }),
    incremental(1200, { source: 3, id: 1, x: 1e9, y: -1e9 }), incremental(1300, { source: 3, id: 116, x: 'x', y: null }),
  ])
}
