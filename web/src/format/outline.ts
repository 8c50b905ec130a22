// Outline: just enough of each page's tree to say *what* was clicked ("Add to cart") where rrweb only says node 77.
//
// Fed with the events in the order in which they are decoded. Blocks may be decoded out of order while somebody
// jumps around: a node that is not known then has no name, which is all that can go wrong.

import { arrayOf, numberOf, objectOf, textOf, type JsonObject } from './json'
import { NodeType } from './rrweb-numbers'
import { clip } from './entry'

interface OutlineNode {
  parent: number
  tag: string
  label: string
  text: string
  /** In the order in which they came; a set, because a table of 10,000 rows is emptied row by row. */
  children: Set<number>
}

const NAME_LIMIT = 60
/** A tree that is built by recursion, as rrweb does it, may not be deeper. Browsers stop at 512 themselves. */
const DEPTH_LIMIT = 1500
const CLIMB_LIMIT = 5
const CLICKABLE = new Set(['a', 'button', 'label', 'input', 'select', 'textarea', 'option', 'summary'])
const LABEL_ATTRIBUTES = ['aria-label', 'alt', 'title', 'placeholder', 'name', 'id']

export class Outline {
  private nodes = new Map<number, OutlineNode>()

  /** A full snapshot: all that was known of this window is gone. */
  replace(root: unknown): void {
    this.nodes = new Map()
    this.add(root, 0)
  }

  mutate(data: JsonObject): void {
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

  /** What a person would call the node: its own text or label, or that of the button or link around it. */
  nameOf(id: number): string {
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

  private add(value: unknown, parent: number): void {
    // A stack instead of recursion: real pages are nested deeper than a worker's call stack is sure to allow.
    const stack: [item: unknown, above: number, depth: number][] = [[value, parent, 0]]
    while (stack.length > 0) {
      const [item, above, depth] = stack.pop() ?? [undefined, 0, 0]
      if (depth > DEPTH_LIMIT) throw new RangeError('the tree is too deep')
      const source = objectOf(item)
      const id = numberOf(source?.id)
      if (!source || id === undefined) continue
      this.unlink(id)
      const children = arrayOf(source.childNodes)
      this.nodes.set(id, {
        parent: above,
        tag: textOf(source.tagName) ?? '',
        label: source.type === NodeType.Element ? labelOf(objectOf(source.attributes)) : '',
        text: source.type === NodeType.Text && source.isStyle !== true ? (textOf(source.textContent) ?? '') : '',
        children: new Set(),
      })
      this.nodes.get(above)?.children.add(id)
      for (let i = children.length - 1; i >= 0; i--) stack.push([children[i], id, depth + 1])
    }
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
    if (node) this.nodes.get(node.parent)?.children.delete(id)
  }

  private textOf(node: OutlineNode): string {
    let text = node.text
    const stack = [...node.children].reverse()
    while (stack.length > 0 && text.length < NAME_LIMIT * 3) {
      const child = this.nodes.get(stack.pop() ?? -1)
      if (!child || child.tag === 'script' || child.tag === 'style') continue
      if (child.text !== '') text += ` ${child.text}`
      stack.push(...[...child.children].reverse())
    }
    return text
  }
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
