// A lively page, made by chance from a seed: nodes come, go, move and change in the page itself, in a shadow root and in a frame, with style sheets
// that are adopted, in two windows. With keyframes, because who makes the page up knows it at any time.

import { recordingOf } from './recording.mjs'

const START = Date.UTC(2026, 4, 4, 9, 30)
const DOCUMENT = 1
const BODY = 4
const HOST = 20
const FRAME = 21
const FRAME_DOCUMENT = 30
const FRAME_BODY = 33

/** Numbers between 0 and 1, the same for the same seed. */
export function chanceOf(seed) {
  let state = seed * 2_654_435_761 % 2_147_483_647 || 1
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

class Page {
  constructor(name, seed) {
    this.name = name
    this.chance = chanceOf(seed)
    this.nodes = new Map()
    this.nextId = 100
    this.sheets = []
    const make = (id, tag, parent, more = {}) => this.place({ id, tag, attributes: {}, children: [], ...more }, parent)
    make(2, 'html', undefined)
    make(3, 'head', 2)
    make(BODY, 'body', 2)
    make(HOST, 'my-card', BODY, { isHost: true })
    make(FRAME, 'iframe', BODY)
    make(31, 'html', undefined)
    make(32, 'head', 31)
    make(FRAME_BODY, 'body', 31)
    for (const parent of [BODY, HOST, FRAME_BODY]) for (let count = 0; count < 4; count++) this.grow(parent)
  }

  place(node, parentId, before = null) {
    this.nodes.set(node.id, { ...node, parent: parentId })
    const siblings = this.nodes.get(parentId)?.children
    if (siblings) siblings.splice(before === null ? siblings.length : siblings.indexOf(before), 0, node.id)
    return this.nodes.get(node.id)
  }

  pick(list) {
    return list[Math.floor(this.chance() * list.length)]
  }

  /** A paragraph with a text, before one of its siblings or behind all. */
  grow(parent) {
    const before = this.chance() < 0.5 ? null : (this.pick(this.nodes.get(parent).children.filter((id) => id >= 100)) ?? null)
    const element = this.place({ id: this.nextId++, tag: this.pick(['p', 'div', 'li']), attributes: {}, children: [] }, parent, before)
    const text = this.place({ id: this.nextId++, text: this.word() }, element.id)
    return [
      { parentId: parent, nextId: before, node: { ...this.serialized(element.id), childNodes: [] } },
      { parentId: element.id, nextId: null, node: this.serialized(text.id) },
    ]
  }

  word() {
    return `${this.pick(['ash', 'birch', 'cedar', 'Größe', '大きさ', 'elm'])} ${Math.floor(this.chance() * 10_000)}`
  }

  remove(id) {
    const node = this.nodes.get(id)
    const { children } = this.nodes.get(node.parent)
    children.splice(children.indexOf(id), 1)
    const forget = (gone) => {
      for (const child of this.nodes.get(gone).children ?? []) forget(child)
      this.nodes.delete(gone)
    }
    forget(id)
    return { parentId: node.parent, id, ...(node.parent === HOST ? { isShadow: true } : {}) }
  }

  /** Takes a node with all that is in it to another place, as rrweb tells it: gone, and added again. */
  move(id, parent) {
    const node = this.nodes.get(id)
    const removed = { parentId: node.parent, id, ...(node.parent === HOST ? { isShadow: true } : {}) }
    const { children } = this.nodes.get(node.parent)
    children.splice(children.indexOf(id), 1)
    node.parent = parent
    const before = this.nodes.get(parent).children.find((other) => other >= 100) ?? null
    const siblings = this.nodes.get(parent).children
    siblings.splice(before === null ? siblings.length : siblings.indexOf(before), 0, id)
    const adds = []
    const tell = (one, parentId, nextId) => {
      adds.push({ parentId, nextId, node: { ...this.serialized(one), ...(this.nodes.get(one).children ? { childNodes: [] } : {}) } })
      for (const child of this.nodes.get(one).children ?? []) tell(child, one, null)
    }
    tell(id, parent, before)
    return { removed, adds }
  }

  /** One mutation, of a few changes. */
  change() {
    const data = { source: 0, texts: [], attributes: [], removes: [], adds: [] }
    const own = [...this.nodes.values()].filter(({ id }) => id >= 100)
    const elements = own.filter(({ tag }) => tag)
    const what = this.chance()
    if (what < 0.35 || elements.length < 6) data.adds.push(...this.grow(this.pick([BODY, HOST, FRAME_BODY, ...elements.slice(0, 3).map(({ id }) => id)])))
    else if (what < 0.55) data.removes.push(this.remove(this.pick(elements).id))
    else if (what < 0.7) {
      const { id } = this.pick(elements)
      const inside = (other) => other !== undefined && (other === id || inside(this.nodes.get(other).parent))
      const places = [BODY, ...elements.map((element) => element.id)].filter((other) => !inside(other) && this.rootOf(other) === this.rootOf(id) && this.rootOf(other) === BODY)
      if (this.rootOf(id) === BODY && places.length > 0) {
        const { removed, adds } = this.move(id, this.pick(places))
        data.removes.push(removed)
        data.adds.push(...adds)
      }
    }
    const texts = [...this.nodes.values()].filter(({ text }) => text !== undefined)
    for (let count = 0; count < 2 && texts.length > 0; count++) {
      const text = this.pick(texts)
      if (data.adds.some(({ node }) => node.id === text.id)) continue
      text.text = this.word()
      data.texts.push({ id: text.id, value: text.text })
    }
    return data
  }

  /** In which of the three trees a node is: by the node that it hangs on. */
  rootOf(id) {
    let at = id
    while (![BODY, HOST, FRAME_BODY].includes(at)) at = this.nodes.get(at).parent
    return at
  }

  /** A style sheet that the page adopts, beside those that it has. */
  adopt() {
    this.sheets.push({ styleId: this.sheets.length + 1, rules: [{ rule: `p { color: rgb(${this.sheets.length % 255}, 0, 0) }`, index: 0 }] })
    return { source: 15, id: DOCUMENT, styleIds: this.sheets.map(({ styleId }) => styleId), styles: this.sheets.slice(-1) }
  }

  serialized(id) {
    const node = this.nodes.get(id)
    const isShadow = node.parent === HOST ? { isShadow: true } : {}
    if (node.text !== undefined) return { type: 3, id, textContent: node.text, ...isShadow }
    const childNodes = node.children.map((child) => this.serialized(child))
    return { type: 2, id, tagName: node.tag, attributes: node.attributes, childNodes, ...(node.isHost ? { isShadowHost: true } : {}), ...isShadow }
  }

  /** What puts a replayer into the state of now, from nothing. */
  opening() {
    const node = { type: 0, id: DOCUMENT, childNodes: [this.serialized(2)] }
    const frame = { type: 0, id: FRAME_DOCUMENT, childNodes: [this.serialized(31)] }
    const events = [
      { type: 4, data: { href: `https://${this.name}.example/`, width: 1000, height: 700 } },
      { type: 2, data: { node, initialOffset: { left: 0, top: 0 } } },
      { type: 3, data: { source: 0, texts: [], attributes: [], removes: [], adds: [{ parentId: FRAME, nextId: null, node: frame }], isAttachIframe: true } },
    ]
    if (this.sheets.length > 0) events.push({ type: 3, data: { source: 15, id: DOCUMENT, styleIds: this.sheets.map(({ styleId }) => styleId), styles: this.sheets } })
    return structuredClone(events)
  }
}

const KEYFRAME_EVERY = 12

/** `fractions`: times between two milliseconds too. */
export function lively({ id, seed, steps = 120, keyframes = true, fractions = false }) {
  const chance = chanceOf(seed + 7)
  const pages = [new Page('one', seed), new Page('two', seed + 1)]
  const events = []
  const made = []
  let at = 0
  const push = (page, event) => events.push({ windowId: page.name, event: { ...structuredClone(event), timestamp: START + at } })
  for (const event of pages[0].opening()) push(pages[0], event)
  let page = pages[0]
  for (let step = 1; step <= steps; step++) {
    // Sometimes several within the same millisecond.
    at += Math.floor(chance() * 5) === 0 ? 0 : fractions ? Math.round(chance() * 400_000) / 1000 : Math.ceil(chance() * 400)
    if (step % 30 === 0) {
      page = pages[(step / 30) % 2]
      if (step === 30) for (const event of page.opening()) push(page, event)
      push(page, { type: 3, data: { source: 2, type: 2, id: BODY, x: 5, y: 5 } })
    }
    push(page, { type: 3, data: page.change() })
    if (step % 25 === 0) push(page, { type: 3, data: page.adopt() })
    if (keyframes && step % KEYFRAME_EVERY === 0) {
      // Everything of this time is in it, so time goes on before the next thing happens.
      made.push({ windowId: page.name, at, events: page.opening() })
      at += 1
    }
  }
  const recording = recordingOf({ id, events, blockBytes: 3000, keepsFractions: fractions })
  return { ...recording, keyframes: made.map((keyframe, key) => keyframeOf(recording, keyframe, key)) }
}

function keyframeOf(recording, { windowId, at, events }, key) {
  const timestamp = START + at - recording.startedAt
  const lines = events.map((event) => JSON.stringify({ type: event.type === 2 ? 'full_snapshot' : 'event', timestamp, window_id: windowId, event: { ...event, timestamp: START + at } }))
  const text = `${lines.join('\n')}\n`
  return { key, window_id: windowId, timestamp, bytes: text.length, text }
}
