// Looking at the recorded page: which element is at a point, where its box is on the screen, and what can be said of it. The page is
// only read, and what is read is text.

import { clip } from '../../format/entry'
import { chainOf, isRecorders } from '../../format/node-history'
import type { RecordedPage } from '../../player/replayer'
import { isPlayersClass, selectorOf } from './selector'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Near {
  readonly id: number
  readonly label: string
}

export interface Described {
  readonly id: number
  readonly tag: string
  readonly label: string
  readonly chain: string
  readonly selector: string
  readonly attributes: readonly (readonly [name: string, value: string])[]
  /** The text in it, in one line. */
  readonly text: string
  /** What stands in a field, as the recording has it: masked where it was masked. */
  readonly value: string | undefined
  /** In pixels of the recorded page. */
  readonly box: Box
  readonly isSeen: boolean
  readonly styles: readonly (readonly [name: string, value: string])[]
  /** From the root down. */
  readonly ancestors: readonly Near[]
  readonly children: readonly Near[]
  readonly before: number | undefined
  readonly after: number | undefined
}

const TEXT_LIMIT = 500
const VALUE_LIMIT = 2000
const CHILDREN_LIMIT = 500
const DEPTH_LIMIT = 600
const STYLES = ['display', 'position', 'color', 'background-color', 'font-size', 'font-family', 'font-weight', 'margin', 'padding', 'border', 'width', 'height', 'opacity', 'visibility', 'overflow', 'z-index', 'cursor']

// The recorded page has classes of its own for these: `instanceof` would say no.
const isElement = (node: Node | null | undefined): node is Element => node?.nodeType === 1
const isShadowRoot = (node: Node): node is ShadowRoot => node.nodeType === 11 && 'host' in node

/** The element that is seen at a point of the window, through frames and shadow roots. */
export function elementAt(page: RecordedPage, x: number, y: number): Element | undefined {
  const outer = page.frame.getBoundingClientRect()
  const scale = outer.width / page.frame.offsetWidth || 1
  const { contentDocument } = page.frame
  return contentDocument ? deepest(page, contentDocument, (x - outer.left) / scale, (y - outer.top) / scale) : undefined
}

function deepest(page: RecordedPage, root: Document | ShadowRoot, x: number, y: number): Element | undefined {
  const seen = root.elementsFromPoint(x, y).find((element) => page.idOf(element) > 0)
  // A shadow root answers with what is around it too.
  const isAnswer = seen !== undefined && root.contains(seen) && seen.parentNode?.nodeType !== Node.DOCUMENT_NODE
  const found = isAnswer ? seen : (lastAround(page, root, x, y) ?? seen)
  if (!found) return undefined
  if (found.shadowRoot) {
    const inner = deepest(page, found.shadowRoot, x, y)
    if (inner && inner !== found && found.shadowRoot.contains(inner)) return inner
  }
  if (found.localName === 'iframe') {
    const { contentDocument } = found as HTMLIFrameElement // its name says so
    const { left, top } = found.getBoundingClientRect()
    const edge = found as HTMLElement
    return (contentDocument && deepest(page, contentDocument, x - left - edge.clientLeft, y - top - edge.clientTop)) ?? found
  }
  return found
}

/**
 * By boxes alone, what is later in the page lying above what is earlier. Where a browser answers nothing: behind a dialog that was open as
 * a modal one, of which the recording says only that it is closed, all of the page stays inert.
 */
function lastAround(page: RecordedPage, root: ParentNode, x: number, y: number): Element | undefined {
  let last: Element | undefined
  for (const element of root.querySelectorAll('*')) {
    const { left, right, top, bottom } = element.getBoundingClientRect()
    if (left <= x && x < right && top <= y && y < bottom && page.idOf(element) > 0) last = element
  }
  return last
}

/** Where an element is in its page, frames around it counted in. */
export function boxOf(element: Element): Box {
  const { left, top, width, height } = element.getBoundingClientRect()
  let [x, y] = [left, top]
  let frame = element.ownerDocument.defaultView?.frameElement
  // The outermost frame is ours.
  for (let step = 0; frame && step < DEPTH_LIMIT; step++) {
    const next: Element | null | undefined = frame.ownerDocument.defaultView?.frameElement
    if (!next) break
    const edge = frame.getBoundingClientRect()
    x += edge.left + frame.clientLeft
    y += edge.top + frame.clientTop
    frame = next
  }
  return { x, y, width, height }
}

/** The same box in the window that plays. */
export function boxOnScreen(page: RecordedPage, { x, y, width, height }: Box): Box {
  const outer = page.frame.getBoundingClientRect()
  const scale = outer.width / page.frame.offsetWidth || 1
  return { x: outer.left + x * scale, y: outer.top + y * scale, width: width * scale, height: height * scale }
}

/** The element above: out of a shadow root into its host, out of a frame into the frame. */
export function above(page: RecordedPage, element: Element): Element | undefined {
  const { parentNode } = element
  if (isElement(parentNode)) return parentNode
  if (parentNode && isShadowRoot(parentNode)) return parentNode.host
  const frame = element.ownerDocument.defaultView?.frameElement
  return frame && frame !== page.frame ? frame : undefined
}

function below(element: Element): Element[] {
  const framed = element.localName === 'iframe' ? (element as HTMLIFrameElement).contentDocument?.documentElement : undefined // its name says so
  return [...(element.shadowRoot?.children ?? []), ...(framed ? [framed] : []), ...element.children]
}

export function elementOf(page: RecordedPage, id: number): Element | undefined {
  const node = page.nodeOf(id)
  return isElement(node) && node.isConnected ? node : undefined
}

/** `button#add.primary` */
export function labelOf(page: RecordedPage, element: Element): string {
  const tag = page.tagOf(element) ?? element.localName
  const classes = [...element.classList].filter((one) => !isPlayersClass(one))
  return clip(`${tag}${element.id ? `#${element.id}` : ''}${classes.slice(0, 2).map((one) => `.${one}`).join('')}`, 60)
}

export function describe(page: RecordedPage, element: Element): Described {
  const near = (one: Element): Near => ({ id: page.idOf(one), label: labelOf(page, one) })
  const line: Element[] = []
  for (let one = above(page, element); one && line.length < DEPTH_LIMIT; one = above(page, one)) line.push(one)
  const tagOf = (one: Element): string => page.tagOf(one) ?? one.localName
  const known = (one: Element): boolean => page.idOf(one) > 0
  const parent = line[0]
  const siblings = (parent ? below(parent) : []).filter(known)
  const place = siblings.indexOf(element)
  const idAt = (at: number): number | undefined => (place !== -1 && siblings[at] ? page.idOf(siblings[at]) : undefined)
  const style = element.ownerDocument.defaultView?.getComputedStyle(element)
  const box = boxOf(element)
  return {
    id: page.idOf(element),
    tag: tagOf(element),
    label: labelOf(page, element),
    chain: chainOf([element, ...line].map(tagOf)),
    selector: selectorOf(element),
    attributes: attributesOf(element),
    text: clip(textIn(element), TEXT_LIMIT),
    value: valueOf(element),
    box,
    isSeen: box.width > 0 && box.height > 0 && style?.visibility !== 'hidden',
    styles: STYLES.map((name) => [name, style?.getPropertyValue(name) ?? ''] as const).filter(([, value]) => value !== ''),
    ancestors: line.reverse().map(near),
    children: below(element).filter(known).slice(0, CHILDREN_LIMIT).map(near),
    before: idAt(place - 1),
    after: idAt(place + 1),
  }
}

/** What was recorded of it, without the marks of the player. */
function attributesOf(element: Element): (readonly [string, string])[] {
  return [...element.attributes]
    .filter(({ name }) => !isRecorders(name))
    .map(({ name, value }) => [name, clip(name === 'class' ? value.split(/\s+/).filter((one) => !isPlayersClass(one)).join(' ') : value, VALUE_LIMIT)] as const)
    .filter(([name, value]) => name !== 'class' || value !== '')
}

function textIn(element: Element): string {
  const hidden = element.localName === 'style' || element.localName === 'script' || element.localName === 'noscript'
  return hidden ? '' : (element.textContent ?? '').slice(0, 20 * TEXT_LIMIT).replace(/\s+/g, ' ').trim()
}

function valueOf(element: Element): string | undefined {
  if (!('value' in element) || !['input', 'textarea', 'select'].includes(element.localName)) return undefined
  return clip(String(element.value), VALUE_LIMIT)
}
