// Lines: one line of a recording, as the pages keep it.
//
// The event itself stays where it is, in the bytes of its block, until the moment at which it is replayed: parsed, 100 MB of
// events would take several times their size, and most of them are not on screen; as strings, those with a letter outside
// Latin-1 would take twice their size. What the time line and the event list need is taken out here, once, in the worker.
//
// A line that cannot be understood is skipped with a reason, never thrown: the rest of the recording still plays.

import { numberOf, objectOf, parseJson, textOf, type JsonObject } from './json'
import { Cutter, isError, LIVE_BLOCK, type Entry, type Told } from './entry'
import { readDetail } from './details'
import { Outline } from './outline'
import { tellingsOf, tellingsOfCaptured } from './telling'
import { merge, NO_VISITOR, readChange, readFacts, type Visitor } from './visitor'
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
  /** What analytics events tell of the visitor. */
  readonly visitor: Visitor
  /** Of what is not in the recording. */
  readonly traces: Traces
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

/** Reads lines of one recording, block after block; remembers each window's outline and what was already seen. */
export class LineReader {
  private readonly outlines = new Map<string, Outline>()
  private readonly seen = new SeenLines()
  private readonly cutter = new Cutter()

  /** The lines hold on to `bytes`. A block may be read again: what it held before is forgotten first. */
  readBlock(bytes: Uint8Array<ArrayBuffer>, key: number, wanted: Wanted = 'lines'): DecodedLines {
    this.seen.forget(key)
    this.cutter.begin(key)
    const block = new BlockBuilder(key * ORDER_STEP, key)
    for (const line of splitLines(bytes)) this.tryLine(line, block, key)
    if (wanted === 'lines') return block
    this.seen.forget(key)
    return block.withoutLines()
  }

  readTexts(texts: readonly string[], firstOrder: number): DecodedLines {
    this.cutter.begin(LIVE_BLOCK)
    const block = new BlockBuilder(firstOrder, LIVE_BLOCK)
    for (const text of texts) this.tryLine(encoder.encode(text), block, LIVE_BLOCK)
    return block
  }

  /** A keyframe's lines tell nothing that happened: the blocks do. */
  readKeyframe(bytes: Uint8Array<ArrayBuffer>): DecodedLines {
    const keyframe = new BlockBuilder(0, 0)
    for (const line of splitLines(bytes)) this.tryLine(line, keyframe, undefined)
    return keyframe.withoutTelling()
  }

  /** The page let go of these blocks: what they held is new where it comes again, in them or in others. */
  forgetBlocks(keys: readonly number[]): void {
    for (const key of keys) this.seen.forget(key)
  }

  /** The page let go of lines of the live stream: the blocks have them by now. */
  forgetLiveBefore(time: number): void {
    this.seen.forget(LIVE_BLOCK, time)
  }

  private tryLine(bytes: Uint8Array<ArrayBuffer>, into: BlockBuilder, owner: number | undefined): void {
    into.line += 1
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
      into.learn(timestamp, line)
      return into.tell(timestamp, windowId, tellingsOfCaptured(line, this.cutter), line)
    }
    const event = objectOf(line.event)
    const eventType = numberOf(event?.type)
    if (!event || eventType === undefined || (eventType !== 0 && eventType !== 1 && objectOf(event.data) === undefined)) {
      return into.skip(`a ${type} line holds no rrweb event`)
    }
    const outline = this.outlineOf(windowId)
    outline.follow(event, bytes.length)
    const tellings = tellingsOf(event, outline, this.cutter)
    into.push(timestamp, windowId, event, placeOf(line, event, text, bytes))
    into.collector.event(timestamp, windowId, event)
    into.tell(timestamp, windowId, tellings, line)
  }

  private outlineOf(windowId: string): Outline {
    let outline = this.outlines.get(windowId)
    if (!outline) this.outlines.set(windowId, (outline = new Outline()))
    return outline
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

const HAS_DETAIL: ReadonlySet<Entry['kind']> = new Set(['console', 'request', 'exception', 'captured', 'custom'])

class BlockBuilder implements DecodedLines {
  lines: ReplayLine[] = []
  entries: Entry[] = []
  signs: Sign[] = []
  entryBytes = 0
  newest = -Infinity
  hasWireframes = false
  readonly collector = new TraceCollector()
  private readonly lastSign = new Map<string, number>()
  visitor = NO_VISITOR
  skipped = 0
  reason = ''
  /** The line that is read, counted from 0. */
  line = -1

  constructor(
    private order: number,
    private readonly block: number,
  ) {}

  push(timestamp: number, windowId: string, event: JsonObject, place: Place): void {
    const role = roleOf(event)
    const size = role === 'meta' || role === 'resize' ? sizeOf(event) : undefined
    const line = { timestamp, order: this.order++, windowId, role, ...place }
    this.lines.push(size ? { ...line, size } : line)
    this.newest = Math.max(this.newest, timestamp)
    if (role === 'wireframe_snapshot') this.hasWireframes = true
    if (role === 'activity' || role === 'resize') this.sign(timestamp, windowId)
  }

  tell(timestamp: number, windowId: string, tellings: readonly Told[], source: JsonObject): void {
    const { block, line } = this
    tellings.forEach(({ shift, content }, part) => {
      const detail = block === LIVE_BLOCK && HAS_DETAIL.has(content.kind) ? readDetail(source, part) : undefined
      const entry: Entry = { timestamp: timestamp + shift, windowId, block, line, part, ...content, ...(detail ? { detail } : {}) }
      this.entries.push(entry)
      this.entryBytes += sizeInMemory(entry)
      // An error or a new page is worth seeing, though nobody did anything.
      if (isError(entry) || entry.kind === 'page') this.sign(Math.max(0, entry.timestamp), '')
    })
  }

  learn(timestamp: number, line: JsonObject): void {
    const change = readChange(timestamp, line)
    const facts = readFacts(objectOf(objectOf(line.captured)?.properties) ?? {})
    this.visitor = merge(this.visitor, { facts, changes: change ? [change] : [] })
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
