// Recorded pages are hostile. The sandbox runs none of their scripts and the policy of our pages loads nothing from
// elsewhere; but a policy does not govern everything that reaches out. This takes the rest out of an event
// before it is rebuilt: connections that a <link> opens without loading anything, and policies, refreshes and
// frames that a recorded page would set for the page that shows it.
//
// Changes the parsed event in place; what is stored stays as it is.

import { arrayOf, objectOf, textOf } from '../format/json'
import { EventType, Source } from '../format/rrweb-numbers'

type Attributes = { [name: string]: unknown }

export function makeHarmless(event: object): void {
  const { type, data: untrusted } = Object.assign({ type: -1, data: undefined as unknown }, event)
  const data = objectOf(untrusted)
  if (!data) return
  if (type === EventType.FullSnapshot) disarmTree(data.node)
  if (type !== EventType.Incremental || data.source !== Source.Mutation) return
  for (const add of arrayOf(data.adds)) disarmTree(objectOf(add)?.node)
  for (const change of arrayOf(data.attributes)) {
    const attributes = objectOf(objectOf(change)?.attributes)
    if (attributes) disarmChange(attributes as Attributes) // parsed by us, and ours to change
  }
}

function disarmTree(root: unknown): void {
  const stack: unknown[] = [root]
  while (stack.length > 0) {
    const node = objectOf(stack.pop())
    if (!node) continue
    const attributes = objectOf(node.attributes)
    const tag = textOf(node.tagName)?.toLowerCase()
    if (attributes && tag !== undefined) disarmElement(tag, attributes as Attributes) // as above
    for (const child of arrayOf(node.childNodes)) stack.push(child)
  }
}

function disarmElement(tag: string, attributes: Attributes): void {
  switch (tag) {
    case 'link':
      // rrweb turns a link with `_cssText` into a style element; any other can only show something from our own origin.
      if (attributes._cssText === undefined && !isOwnStylesheet(attributes)) delete attributes.rel
      break
    case 'meta':
      delete attributes['http-equiv']
      break
    case 'base':
      delete attributes.href
      delete attributes.target
      break
    case 'audio':
    case 'video':
      // Never loaded, so never played: rrweb would ask them to, and be refused.
      for (const name of ['src', 'autoplay', 'rr_mediaState']) delete attributes[name]
      break
    case 'iframe':
    case 'frame':
    case 'embed':
    case 'object':
    case 'portal':
    case 'fencedframe':
      for (const name of ['src', 'rr_src', 'srcdoc', 'data']) delete attributes[name]
      break
    default:
  }
}

/** A change says which attribute, but not of which element: `rel` and `srcdoc` are left as they were at the start. */
function disarmChange(attributes: Attributes): void {
  for (const name of ['rel', 'http-equiv', 'srcdoc', 'data', 'rr_src']) delete attributes[name]
}

function isOwnStylesheet(attributes: Attributes): boolean {
  if (textOf(attributes.rel)?.trim().toLowerCase() !== 'stylesheet') return false
  try {
    return new URL(textOf(attributes.href) ?? '', 'null:').origin === location.origin
  } catch {
    return false
  }
}
