// A plain rrweb replayer in a page of its own, given everything from a window's first event to a moment: what the player must show then,
// however it came there. And how both are read: the text of the page with all its shadow roots and frames.

import { Replayer } from 'posthog-js/rrweb'

type Events = ConstructorParameters<typeof Replayer>[0]

interface Reference {
  textAt(events: Events): Promise<string>
  readPage(document: Document): string
}

/** Behind all that is replayed: the last event of a replayer is never played. */
const BEHIND_MS = 1000

async function textAt(events: Events): Promise<string> {
  const last = events.at(-1)
  const first = events[0]
  if (!first || !last) return ''
  const behind = { type: 5, data: { tag: 'behind', payload: {} }, timestamp: last.timestamp + BEHIND_MS } as unknown as Events[number]
  const root = document.createElement('div')
  document.body.append(root)
  const replayer = new Replayer([...events, behind], { root, useVirtualDom: false, mouseTail: false, logger: { log: () => undefined, warn: () => undefined } })
  replayer.pause(last.timestamp - first.timestamp + BEHIND_MS / 2)
  // Frames and style sheets of a recorded page are put in place a moment later.
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  const text = readPage(replayer.iframe.contentDocument)
  replayer.destroy()
  root.remove()
  return text
}

function readPage(page: Document | null): string {
  const parts: string[] = []
  const read = (node: Node): void => {
    if (node.nodeType === 3) parts.push(node.textContent ?? '')
    // By what they have and not by their class: the nodes belong to other documents.
    const { shadowRoot, contentDocument, nodeName } = node as Partial<HTMLIFrameElement>
    if (nodeName === 'STYLE' || nodeName === 'SCRIPT' || nodeName === 'NOSCRIPT') return
    if (shadowRoot) read(shadowRoot)
    if (contentDocument) read(contentDocument)
    for (const child of node.childNodes) read(child)
  }
  if (page) read(page)
  const rules = page?.adoptedStyleSheets.map((sheet) => sheet.cssRules.length).join() ?? ''
  return `${parts.join(' ').replace(/\s+/g, ' ').trim()}${rules === '' ? '' : ` [${rules}]`}`
}

declare global {
  interface Window {
    reference: Reference
  }
}

window.reference = { textAt, readPage }
