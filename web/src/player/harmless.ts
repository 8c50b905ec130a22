// Recorded pages are hostile. The sandbox runs none of their scripts, and a policy refuses what they would load; but a
// policy does not govern everything that reaches out, and a request that is refused was still attempted. This takes out of an
// event, before it is rebuilt, whatever would make the browser ask somebody for something: the replay makes no
// request, from our server's page, from a file, anywhere.
//
// ## What it promises
// 1. Of addresses that a browser follows by itself only `data:` and `#fragment` are left. Where a link leads stays: nobody can
//    click it, and links look like links.
// 2. A picture keeps the place that it had when it could not be loaded: its box, and the text in its stead.
// 3. Policies, refreshes, frames and handlers that a recorded page would set do not reach the page that shows it.
// 4. The viewer's light or dark system changes nothing (`harmless-css.ts`).
//
// An attribute's change names a node and not its kind, so this remembers the nodes whose kind matters, by whatever the recording takes for
// a number: rrweb does the same with texts and fractions. rrweb may refuse to add a node, which is not seen here; so what a number has
// stood for is not forgotten before the next full snapshot. It has to see all events from a full snapshot on, in order. Changes the parsed event in place; what is stored stays as it is.

import { arrayOf, objectOf, textOf, type JsonObject } from '../format/json'
import { EventType, NodeType, Source } from '../format/rrweb-numbers'
import { harmlessAddress, harmlessCss, harmlessStyleText, lightOf } from './harmless-css'

type Changeable = { [name: string]: unknown }

/** Elements whose attributes are not treated as those of all others. */
const KINDS = new Set(['a', 'applet', 'area', 'base', 'dialog', 'embed', 'feimage', 'image', 'img', 'input', 'link', 'meta', 'object', 'style'])
/** In place of the kind, where one number has stood for several: what would be done with any of them. */
const SEVERAL = 'several'

/** Attributes of which nothing good can come. */
const DROPPED = new Set([
  'action', 'archive', 'attributionsrc', 'background', 'classid', 'codebase', 'data', 'dynsrc', 'formaction', 'http-equiv', 'imagesrcset', 'lowsrc',
  'manifest', 'ping', 'poster', 'profile', 'rr_src', 'srcdoc', 'autofocus', 'autoplay', 'nonce',
])

/** SVG attributes that are CSS values, and the ends of an animation, which may be such values. */
const CSS_ATTRIBUTES = new Set([
  'style', '_csstext', 'clip-path', 'cursor', 'fill', 'filter', 'marker', 'marker-end', 'marker-mid', 'marker-start', 'mask', 'stroke', 'media',
  'from', 'to', 'by', 'values',
])

/** A form gives its fields, and a document its forms and pictures, by name, before anything of its own: then nothing more could be built. */
const ASKED_OF_NODES = new Set(
  ('activeElement addEventListener adoptedStyleSheets appendChild attachShadow attributes blur body childNodes children classList close compatMode contains createComment ' +
    'createElement createElementNS createRange createTextNode currentSrc defaultView dispatchEvent doctype documentElement elementFromPoint firstChild focus fonts ' +
    'getAttribute getBoundingClientRect getContext getElementById getElementsByTagName getRootNode getSelection hasAttribute head host implementation innerText insertBefore ' +
    'isConnected lastChild localName matches media namespaceURI nextSibling nodeName nodeType open ownerDocument parentElement parentNode previousSibling querySelector querySelectorAll ' +
    'remove removeAttribute removeChild replaceChild scrollHeight scrollLeft scrollTo scrollTop scrollingElement setAttribute setAttributeNS shadowRoot sheet style styleSheets tagName textContent write').split(' '),
)

const ENDS_OF_ANIMATION = new Set(['from', 'to', 'by', 'values'])

/** What goes from some kinds alone. A base and a plugin without address still make a browser ask its policy. */
const ONLY_OF: { readonly [name: string]: ReadonlySet<string> | undefined } = Object.assign(Object.create(null), {
  rel: new Set(['link', SEVERAL]),
  href: new Set(['base']),
  target: new Set(['base']),
  type: new Set(['object', 'embed', 'applet']),
  code: new Set(['applet']),
  object: new Set(['applet']),
})

export class Harmless {
  private readonly kinds = new Map<unknown, string>()
  /** Nodes whose text is a style sheet: style elements and what stands in them. */
  private readonly styles = new Set<unknown>()
  private moved = 0

  disarm(event: object): void {
    const { type, data: untrusted } = Object.assign({ type: -1, data: undefined as unknown }, event)
    const data = objectOf(untrusted) as Changeable | undefined // parsed by us, and ours to change
    if (!data) return
    if (type === EventType.FullSnapshot) {
      this.kinds.clear()
      this.styles.clear()
      this.disarmTree(data.node)
    } else if (type === EventType.Incremental) this.disarmChange(data)
  }

  private disarmChange(data: Changeable): void {
    switch (data.source) {
      case Source.Mutation:
        return this.disarmMutation(data)
      case Source.StyleSheetRule:
      case Source.AdoptedStyleSheet:
        for (const name of ['replace', 'replaceSync']) data[name] = cssOf(data[name])
        disarmRules(data.adds)
        for (const sheet of arrayOf(data.styles)) disarmRules(objectOf(sheet)?.rules)
        return
      case Source.StyleDeclaration: {
        const set = objectOf(data.set) as Changeable | undefined // as above
        if (set) set.value = valueOf(set.property, set.value)
        return
      }
      case Source.Font:
        // With `buffer` it is the font itself.
        if (data.buffer !== true) data.fontSource = cssOf(data.fontSource) ?? ''
        return
      default:
    }
  }

  private disarmMutation(data: Changeable): void {
    const adds = arrayOf(data.adds).map(objectOf)
    // A style element may come after its text.
    for (const add of adds) this.learn(objectOf(add?.node))
    for (const add of adds) this.disarmTree(add?.node, { id: add?.parentId })
    for (const change of arrayOf(data.texts)) {
      const text = objectOf(change) as Changeable | undefined // as above
      if (text && this.styles.has(text.id)) text.value = harmlessStyleText(textOf(text.value) ?? '')
    }
    for (const change of arrayOf(data.attributes)) {
      const { id, attributes } = objectOf(change) ?? {}
      const changed = objectOf(attributes) as Changeable | undefined // as above
      if (changed) disarmAttributes(this.kinds.get(id) ?? '', changed, false)
    }
  }

  /** `parent` where the root is put into a page that stands already. */
  private disarmTree(root: unknown, parent?: { readonly id: unknown }): void {
    const stack: [node: unknown, isInStyle: boolean][] = [[root, parent !== undefined && this.styles.has(parent.id)]]
    while (stack.length > 0) {
      const [value, isInStyle] = stack.pop() ?? []
      const node = objectOf(value) as Changeable | undefined // as above
      if (!node) continue
      makeBuildable(node)
      this.learn(node)
      // rrweb would define a class for it, which the sandbox refuses to run, in the console.
      delete node.isCustom
      const kind = kindOf(node)
      const attributes = objectOf(node.attributes) as Changeable | undefined
      if (attributes && kind !== '') disarmAttributes(kind, attributes, true)
      if (isInStyle || node.isStyle === true) this.disarmStyleText(node, parent !== undefined)
      const isStyle = kind === 'style'
      for (const child of arrayOf(node.childNodes)) stack.push([child, isStyle])
    }
  }

  private disarmStyleText(node: Changeable, isMoved: boolean): void {
    this.styles.add(node.id)
    if (typeof node.textContent !== 'string') return
    const text = harmlessStyleText(node.textContent)
    // rrweb takes a node that it has, where both read the same; and that one's text may have been changed since.
    node.textContent = isMoved ? `${text}/*${++this.moved}*/` : text
  }

  private learn(node: JsonObject | undefined): void {
    if (!node) return
    const kind = kindOf(node)
    const known = this.kinds.get(node.id)
    if (known === undefined ? KINDS.has(kind) : known !== kind) this.kinds.set(node.id, known === undefined ? kind : SEVERAL)
    if (kind === 'style') this.styles.add(node.id)
  }
}

const DOCUMENT_TYPE = 1
const UNNAMED = 'unnamed'
const NAME = /^[a-z_:][\w:.\-\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff]{0,200}$/i

/** What rrweb would stumble over, and with it over the whole page: in the shape that a node has. */
function makeBuildable(node: Changeable): void {
  if (node.type === NodeType.Element) {
    node.tagName = nameOf(node)
    if (!objectOf(node.attributes)) node.attributes = {}
  } else if (node.type === DOCUMENT_TYPE) {
    if (!NAME.test(textOf(node.name) ?? '')) node.name = 'html'
  } else if (node.type !== NodeType.Document && typeof node.textContent !== 'string') node.textContent = ''
  if (node.type === NodeType.Document || node.type === NodeType.Element) node.childNodes = arrayOf(node.childNodes).filter((child) => canStandIn(node, objectOf(child)))
}

/** A document in a document would begin the page anew, and a document type stands in nothing else. */
function canStandIn(parent: JsonObject, child: JsonObject | undefined): boolean {
  return child !== undefined && child.type !== NodeType.Document && (child.type !== DOCUMENT_TYPE || parent.type === NodeType.Document)
}

/** A name that an element can have. Scripts are none in any spelling: they would run no more than now, but a browser says so each time. */
function nameOf(node: JsonObject): string {
  const whole = textOf(node.tagName) ?? ''
  // The prefix says nothing to a browser, and some are forbidden.
  const name = node.isSVG === undefined ? whole : whole.slice(whole.lastIndexOf(':') + 1)
  // rrweb looks some names up in an object, and finds there what every object has.
  if (!NAME.test(name) || name === 'xmlns' || name in {}) return UNNAMED
  return kindOf({ type: NodeType.Element, tagName: name }) === 'script' ? 'noscript' : name
}

/** The element's name as a browser reads it, in any spelling; empty for what is no element. */
function kindOf(node: JsonObject): string {
  if (node.type !== NodeType.Element) return ''
  const name = (textOf(node.tagName) ?? UNNAMED).toLowerCase()
  return name.slice(name.lastIndexOf(':') + 1)
}

/** `isWhole` where these are all attributes of the element, and not a change of some. */
function disarmAttributes(kind: string, attributes: Changeable, isWhole: boolean): void {
  // A modal dialog takes the focus when it opens, out of the frame's own document too; one that is inert takes none.
  if (kind === 'dialog' || kind === SEVERAL) {
    delete attributes.inert
    if (isWhole) attributes.inert = ''
  }
  const showed = kind === 'img' && ('src' in attributes || (isWhole && 'srcset' in attributes))
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) continue
    const kept = attributeOf(kind, name.toLowerCase(), value)
    if (kept === undefined) delete attributes[name]
    else if (kept !== value) attributes[name] = kept
  }
  // Without an address at all it would be no broken picture, but none: no box, and no text in its stead.
  if (showed && !('src' in attributes)) attributes.src = ''
}

/** What may be left of an attribute; undefined where it has to go. */
function attributeOf(kind: string, name: string, value: unknown): unknown {
  if (typeof value === 'object') return name === 'style' ? styleOf(value) : undefined
  const text = String(value)
  const local = name.slice(name.lastIndexOf(':') + 1)
  if (DROPPED.has(local) || name.startsWith('on') || name.startsWith('rr_media')) return undefined
  if ((local === 'name' || (local === 'id' && kind === 'object')) && ASKED_OF_NODES.has(text)) return undefined
  if (ONLY_OF[local]?.has(kind) === true) return undefined
  if ((kind === 'meta' || kind === SEVERAL) && local === 'content') return lightOf(text)
  if (CSS_ATTRIBUTES.has(local)) {
    if (typeof value !== 'string') return value
    return local === '_csstext' ? harmlessStyleText(text) : harmlessCss(text, ENDS_OF_ANIMATION.has(local) ? 'fill' : local)
  }
  switch (local) {
    case 'href':
      if (kind === 'a' || kind === 'area') return value
      // As a picture, a part of this page would be this page, asked for once more.
      return kind === 'image' || kind === SEVERAL ? dataOf(text) : (partOf(text) ?? (kind === 'feimage' ? harmlessAddress(text) : undefined))
    case 'src':
      return kind === 'img' || kind === 'input' ? dataOf(text) : undefined
    case 'rr_dataurl':
      return dataOf(text)
    case 'srcset':
      return /^\s*data:\S*[^\s,](?:\s+[\d.]+[wx])?\s*$/i.test(text) ? value : undefined
    case 'attributename':
      // An animation would set the address of a picture, or of a cursor.
      return /(?:^|:)(?:href|src|cursor)$/i.test(text.trim()) ? undefined : value
    default:
      return value
  }
}

function partOf(address: string): string | undefined {
  return address.trimStart().startsWith('#') ? address : undefined
}

function dataOf(address: string): string | undefined {
  const kept = harmlessAddress(address)
  return kept?.startsWith('#') === true ? undefined : kept
}

/** A style attribute as an object of properties: what a change holds. */
function styleOf(value: object | null): unknown {
  const style = objectOf(value)
  if (!style) return undefined
  return Object.fromEntries(
    Object.entries(style).map(([property, value]) => {
      if (!Array.isArray(value)) return [property, value === false ? false : (valueOf(property, value) ?? '')]
      return [property, [valueOf(property, value[0]) ?? '', textOf(value[1]) ?? '']]
    }),
  )
}

function valueOf(property: unknown, value: unknown): string | undefined {
  const css = cssOf(value, textOf(property))
  return css !== undefined && textOf(property)?.toLowerCase() === 'color-scheme' ? lightOf(css) : css
}

function disarmRules(rules: unknown): void {
  for (const item of arrayOf(rules)) {
    const rule = objectOf(item) as Changeable | undefined // parsed by us, and ours to change
    if (rule) rule.rule = cssOf(rule.rule) ?? ''
  }
}

function cssOf(value: unknown, property?: string): string | undefined {
  return typeof value === 'string' ? harmlessCss(value, property?.toLowerCase()) : typeof value === 'number' ? String(value) : undefined
}
