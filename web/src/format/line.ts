// Lines: one line of a recording, as the pages keep it.
//
// The event itself stays where it is, in the bytes of its block, until the moment at which it is replayed: parsed, 100 MB of
// events would take several times their size, and most of them are not on screen; as strings, those with a letter outside
// Latin-1 would take twice their size. What the time line and the event list need is taken out here, once, in the worker.
//
// A line that cannot be understood is skipped with a reason, never thrown: the rest of the recording still plays.

import { arrayOf, numberOf, objectOf, parseJson, textOf, type JsonObject } from './json'
import { clip, DETAIL_LIMIT, isError, type Entry, type EntryContent } from './entry'
import { readConsole, readRequests } from './plugin-events'
import { Outline } from './outline'
import { EventType, isActivitySource, MouseInteraction, Source } from './rrweb-numbers'
import { TraceCollector, type Traces } from './traces'

/** What an event is for the one who arranges playback. */
export type Role = 'full_snapshot' | 'wireframe_snapshot' | 'meta' | 'resize' | 'activity' | 'change' | 'other'

export interface ReplayLine {
  /** Milliseconds since the recording's start. */
  readonly timestamp: number
  /** Position among lines of the same time: block, then place in the block. */
  readonly order: number
  readonly windowId: string
  readonly role: Role
  /** The viewport, where this event sets it. */
  readonly size?: Size
  /** The event's JSON, in UTF-8, from byte `from` to byte `to` of `held`, which it shares with the other lines of its block. */
  readonly held: ArrayBuffer
  readonly from: number
  readonly to: number
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

export function eventOf(line: ReplayLine): string {
  return decoder.decode(new Uint8Array(line.held, line.from, line.to - line.from))
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** Somebody did something, or something happened that is worth seeing (then in no window). */
export interface Sign {
  readonly timestamp: number
  readonly windowId: string
}

/** What a reader is asked for: of most blocks of a large recording only what the time line and the lists tell of them. */
export type Wanted = 'lines' | 'telling'

export interface DecodedLines {
  /** None where only the telling was wanted. */
  readonly lines: ReplayLine[]
  readonly entries: Entry[]
  /** Roughly, in bytes of memory. */
  readonly entryBytes: number
  /** In order of time. */
  readonly signs: Sign[]
  /** The time of the last event. */
  readonly newest: number
  readonly hasWireframes: boolean
  /** Of what is not in the recording. */
  readonly traces: Traces
  /** The visitor's browser and system, where an analytics event tells it. */
  readonly device: string
  readonly skipped: number
  /** Why the first skipped line was skipped. */
  readonly reason: string
}

const NEWLINE = 0x0a
/** What stands before an event in its line. */
const EVENT_KEY = '"event":'
const EVENT_KEY_BYTES = encoder.encode(EVENT_KEY)
const ORDER_STEP = 1_000_000

/** Undoes NDJSON at the byte 0x0A and nowhere else: U+2028 and its like are legal inside JSON strings. */
export function* splitLines(bytes: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  let from = 0
  while (from < bytes.length) {
    const found = bytes.indexOf(NEWLINE, from)
    const to = found === -1 ? bytes.length : found
    if (to > from) yield bytes.subarray(from, to)
    from = to + 1
  }
}

/** Whose lines of the live stream are, where those of a block are the block's. */
const LIVE = -1

/** Reads lines of one recording, block after block; remembers each window's outline and what was already seen. */
export class LineReader {
  private readonly outlines = new Map<string, Outline>()
  private readonly seen = new SeenLines()

  /** The lines hold on to `bytes`. A block may be read again: what it held before is forgotten first. */
  readBlock(bytes: Uint8Array<ArrayBuffer>, key: number, wanted: Wanted = 'lines'): DecodedLines {
    this.seen.forget(key)
    const block = new BlockBuilder(key * ORDER_STEP)
    for (const line of splitLines(bytes)) this.tryLine(line, block, key)
    if (wanted === 'lines') return block
    this.seen.forget(key)
    return block.withoutLines()
  }

  readTexts(texts: readonly string[], firstOrder: number): DecodedLines {
    const block = new BlockBuilder(firstOrder)
    for (const text of texts) this.tryLine(encoder.encode(text), block, LIVE)
    return block
  }

  /** A keyframe's lines tell nothing that happened: the blocks do. */
  readKeyframe(bytes: Uint8Array<ArrayBuffer>): DecodedLines {
    const keyframe = new BlockBuilder(0)
    for (const line of splitLines(bytes)) this.tryLine(line, keyframe, undefined)
    return keyframe.withoutTelling()
  }

  /** The page let go of these blocks: what they held is new where it comes again, in them or in others. */
  forgetBlocks(keys: readonly number[]): void {
    for (const key of keys) this.seen.forget(key)
  }

  /** The page let go of lines of the live stream: the blocks have them by now. */
  forgetLiveBefore(time: number): void {
    this.seen.forget(LIVE, time)
  }

  private tryLine(bytes: Uint8Array<ArrayBuffer>, into: BlockBuilder, owner: number | undefined): void {
    try {
      this.readLine(bytes, into, owner)
    } catch {
      // Writing JSON recurses where reading it does not: 100,000 levels parse, and then fail here. So would rrweb.
      into.skip('an event is nested too deeply')
    }
  }

  private readLine(bytes: Uint8Array<ArrayBuffer>, into: BlockBuilder, owner: number | undefined): void {
    const text = decoder.decode(bytes)
    const line = objectOf(parseJson(text))
    const type = textOf(line?.type)
    into.collector.line(line)
    if (!line || type === undefined) return into.skip('a line is not a JSON object with a type')
    const carriesEvent = type === 'full_snapshot' || type === 'mutation' || type === 'event'
    if (!carriesEvent && type !== 'captured') return
    const timestamp = numberOf(line.timestamp)
    if (timestamp === undefined) return into.skip(`a ${type} line has no timestamp`)
    const item = owner === undefined ? undefined : textOf(line.item)
    if (item !== undefined && owner !== undefined && !this.seen.isNew(`${item} ${String(line.index)}`, owner, timestamp)) return
    const windowId = textOf(line.window_id) ?? ''
    if (type === 'captured') {
      const properties = objectOf(objectOf(line.captured)?.properties) ?? {}
      into.device ||= readDevice(properties)
      into.collector.captured(properties)
      const content = readCaptured(line)
      if (content) into.tell({ timestamp, windowId, ...content })
      return
    }
    const event = objectOf(line.event)
    const eventType = numberOf(event?.type)
    if (!event || eventType === undefined || (eventType !== 0 && eventType !== 1 && objectOf(event.data) === undefined)) {
      return into.skip(`a ${type} line holds no rrweb event`)
    }
    const contents = this.entriesOf(event, this.outlineOf(windowId))
    into.push(timestamp, windowId, event, placeOf(line, event, text, bytes))
    into.collector.event(timestamp, windowId, event)
    for (const content of contents) into.tell({ timestamp, windowId, ...content })
  }

  private outlineOf(windowId: string): Outline {
    let outline = this.outlines.get(windowId)
    if (!outline) this.outlines.set(windowId, (outline = new Outline()))
    return outline
  }

  private entriesOf(event: JsonObject, outline: Outline): EntryContent[] {
    const data = objectOf(event.data) ?? {}
    switch (event.type) {
      case EventType.FullSnapshot:
        outline.replace(data.node)
        return []
      case EventType.Incremental:
        if (data.source === Source.Mutation) outline.mutate(data)
        return incrementalEntry(data, outline)
      case EventType.Meta:
        return typeof data.href === 'string' && data.href !== '' ? [{ kind: 'page', href: data.href }] : []
      case EventType.Custom:
        return customEntry(data)
      case EventType.Plugin:
        return pluginEntries(data)
      default:
        return []
    }
  }
}

/** Live lines name themselves by item and index, because a block and the live stream may both hold them. Each belongs to whom it came by first. */
class SeenLines {
  private readonly all = new Set<string>()
  private readonly byOwner = new Map<number, { readonly identity: string; readonly timestamp: number }[]>()

  isNew(identity: string, owner: number, timestamp: number): boolean {
    if (this.all.has(identity)) return false
    this.all.add(identity)
    const owned = this.byOwner.get(owner)
    if (owned) owned.push({ identity, timestamp })
    else this.byOwner.set(owner, [{ identity, timestamp }])
    return true
  }

  forget(owner: number, before = Infinity): void {
    const owned = this.byOwner.get(owner)
    if (!owned) return
    const kept = owned.filter(({ timestamp }) => timestamp >= before)
    for (const { identity, timestamp } of owned) if (timestamp < before) this.all.delete(identity)
    if (kept.length > 0) this.byOwner.set(owner, kept)
    else this.byOwner.delete(owner)
  }
}

/** Finer than this nobody can tell apart. */
const SIGN_GRAIN_MS = 200

class BlockBuilder implements DecodedLines {
  lines: ReplayLine[] = []
  entries: Entry[] = []
  signs: Sign[] = []
  entryBytes = 0
  newest = -Infinity
  hasWireframes = false
  readonly collector = new TraceCollector()
  private readonly lastSign = new Map<string, number>()
  device = ''
  skipped = 0
  reason = ''

  constructor(private order: number) {}

  push(timestamp: number, windowId: string, event: JsonObject, place: Place): void {
    const role = roleOf(event)
    const size = role === 'meta' || role === 'resize' ? sizeOf(event) : undefined
    const line = { timestamp, order: this.order++, windowId, role, ...place }
    this.lines.push(size ? { ...line, size } : line)
    this.newest = Math.max(this.newest, timestamp)
    if (role === 'wireframe_snapshot') this.hasWireframes = true
    if (role === 'activity' || role === 'resize') this.sign(timestamp, windowId)
  }

  tell(entry: Entry): void {
    this.entries.push(entry)
    this.entryBytes += sizeInMemory(entry)
    // An error or a new page is worth seeing, though nobody did anything.
    if (isError(entry) || entry.kind === 'page') this.sign(Math.max(0, entry.timestamp), '')
  }

  get traces(): Traces {
    return this.collector.close()
  }

  withoutLines(): this {
    this.lines = []
    return this
  }

  withoutTelling(): this {
    this.entries = []
    this.signs = []
    this.entryBytes = 0
    return this
  }

  private sign(timestamp: number, windowId: string): void {
    const last = this.lastSign.get(windowId) ?? -Infinity
    if (timestamp >= last && timestamp - last < SIGN_GRAIN_MS) return
    this.lastSign.set(windowId, timestamp)
    this.signs.push({ timestamp, windowId })
  }

  skip(reason: string): void {
    this.skipped += 1
    this.reason ||= reason
  }
}

/** Strings take a byte or two a letter; everything else is about as large as its names. */
function sizeInMemory(value: unknown): number {
  if (typeof value === 'string') return 24 + value.length * 2
  if (typeof value !== 'object' || value === null) return 8
  let size = 48
  for (const part of Object.values(value)) size += sizeInMemory(part)
  return size
}

type Place = Pick<ReplayLine, 'held' | 'from' | 'to'>

/**
 * Where the event stands in its line: behind the key, up to the brace that ends the line. Where it is not sure that it is the
 * last member, and stands there once, it is written anew.
 */
function placeOf(line: JsonObject, event: JsonObject, text: string, bytes: Uint8Array<ArrayBuffer>): Place {
  const keys = Object.keys(line)
  const key = text.indexOf(EVENT_KEY)
  // Keys that are numbers come first, wherever they stand.
  const isLast = keys.at(-1) === 'event' && !/^\d+$/.test(keys[0] ?? '') && text.endsWith('}')
  if (isLast && key !== -1 && text.indexOf(EVENT_KEY, key + 1) === -1) {
    const from = bytes.byteOffset + indexIn(bytes, EVENT_KEY_BYTES) + EVENT_KEY_BYTES.length
    return { held: bytes.buffer, from, to: bytes.byteOffset + bytes.length - 1 }
  }
  const written = encoder.encode(JSON.stringify(event))
  return { held: written.buffer, from: 0, to: written.length }
}

/** Where `part` begins, which is known to be there. */
function indexIn(bytes: Uint8Array, part: Uint8Array): number {
  for (let from = 0; ; from++) {
    from = bytes.indexOf(part[0] ?? 0, from)
    if (part.every((byte, place) => bytes[from + place] === byte)) return from
  }
}

function roleOf(event: JsonObject): Role {
  const data = objectOf(event.data) ?? {}
  switch (event.type) {
    case EventType.FullSnapshot:
      if (objectOf(data.node)) return 'full_snapshot'
      return Array.isArray(data.wireframes) ? 'wireframe_snapshot' : 'other'
    case EventType.Meta:
      return 'meta'
    case EventType.Incremental:
      if (data.source === Source.ViewportResize) return 'resize'
      if (isActivity(data)) return 'activity'
      return 'change'
    default:
      return 'other'
  }
}

function isActivity(data: JsonObject): boolean {
  if (!isActivitySource(numberOf(data.source) ?? -1)) return false
  // A page that focuses its own fields is not a person.
  const passive =
    data.source === Source.MouseInteraction &&
    (data.type === MouseInteraction.Focus || data.type === MouseInteraction.Blur)
  return !passive && !(data.source === Source.Input && data.userTriggered === false)
}

function sizeOf(event: JsonObject): Size | undefined {
  const data = objectOf(event.data)
  const width = numberOf(data?.width)
  const height = numberOf(data?.height)
  return width && height && width > 0 && height > 0 ? { width, height } : undefined
}

const CLICK_ACTIONS: Record<number, 'click' | 'double click' | 'right click' | undefined> = {
  [MouseInteraction.Click]: 'click',
  [MouseInteraction.DblClick]: 'double click',
  [MouseInteraction.ContextMenu]: 'right click',
}

function incrementalEntry(data: JsonObject, outline: Outline): EntryContent[] {
  const node = numberOf(data.id) ?? -1
  if (data.source === Source.MouseInteraction) {
    const action = CLICK_ACTIONS[numberOf(data.type) ?? -1]
    return action ? [{ kind: 'click', action, target: outline.nameOf(node) }] : []
  }
  if (data.source === Source.Input && data.userTriggered !== false) {
    const text = typeof data.text === 'string' ? data.text : ''
    const checkbox = typeof data.isChecked === 'boolean' && (text === 'on' || text === '')
    const shown = checkbox ? (data.isChecked === true ? 'checked' : 'unchecked') : text
    return [{ kind: 'input', node, target: outline.nameOf(node), text: clip(shown, 200) }]
  }
  return []
}

/** Bookkeeping of the SDK that tells a viewer nothing. */
const SILENT_TAGS = new Set([
  '$remote_config_received',
  '$session_options',
  '$posthog_config',
  '$recording_started',
  'triggerGroupSamplingDecisionMade',
])

function customEntry(data: JsonObject): EntryContent[] {
  const tag = textOf(data.tag) ?? 'custom'
  if (SILENT_TAGS.has(tag)) return []
  const payload = objectOf(data.payload)
  if ((tag === '$pageview' || tag === '$url_changed') && typeof payload?.href === 'string') {
    return [{ kind: 'page', href: payload.href }]
  }
  return [{ kind: 'custom', tag, detail: describe(data.payload) }]
}

function pluginEntries(data: JsonObject): EntryContent[] {
  const plugin = textOf(data.plugin) ?? ''
  if (plugin.startsWith('rrweb/console@')) return readConsole(objectOf(data.payload) ?? {})
  if (plugin.startsWith('rrweb/network@')) return readRequests(arrayOf(objectOf(data.payload)?.requests))
  return []
}

/** The SDK's own, said better by others in the list. */
const SILENT_CAPTURED = new Set(['$snapshot', '$autocapture', '$pageview', '$pageleave', '$web_vitals', '$feature_flag_called'])

function readCaptured(line: JsonObject): EntryContent | undefined {
  const captured = objectOf(line.captured)
  const name = textOf(line.name) ?? textOf(captured?.event)
  if (name === undefined || SILENT_CAPTURED.has(name)) return undefined
  const properties = objectOf(captured?.properties) ?? {}
  if (name === '$exception') {
    const first = objectOf(arrayOf(properties.$exception_list)[0])
    const type = textOf(first?.type) ?? textOf(properties.$exception_type) ?? 'Exception'
    const message = textOf(first?.value) ?? textOf(properties.$exception_message) ?? ''
    return { kind: 'exception', text: clip(`${type}: ${message}`, 300), detail: describe(properties.$exception_list) }
  }
  if (name === '$identify') {
    const id = textOf(line.distinct_id) ?? textOf(properties.distinct_id) ?? ''
    return { kind: 'captured', name: `Identified as ${id}`, detail: describe(properties.$set) }
  }
  const own = Object.entries(properties).filter(([key]) => !key.startsWith('$') && key !== 'token' && key !== 'distinct_id')
  return { kind: 'captured', name, detail: describe(own.length > 0 ? Object.fromEntries(own) : undefined) }
}

/** "Chrome 156 on Mac OS X 15.1, 1440 × 900". */
function readDevice(properties: JsonObject): string {
  const words = (...names: string[]): string =>
    names.map((name) => properties[name]).filter((value) => typeof value === 'string' || typeof value === 'number').join(' ')
  const browser = words('$browser', '$browser_version')
  if (browser === '') return ''
  const system = words('$os', '$os_version')
  const width = numberOf(properties.$screen_width)
  const height = numberOf(properties.$screen_height)
  return `${browser}${system && ` on ${system}`}${width && height ? `, ${width} × ${height}` : ''}`
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1)
  return text === '{}' || text === '[]' ? '' : clip(text, DETAIL_LIMIT)
}
