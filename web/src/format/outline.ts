// Outline: just enough of each page's tree to say *what* was clicked ("Add to cart") where rrweb only says node 77.
//
// Fed with the events in the order in which they are decoded. Blocks may be decoded out of order while somebody
// jumps around: a node that is not known then has no name, which is all that can go wrong.
//
// Most of what changes in a page is never clicked, and a tree costs more than to read its events. So events wait here until somebody asks
// for a name, or until they hold more memory than the tree would.

import { arrayOf, numberOf, objectOf, textOf, type JsonObject } from './json'
import { EventType, NodeType, Source } from './rrweb-numbers'
import { clip } from './entry'

interface OutlineNode {
  parent: number
  tag: string
  /** And not the attributes themselves, some of which are whole style sheets and pictures. */
  label: string
  text: string
  /** In the order in which they came; a set, because a table of 10,000 rows is emptied row by row. Most nodes have none. */
  children: Set<number> | undefined
}

const NAME_LIMIT = 60
/** A tree that is built by recursion, as rrweb does it, may not be deeper. Browsers stop at 512 themselves. */
const DEPTH_LIMIT = 1500
/** What may wait, in bytes of JSON. */
const WAITING_BYTES = 1024 * 1024
const CLIMB_LIMIT = 5
const CLICKABLE = new Set(['a', 'button', 'label', 'input', 'select', 'textarea', 'option', 'summary'])
const LABEL_ATTRIBUTES = ['aria-label', 'alt', 'title', 'placeholder', 'name', 'id']

export class Outline {
  private nodes = new Map<number, OutlineNode>()
  private waiting: JsonObject[] = []
  private waitingBytes = 0

  /** The window's next event, whose JSON is so long. Throws where a tree in it is nested too deeply. */
  follow(event: JsonObject, bytes: number): void {
    const data = objectOf(event.data) ?? {}
    const isPicture = event.type === EventType.FullSnapshot
    if (!isPicture && !(event.type === EventType.Incremental && data.source === Source.Mutation)) return
    if (isPicture) mustNotBeDeep(data.node)
    else for (const added of arrayOf(data.adds)) mustNotBeDeep(objectOf(added)?.node)
    // All that was known of this window is gone.
    if (isPicture) this.forgetWaiting()
    this.waiting.push(event)
    this.waitingBytes += bytes
    if (this.waitingBytes > WAITING_BYTES) this.catchUp()
  }

  /** What a person would call the node: its own text or label, or that of the button or link around it. */
  nameOf(id: number): string {
    this.catchUp()
    let node = this.nodes.get(id)
    let best = node
    for (let step = 0; node && step < CLIMB_LIMIT; step++) {
      if (CLICKABLE.has(node.tag) || node.label.startsWith('role:')) {
        best = node
        break
      }
      node = this.nodes.get(node.parent)
    }
    if (!best) return ''
    const text = best.tag === 'select' || best.tag === 'textarea' ? '' : this.textOf(best).replace(/\s+/g, ' ').trim()
    const label = best.label.replace(/^role:/, '')
    const name = text !== '' && text.length <= NAME_LIMIT * 2 ? text : label || text
    return name === '' ? best.tag : clip(name, NAME_LIMIT)
  }

  private catchUp(): void {
    for (const { type, data } of this.waiting) {
      const content = objectOf(data) ?? {}
      if (type === EventType.FullSnapshot) this.replace(content.node)
      else this.mutate(content)
    }
    this.forgetWaiting()
  }

  private forgetWaiting(): void {
    this.waiting = []
    this.waitingBytes = 0
  }

  private replace(root: unknown): void {
    this.nodes = new Map()
    this.add(root, 0)
  }

  private mutate(data: JsonObject): void {
    for (const removed of arrayOf(data.removes)) {
      const id = numberOf(objectOf(removed)?.id)
      if (id !== undefined) this.remove(id)
    }
    for (const added of arrayOf(data.adds)) {
      const add = objectOf(added)
      this.add(add?.node, numberOf(add?.parentId) ?? 0)
    }
    for (const changed of arrayOf(data.texts)) {
      const text = objectOf(changed)
      const node = this.nodes.get(numberOf(text?.id) ?? -1)
      if (node) node.text = textOf(text?.value) ?? ''
    }
  }

  private add(item: unknown, parent: number): void {
    const source = objectOf(item)
    const id = numberOf(source?.id)
    if (!source || id === undefined) return
    this.unlink(id)
    this.nodes.set(id, {
      parent,
      tag: textOf(source.tagName) ?? '',
      label: source.type === NodeType.Element ? labelOf(objectOf(source.attributes)) : '',
      text: source.type === NodeType.Text && source.isStyle !== true ? (textOf(source.textContent) ?? '') : '',
      children: undefined,
    })
    const above = this.nodes.get(parent)
    if (above) (above.children ??= new Set()).add(id)
    for (const child of arrayOf(source.childNodes)) this.add(child, id)
  }

  private remove(id: number): void {
    this.unlink(id)
    const stack = [id]
    while (stack.length > 0) {
      const next = stack.pop() ?? 0
      stack.push(...(this.nodes.get(next)?.children ?? []))
      this.nodes.delete(next)
    }
  }

  private unlink(id: number): void {
    const node = this.nodes.get(id)
    if (node) this.nodes.get(node.parent)?.children?.delete(id)
  }

  private textOf(node: OutlineNode): string {
    let text = node.text
    const stack = [...(node.children ?? [])].reverse()
    while (stack.length > 0 && text.length < NAME_LIMIT * 3) {
      const child = this.nodes.get(stack.pop() ?? -1)
      if (!child || child.tag === 'script' || child.tag === 'style') continue
      if (child.text !== '') text += ` ${child.text}`
      stack.push(...[...(child.children ?? [])].reverse())
    }
    return text
  }
}

/** By recursion, which the limit bounds. */
function mustNotBeDeep(tree: unknown, levels = DEPTH_LIMIT): void {
  if (levels < 0) throw new RangeError('the tree is too deep')
  for (const child of arrayOf(objectOf(tree)?.childNodes)) mustNotBeDeep(child, levels - 1)
}

function labelOf(attributes: JsonObject | undefined): string {
  if (!attributes) return ''
  const role = textOf(attributes.role)
  const clickableRole = role !== undefined && /^(button|link|tab|menuitem|option|checkbox|switch|radio)$/.test(role)
  let label = ''
  if (attributes.type === 'submit' || attributes.type === 'button') label = textOf(attributes.value) ?? ''
  for (const name of LABEL_ATTRIBUTES) label ||= textOf(attributes[name]) ?? ''
  return clickableRole ? `role:${label}` : label
}
