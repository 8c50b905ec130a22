// What attacks are made of: nodes, changes and whole recordings, in any shape that JSON can have.

export const START = Date.UTC(2026, 4, 4, 9, 30)

export const text = (id, textContent, more = {}) => ({ type: 3, id, textContent, ...more })
export const element = (id, tagName, attributes = {}, childNodes = [], more = {}) => ({ type: 2, id, tagName, attributes, childNodes, ...more })
export const svg = (id, tagName, attributes = {}, childNodes = []) => element(id, tagName, attributes, childNodes, { isSVG: true })
export const incremental = (ms, data) => ({ type: 3, timestamp: START + ms, data })
export const mutation = (ms, data) => incremental(ms, { source: 0, texts: [], removes: [], adds: [], attributes: [], ...data })
export const add = (parentId, node, nextId = null) => ({ parentId, nextId, node })
export const snapshot = (ms, node) => ({ type: 2, timestamp: START + ms, data: { node, initialOffset: { left: 0, top: 0 } } })
export const meta = (ms, data = {}) => ({ type: 4, timestamp: START + ms, data: { href: 'http://recorded.test/', width: 800, height: 600, ...data } })

/** 1 is the document, 3 the head, 4 the body; 5 is the heading by which one sees that the page is there. */
export function documentOf(head = [], body = [], bodyAttributes = {}) {
  const heading = element(5, 'h1', {}, [text(6, 'attacked page')])
  return { type: 0, id: 1, childNodes: [{ type: 1, id: 7, name: 'html', publicId: '', systemId: '' }, element(2, 'html', {}, [element(3, 'head', {}, head), element(4, 'body', bodyAttributes, [heading, ...body])])] }
}

/** The events of a page that stands for three seconds, and what happens in it. */
export const visit = (page, changes = []) => [meta(0), snapshot(10, page), ...changes, incremental(3000, { source: 1, positions: [{ x: 2, y: 2, id: 4, timeOffset: 0 }] })]

/** Numbers nodes of a family, so that none hides another. */
export function counter(from) {
  let last = from
  return () => (last += 1)
}
