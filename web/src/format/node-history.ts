// The history of one element in a recording: when it appeared, was changed, used and removed. Fed with the lines of its window from the
// first to the last; what it tells is found line by line, so that a recording of any size can be read in portions.
//
// ## What makes it the same element
// rrweb numbers the nodes of a page and keeps the numbers as long as the page is not loaded anew. After a reload a number
// may mean something else: so in each full snapshot the node has to have the same number *and* the same chain of tags above it.
//
// What a recording masked is masked here: only what stands in its events is told.

import { clip } from './entry'
import { arrayOf, numberOf, objectOf, objectsOf, textOf, type JsonObject } from './json'
import { EventType, MouseInteraction, NodeType, Source } from './rrweb-numbers'

export interface HistoryTarget {
  readonly windowId: string
  readonly node: number
  /** Tags from the element up to the root, as `chainOf` joins them. */
  readonly chain: string
}

export interface HistoryStep {
  readonly timestamp: number
  readonly what: HistoryEvent
}

export type HistoryEvent =
  /** With what stood in the recording: the picture is without what would reach out of it. */
  | { readonly kind: 'present' | 'appeared'; readonly attributes: Readonly<Record<string, string>> }
  | { readonly kind: 'removed' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'attribute'; readonly name: string; readonly before: string | undefined; readonly after: string | undefined }
  | { readonly kind: 'text'; readonly before: string; readonly after: string }
  | { readonly kind: 'used'; readonly how: Use }
  | { readonly kind: 'typed'; readonly text: string }
  | { readonly kind: 'scrolled'; readonly x: number; readonly y: number }

export type Use = 'clicked' | 'double-clicked' | 'right-clicked' | 'tapped' | 'focused' | 'left'

const VALUE_LIMIT = 300
/** A stylish animation changes an attribute sixty times a second: the rest is counted, not listed. */
const STEP_LIMIT = 5000
const CHAIN_LIMIT = 600

export function chainOf(tags: readonly string[]): string {
  return tags.map((tag) => tag.toLowerCase()).join('<')
}

export class NodeHistory {
  private parents = new Map<number, number>()
  private tags = new Map<number, string>()
  private present = false
  private attributes: Record<string, string> = {}
  /** Its own text nodes. */
  private texts = new Map<number, string>()
  private told = 0

  constructor(private readonly target: HistoryTarget) {}

  /** What this event did to the element; none of another window may be given. */
  read(event: JsonObject): HistoryEvent[] {
    const data = objectOf(event.data) ?? {}
    const found = event.type === EventType.FullSnapshot ? this.snapshot(data) : event.type === EventType.Incremental ? this.change(data) : []
    const room = STEP_LIMIT - this.told
    this.told += found.length
    return room >= found.length ? found : found.slice(0, Math.max(0, room))
  }

  private snapshot(data: JsonObject): HistoryEvent[] {
    const was = this.present
    const before = { attributes: this.attributes, text: this.text() }
    this.parents = new Map()
    this.tags = new Map()
    this.forget()
    this.plant(data.node, 0)
    if (!this.present) return was ? [{ kind: 'absent' }] : []
    if (!was) return [{ kind: 'present', attributes: { ...this.attributes } }]
    // The recorder may have missed what came in between.
    return [...differences(before.attributes, this.attributes), ...this.textSince(before.text)]
  }

  private change(data: JsonObject): HistoryEvent[] {
    switch (data.source) {
      case Source.Mutation:
        return this.mutation(data)
      case Source.MouseInteraction: {
        const how = USES[numberOf(data.type) ?? -1]
        const id = numberOf(data.id) ?? -1
        const isIts = how === 'focused' || how === 'left' ? id === this.target.node : this.isWithin(id)
        return how && this.present && isIts ? [{ kind: 'used', how }] : []
      }
      case Source.Input: {
        if (!this.present || data.id !== this.target.node) return []
        const isBox = typeof data.isChecked === 'boolean' && (data.text === 'on' || data.text === '')
        return [{ kind: 'typed', text: isBox ? (data.isChecked === true ? 'checked' : 'unchecked') : clip(textOf(data.text) ?? '', VALUE_LIMIT) }]
      }
      case Source.Scroll:
        return this.present && data.id === this.target.node ? [{ kind: 'scrolled', x: numberOf(data.x) ?? 0, y: numberOf(data.y) ?? 0 }] : []
      default:
        return []
    }
  }

  private mutation(data: JsonObject): HistoryEvent[] {
    const was = this.present
    const text = this.text()
    const ancestors = was ? this.chainIds() : new Set<number>()
    for (const removal of objectsOf(data.removes)) {
      const id = numberOf(removal.id) ?? -1
      if (ancestors.has(id)) this.forget()
      else this.texts.delete(id)
      this.parents.delete(id)
      this.tags.delete(id)
    }
    this.addAll(objectsOf(data.adds))
    const found: HistoryEvent[] = []
    if (was && !this.present) return [{ kind: 'removed' }]
    if (!was && this.present) found.push({ kind: 'appeared', attributes: { ...this.attributes } })
    for (const change of objectsOf(data.texts)) {
      const id = numberOf(change.id) ?? -1
      if (this.texts.has(id)) this.texts.set(id, textOf(change.value) ?? '')
    }
    if (was && this.present) found.push(...this.textSince(text))
    for (const change of objectsOf(data.attributes)) {
      if (change.id === this.target.node && this.present) found.push(...this.changeAttributes(objectOf(change.attributes) ?? {}))
    }
    return found
  }

  /** rrweb may name a parent after its child: what has no place yet is tried again. */
  private addAll(adds: readonly JsonObject[]): void {
    let waiting = adds
    for (;;) {
      const later = waiting.filter((add) => {
        const parent = numberOf(add.parentId) ?? 0
        if (!this.parents.has(parent) && parent !== 0) return true
        this.plant(add.node, parent)
        return false
      })
      if (later.length === 0 || later.length === waiting.length) return
      waiting = later
    }
  }

  private plant(root: unknown, parent: number): void {
    const stack: [node: unknown, parent: number][] = [[root, parent]]
    while (stack.length > 0) {
      const [value, above] = stack.pop() ?? [undefined, 0]
      const node = objectOf(value)
      const id = numberOf(node?.id)
      if (!node || id === undefined) continue
      this.parents.set(id, above)
      if (node.type === NodeType.Element) this.tags.set(id, (textOf(node.tagName) ?? '').toLowerCase())
      if (id === this.target.node) this.meet(node)
      else if (node.type === NodeType.Text && above === this.target.node && this.present) this.texts.set(id, textOf(node.textContent) ?? '')
      const children = arrayOf(node.childNodes)
      for (let index = children.length - 1; index >= 0; index--) stack.push([children[index], id])
    }
  }

  private meet(node: JsonObject): void {
    if (this.present || node.type !== NodeType.Element || this.chain() !== this.target.chain) return
    this.present = true
    this.texts = new Map()
    this.attributes = Object.fromEntries(Object.entries(objectOf(node.attributes) ?? {}).map(([name, value]) => [name, valueText(value)]))
  }

  private forget(): void {
    this.present = false
    this.texts = new Map()
    this.attributes = {}
  }

  private changeAttributes(changes: JsonObject): HistoryEvent[] {
    const before = { ...this.attributes }
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) delete this.attributes[name]
      else this.attributes[name] = name === 'style' && objectOf(value) ? styleText(objectOf(value) ?? {}) : valueText(value)
    }
    return differences(before, this.attributes)
  }

  private chain(): string {
    const tags: string[] = []
    for (const id of this.chainIds()) {
      const tag = this.tags.get(id)
      if (tag !== undefined) tags.push(tag)
    }
    return chainOf(tags)
  }

  /** The element and all above it. */
  private chainIds(): Set<number> {
    const ids = new Set<number>()
    for (let id: number | undefined = this.target.node; id && ids.size < CHAIN_LIMIT && !ids.has(id); id = this.parents.get(id)) ids.add(id)
    return ids
  }

  private isWithin(node: number): boolean {
    let id: number | undefined = node
    for (let step = 0; id && step < CHAIN_LIMIT; step++, id = this.parents.get(id)) {
      if (id === this.target.node) return true
    }
    return false
  }

  private text(): string {
    return [...this.texts.values()].join('').replace(/\s+/g, ' ').trim()
  }

  private textSince(before: string): HistoryEvent[] {
    const after = this.text()
    return after === before ? [] : [{ kind: 'text', before: clip(before, VALUE_LIMIT), after: clip(after, VALUE_LIMIT) }]
  }
}

const USES: Record<number, Use | undefined> = {
  [MouseInteraction.Click]: 'clicked',
  [MouseInteraction.DblClick]: 'double-clicked',
  [MouseInteraction.ContextMenu]: 'right-clicked',
  [MouseInteraction.TouchEnd]: 'tapped',
  [MouseInteraction.Focus]: 'focused',
  [MouseInteraction.Blur]: 'left',
}

function differences(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): HistoryEvent[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !isRecorders(name))
  return names.flatMap((name): HistoryEvent[] => (before[name] === after[name] ? [] : [{ kind: 'attribute', name, before: before[name], after: after[name] }]))
}

/** Notes of the recorder to the player: the page never had such attributes. */
export function isRecorders(attribute: string): boolean {
  return attribute.startsWith('rr_') || attribute.toLowerCase() === '_csstext'
}

function valueText(value: unknown): string {
  return clip(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), VALUE_LIMIT)
}

/** What a style attribute's change holds: only the properties that changed. */
function styleText(style: JsonObject): string {
  const parts = Object.entries(style).map(([name, value]) => `${name}: ${value === false ? 'none' : Array.isArray(value) ? value.filter(Boolean).join(' !') : String(value)}`)
  return clip(parts.join('; '), VALUE_LIMIT)
}
