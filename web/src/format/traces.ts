// Traces: what the lines of a block tell about what is *not* in the recording, taken out where lines are read, in the worker.
//
// ## What it promises
// 1. Bounded: of each sort no more than `MOST_NAMES` per block, whatever a page holds.
// 2. Of one block alone: blocks are read in any order, and again; what belongs together is put together in the page (`timeline/notices.ts`).
// 3. Nothing is judged here that one line cannot show. Stars count as masked only where they are all there is.

import { arrayOf, numberOf, objectOf, textOf, type JsonObject } from './json'
import { EventType, NodeType, Source } from './rrweb-numbers'

export type FoundKind =
  | 'masked_text' | 'masked_input' | 'blocked'
  | 'picture' | 'style_sheet' | 'font' | 'media' | 'canvas' | 'frame'
  /** A canvas whose content is there after all. */
  | 'canvas_content'

/** What was found of one sort: elements, named by window and node, or files, named by their addresses. */
export interface Found {
  readonly kind: FoundKind
  readonly names: readonly string[]
  /** There were more than can be named. */
  readonly isCut: boolean
  readonly first: number
  readonly last: number
}

export interface TimeStretch {
  readonly from: number
  readonly to: number
}

/** How far the visitor's clock was from the times of the lines, at the first and at the last event of a window. */
export interface WindowTrace {
  readonly windowId: string
  readonly first: number
  readonly last: number
  /** The first event that changes a picture, and the first that is one. */
  readonly firstChange: number | undefined
  readonly firstPicture: number | undefined
  readonly firstOffset: number
  readonly lastOffset: number
}

export interface ClockJump {
  readonly at: number
  readonly by: number
}

/** What the SDK said of itself. */
export interface RecorderState {
  readonly timestamp: number
  readonly windowId: string
  readonly state: 'recording' | 'idle' | 'hidden' | 'offline' | 'paused' | 'ended'
}

export interface Traces {
  readonly found: readonly Found[]
  readonly windows: readonly WindowTrace[]
  readonly jumps: readonly ClockJump[]
  /** Long stretches without any event, inside of the block. */
  readonly silences: readonly TimeStretch[]
  readonly states: readonly RecorderState[]
  /** Lines whose numbers are missing. */
  readonly lostLines: number
  /** It was recorded by posthog-js, of which one knows when it would have sent something. */
  readonly isByPosthog: boolean
}

const MOST_NAMES = 300
const MOST_STRETCHES = 50
const NAME_LIMIT = 200
/** Shorter silences are nobody's loss. */
const SILENCE_MS = 60_000
/** Clocks are read in whole milliseconds, and lines are dated in them. */
const CLOCK_TOLERANCE_MS = 1000
/** Shorter runs are also footnotes and marks of fields that have to be filled in. */
const STARS_OF_TEXT = 3
const STARS_OF_INPUT = 2

const STATES: Readonly<Record<string, RecorderState['state'] | undefined>> = {
  sessionIdle: 'idle',
  sessionNoLongerIdle: 'recording',
  'window hidden': 'hidden',
  'window visible': 'recording',
  'browser offline': 'offline',
  'browser online': 'recording',
  'recording paused': 'paused',
  'recording resumed': 'recording',
  $session_ending: 'ended',
  $session_starting: 'recording',
}

const POSTHOG_TAGS = new Set(['$pageview', '$url_changed', '$session_options', '$posthog_config', '$remote_config_received', '$recording_started', 'sessionIdle'])

interface OpenFound {
  readonly names: Set<string>
  isCut: boolean
  first: number
  last: number
}

interface OpenWindow {
  first: number
  last: number
  firstChange: number | undefined
  firstPicture: number | undefined
  firstOffset: number
  lastOffset: number
}

export class TraceCollector {
  private readonly found = new Map<FoundKind, OpenFound>()
  private readonly windows = new Map<string, OpenWindow>()
  private readonly jumps: ClockJump[] = []
  private readonly silences: TimeStretch[] = []
  private readonly states: RecorderState[] = []
  private newest: number | undefined
  private lines = 0
  private firstSeq: number | undefined
  private lostLines = 0
  private isByPosthog = false

  /** Every line, of whatever type, whether it can be read or not. */
  line(line: JsonObject | undefined): void {
    this.lines += 1
    const seq = numberOf(line?.seq)
    this.firstSeq ??= seq
    if (line?.type !== 'checksum' || seq === undefined || this.firstSeq === undefined) return
    this.lostLines += Math.max(0, seq - this.firstSeq + 1 - this.lines)
  }

  event(timestamp: number, windowId: string, event: JsonObject): void {
    if (this.newest !== undefined && timestamp - this.newest >= SILENCE_MS && this.silences.length < MOST_STRETCHES) {
      this.silences.push({ from: this.newest, to: timestamp })
    }
    this.newest = Math.max(this.newest ?? timestamp, timestamp)
    const window = this.windowAt(timestamp, windowId, event)
    const data = objectOf(event.data) ?? {}
    switch (event.type) {
      case EventType.FullSnapshot:
        window.firstPicture ??= timestamp
        return this.tree(data.node, windowId, timestamp)
      case EventType.Incremental:
        window.firstChange ??= timestamp
        return this.change(data, windowId, timestamp)
      case EventType.Custom:
        return this.said(textOf(data.tag) ?? '', windowId, timestamp)
      default:
    }
  }

  close(): Traces {
    return {
      found: [...this.found].map(([kind, { names, isCut, first, last }]) => ({ kind, names: [...names], isCut, first, last })),
      windows: [...this.windows].map(([windowId, window]) => ({ windowId, ...window })),
      jumps: this.jumps,
      silences: this.silences,
      states: this.states,
      lostLines: this.lostLines,
      isByPosthog: this.isByPosthog,
    }
  }

  private windowAt(timestamp: number, windowId: string, event: JsonObject): OpenWindow {
    const offset = (numberOf(event.timestamp) ?? timestamp) - timestamp
    let window = this.windows.get(windowId)
    if (!window) {
      window = { first: timestamp, last: timestamp, firstChange: undefined, firstPicture: undefined, firstOffset: offset, lastOffset: offset }
      this.windows.set(windowId, window)
    }
    const by = offset - window.lastOffset
    if (Math.abs(by) > CLOCK_TOLERANCE_MS && this.jumps.length < MOST_STRETCHES) this.jumps.push({ at: timestamp, by })
    window.last = Math.max(window.last, timestamp)
    window.lastOffset = offset
    return window
  }

  private said(tag: string, windowId: string, timestamp: number): void {
    if (POSTHOG_TAGS.has(tag)) this.isByPosthog = true
    const state = STATES[tag]
    if (state !== undefined && this.states.length < MOST_NAMES) this.states.push({ timestamp, windowId, state })
  }

  private change(data: JsonObject, windowId: string, timestamp: number): void {
    switch (data.source) {
      case Source.Mutation:
        for (const add of arrayOf(data.adds)) this.tree(objectOf(add)?.node, windowId, timestamp)
        for (const item of arrayOf(data.texts)) {
          const text = objectOf(item)
          if (isStars(textOf(text?.value), STARS_OF_TEXT)) this.find('masked_text', nameOf(windowId, text?.id), timestamp)
        }
        for (const item of arrayOf(data.attributes)) this.attribute(objectOf(objectOf(item)?.attributes), timestamp)
        return
      case Source.Input:
        if (isStars(textOf(data.text), STARS_OF_INPUT)) this.find('masked_input', nameOf(windowId, data.id), timestamp)
        return
      case Source.CanvasMutation:
        return this.find('canvas_content', nameOf(windowId, data.id), timestamp)
      case Source.Font:
        return data.buffer === true ? undefined : this.styles(textOf(data.fontSource) ?? '', timestamp)
      case Source.StyleSheetRule:
      case Source.AdoptedStyleSheet:
        for (const rule of arrayOf(data.adds)) this.styles(textOf(objectOf(rule)?.rule) ?? '', timestamp)
        for (const sheet of arrayOf(data.styles)) {
          for (const rule of arrayOf(objectOf(sheet)?.rules)) this.styles(textOf(objectOf(rule)?.rule) ?? '', timestamp)
        }
        return
      default:
    }
  }

  /** A change names a node and not its kind, so only what is a picture by its address is one. */
  private attribute(attributes: JsonObject | undefined, timestamp: number): void {
    const src = textOf(attributes?.src)
    if (src !== undefined && isPictureAddress(src)) this.find('picture', src, timestamp)
  }

  private tree(item: unknown, windowId: string, timestamp: number): void {
    const node = objectOf(item)
    if (!node) return
    if (node.type === NodeType.Text) this.text(node, windowId, timestamp)
    else if (node.type === NodeType.Element) this.element(node, windowId, timestamp)
    for (const child of arrayOf(node.childNodes)) this.tree(child, windowId, timestamp)
  }

  private text(node: JsonObject, windowId: string, timestamp: number): void {
    const text = textOf(node.textContent) ?? ''
    if (node.isStyle === true) this.styles(text, timestamp)
    else if (isStars(text, STARS_OF_TEXT)) this.find('masked_text', nameOf(windowId, node.id), timestamp)
  }

  private element(node: JsonObject, windowId: string, timestamp: number): void {
    const attributes = objectOf(node.attributes) ?? {}
    const value = (key: string): string => textOf(attributes[key]) ?? ''
    if (attributes.rr_width !== undefined && attributes.rr_height !== undefined) return this.find('blocked', nameOf(windowId, node.id), timestamp)
    if (attributes._cssText !== undefined) this.styles(value('_cssText'), timestamp)
    if (value('style').includes('url(')) this.styles(value('style'), timestamp)
    switch (textOf(node.tagName)?.toLowerCase()) {
      case 'img':
        if (isElsewhere(value('src')) && value('rr_dataURL') === '') this.find('picture', value('src'), timestamp)
        return
      case 'link':
        if (/\bstylesheet\b/i.test(value('rel')) && attributes._cssText === undefined && isElsewhere(value('href'))) this.find('style_sheet', value('href'), timestamp)
        return
      case 'video':
      case 'audio':
        return this.find('media', nameOf(windowId, node.id), timestamp)
      case 'canvas':
        return this.find(value('rr_dataURL') === '' ? 'canvas' : 'canvas_content', nameOf(windowId, node.id), timestamp)
      case 'iframe':
        // Its address has this name where the recorder could not look inside.
        if (isElsewhere(value('rr_src'))) this.find('frame', value('rr_src'), timestamp)
        return
      case 'input':
      case 'textarea':
        if (isStars(value('value'), STARS_OF_INPUT)) this.find('masked_input', nameOf(windowId, node.id), timestamp)
        return
      default:
    }
  }

  /** Files that a style sheet asks for. */
  private styles(css: string, timestamp: number): void {
    if (!/url\(|@import/i.test(css)) return
    for (const [, isImport, address = ''] of css.matchAll(/(@import\s+)?(?:url\(\s*["']?|(?<=@import\s+)["'])((?!data:|blob:|#)[^"')\s]{2,2000})/gi)) {
      this.find(isImport ? 'style_sheet' : isFontAddress(address) ? 'font' : 'picture', address, timestamp)
    }
  }

  private find(kind: FoundKind, name: string, timestamp: number): void {
    let found = this.found.get(kind)
    if (!found) this.found.set(kind, (found = { names: new Set(), isCut: false, first: timestamp, last: timestamp }))
    found.last = timestamp
    if (found.names.size < MOST_NAMES) found.names.add(name.slice(0, NAME_LIMIT))
    else if (!found.names.has(name.slice(0, NAME_LIMIT))) found.isCut = true
  }
}

function nameOf(windowId: string, node: unknown): string {
  return `${windowId} ${String(node)}`
}

function isStars(text: string | undefined, least: number): boolean {
  const stars = text?.trim() ?? ''
  return stars.length >= least && stars.startsWith('*') && /^[*\s]+$/.test(stars) && stars.replace(/\s/g, '').length >= least
}

/** Not in the recording, as what stands in the address itself is. */
function isElsewhere(address: string): boolean {
  return address !== '' && !/^\s*(?:data:|#|about:|javascript:)/i.test(address)
}

function isFontAddress(address: string): boolean {
  return /\.(?:woff2?|ttf|otf|eot)(?:[?#]|$)/i.test(address)
}

function isPictureAddress(address: string): boolean {
  return isElsewhere(address) && /\.(?:png|jpe?g|gif|webp|avif|svg|ico|bmp)(?:[?#]|$)/i.test(address)
}
