// The forms in which a recording comes as text (docs/format/forms.md): our own lines, PostHog's export files and snapshot lines, rrweb's
// events as an array or one a line. Each is recognised by its content and read once, from its beginning, into a spool of our own lines.
//
// An event stays the bytes that it was. What cannot be read is left out and counted; what breaks off is played up to there.

import { numberOf, objectOf, parseJson, textOf, textsOf, type JsonObject } from '../../format/json'
import { SourceError } from '../source'
import { JsonPicker, joined, type Path } from './json-picker'
import { LineSpool } from './line-spool'

/** What was read, as the listing of a file says it. */
export interface ReadRecording {
  /** The members of a meta line. */
  readonly recording: JsonObject
  readonly spool: LineSpool
  /** What the lines' times are to be moved by: they are counted from the first event, which need not be the earliest. */
  readonly shift: number
  readonly leftOut: readonly JsonObject[]
}

const EXPECTED = 'Expected a recording: our own lines (NDJSON), an export of PostHog, or rrweb events; also with gzip or zstd around it.'
const HEAD_BYTES = 512
const NEWLINE = 0x0a
const decoder = new TextDecoder()
const encoder = new TextEncoder()

interface Form {
  push(chunk: Uint8Array): Promise<void> | void
  end(): Promise<void> | void
  /** Names the recording; called when everything was read. */
  finish(): ReadRecording
}

export async function readRecording(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<ReadRecording> {
  const reader = stream.getReader()
  let head: Uint8Array = new Uint8Array(0)
  let form: Form | undefined
  let broken: unknown
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (!form) {
        head = value ? joined([head, value]) : head
        if (!done && head.length < HEAD_BYTES) continue
        form = recognise(head)
        await form.push(head)
      } else if (value) await form.push(value)
      if (done) break
    }
    await form.end()
  } catch (error) {
    if (error instanceof SourceError || !form) throw readable(error)
    broken = error
  }
  void reader.cancel().catch(() => undefined)
  const read = form.finish()
  if (read.spool.blocks.length === 0) throw broken ? readable(broken) : new SourceError('unreadable', 'There is no event in this file.')
  if (broken === undefined) return read
  return { ...read, leftOut: [...read.leftOut, { what: 'rest of the file', count: 1, reason: `it cannot be read: ${messageOf(broken)}` }] }
}

function readable(error: unknown): SourceError {
  return error instanceof SourceError ? error : new SourceError('unreadable', `The file is damaged, or ends too early: ${messageOf(error)}.`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
}

function recognise(head: Uint8Array): Form {
  const text = decoder.decode(head.subarray(0, HEAD_BYTES)).replace(/^\ufeff/, '')
  if (/^\s*\{\s*"type"\s*:\s*"meta"/.test(text)) return new OwnLines()
  if (/^\s*\[\s*"/.test(text) || /^\s*\{\s*"(windowId|window_id|type|timestamp|data)"\s*:\s*(\d|"[^"]*"\s*,|\{)/.test(text)) {
    // An export begins with its version; what begins with its data may be one too.
    if (!/^\s*\{\s*"data"\s*:\s*\{\s*"(id|person|snapshots)/.test(text)) return new EventLines()
  }
  if (/^\s*\[\s*(\{|\]|$)/.test(text)) return new PickedEvents('array')
  if (/^\s*\{\s*"/.test(text)) return new PickedEvents('export')
  throw new SourceError('unreadable', `${EXPECTED} ${whatCame(text)}`)
}

function whatCame(text: string): string {
  if (text.trim() === '') return 'The file is empty.'
  if (/^\s*</.test(text)) return 'Came a page of HTML.'
  if (/cassette\/1/.test(text)) return 'Came the Protobuf form, which “cassette convert” turns into one of these.'
  const begins = [...text.slice(0, 24)].filter((letter) => letter >= ' ' && letter !== '\ufffd').join('')
  return begins === '' ? 'Came something that is no text.' : `The file begins with “${begins}”.`
}

// One thing a line

abstract class Lines implements Form {
  private rest: Uint8Array = new Uint8Array(0)

  async push(chunk: Uint8Array): Promise<void> {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const line = this.rest.length > 0 ? joined([this.rest, chunk.subarray(from, at + 1)]) : chunk.slice(from, at + 1)
      this.rest = new Uint8Array(0)
      from = at + 1
      await this.line(line)
    }
    if (from < chunk.length) this.rest = joined([this.rest, chunk.subarray(from)])
  }

  async end(): Promise<void> {
    if (this.rest.length > 0) await this.line(joined([this.rest, Uint8Array.of(NEWLINE)]))
  }

  /** With its line break. */
  protected abstract line(bytes: Uint8Array<ArrayBuffer>): Promise<void> | void
  abstract finish(): ReadRecording
}

const FORMAT = 'cassette/1'

class OwnLines extends Lines {
  private readonly spool = new LineSpool()
  private meta: JsonObject | undefined
  private readonly leftOut = new Counts()
  private unchecked: Uint8Array[] = []
  private uncheckedFrom = 0
  private hasEnd = false

  protected async line(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const line = objectOf(parseJson(decoder.decode(bytes)))
    if (!this.meta) {
      const format = textOf(line?.format)
      if (!line || format !== FORMAT) throw new SourceError('unreadable', `Expected a recording of the format “${FORMAT}”, came “${format ?? 'none'}”.`)
      this.meta = line
    }
    if (line?.type === 'checksum') return this.check(line)
    this.unchecked.push(bytes)
    if (line?.type === 'end') this.hasEnd = true
    else if (line?.type !== 'meta') this.spool.add(bytes, line ?? {})
  }

  /** A digest is checked where the browser computes one: on pages that came over http from elsewhere it does not. */
  private async check(line: JsonObject): Promise<void> {
    const covered = joined(this.unchecked)
    this.unchecked = []
    this.spool.close()
    const digest = await sha256(covered)
    if (digest !== undefined && digest !== line.sha256) this.spool.damagedFrom(this.uncheckedFrom)
    this.uncheckedFrom = this.spool.blocks.length
  }

  finish(): ReadRecording {
    this.spool.close()
    if (!this.hasEnd) this.leftOut.add('end of the recording', 'the file breaks off before it')
    return { recording: this.meta ?? {}, spool: this.spool, shift: 0, leftOut: this.leftOut.all() }
  }
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  // Absent on pages without a secure origin, whatever its type says.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined
  if (!subtle) return undefined
  return [...new Uint8Array(await subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

// Events of others

/** Turns events into lines of ours. */
class EventGathering {
  readonly spool = new LineSpool()
  readonly leftOut = new Counts()
  private base: number | undefined

  /** `bytes` is the event's text, on one line. */
  event(bytes: Uint8Array, windowId: string | undefined): void {
    const text = decoder.decode(bytes)
    const event = objectOf(parseJson(text))
    const timestamp = numberOf(event?.timestamp)
    const type = numberOf(event?.type)
    if (!event || timestamp === undefined || type === undefined) return this.leftOut.add('elements', 'they are no rrweb events with a type and a time')
    if (typeof event.data === 'string') return this.leftOut.add('compressed events', 'this player reads them only behind a server; “cassette import” decodes them')
    this.base ??= timestamp
    const isMutation = type === 3 && objectOf(event.data)?.source === 0
    const name = type === 2 ? 'full_snapshot' : isMutation ? 'mutation' : 'event'
    const line = { timestamp: timestamp - this.base, window_id: windowId ?? windowOf(event) ?? 'window 1', event }
    const head = `{"type":"${name}","timestamp":${line.timestamp},"window_id":${JSON.stringify(line.window_id)},"event":`
    this.spool.add(joined([encoder.encode(head), oneLine(bytes), encoder.encode('}\n')]), line)
  }

  finish(facts: JsonObject): ReadRecording {
    const { spool } = this
    spool.close()
    const base = this.base ?? 0
    const shift = Math.max(0, -spool.first)
    const pages = [...spool.pages]
    const recording = {
      started_at: base - shift,
      ended_at: base + (Number.isFinite(spool.last) ? spool.last : 0),
      windows: [...spool.windows],
      counts: spool.counts,
      first_url: pages[0],
      urls: pages,
      ...facts,
    }
    return { recording, spool, shift, leftOut: this.leftOut.all() }
  }
}

function windowOf(event: JsonObject): string | undefined {
  const { windowId } = event
  return typeof windowId === 'number' ? String(windowId) : textOf(windowId)
}

/** A line break can stand between tokens only, where a space means the same. */
function oneLine(bytes: Uint8Array): Uint8Array {
  const line = bytes.slice()
  for (let at = line.indexOf(NEWLINE); at !== -1; at = line.indexOf(NEWLINE, at)) line[at] = 0x20
  return line
}

/** One event a line: of rrweb, or as PostHog's API of snapshots has it, with the window before it. */
class EventLines extends Lines {
  private readonly gathering = new EventGathering()

  protected line(bytes: Uint8Array<ArrayBuffer>): void {
    const text = decoder.decode(bytes)
    if (text.trim() === '') return
    const value = parseJson(text)
    if (!Array.isArray(value)) return this.gathering.event(bytes.subarray(0, bytes.length - 1), undefined)
    const [windowId, event] = value as unknown[]
    this.gathering.event(encoder.encode(JSON.stringify(event ?? null)), textOf(windowId))
  }

  finish(): ReadRecording {
    return this.gathering.finish({})
  }
}

/** An array of events, or an export file with events somewhere in it. */
class PickedEvents implements Form {
  private readonly gathering = new EventGathering()
  private readonly picker = new JsonPicker((path) => (this.form === 'array' ? path.length === 1 : isWanted(path)), (path, bytes) => this.take(path, bytes))
  private windows: readonly string[] = []
  private facts: JsonObject = {}
  private version: string | undefined

  constructor(private readonly form: 'array' | 'export') {}

  push(chunk: Uint8Array): void {
    this.picker.push(withoutMark(chunk))
  }

  end(): void {
    if (!this.picker.isWhole) throw new Error('it ends in the middle')
  }

  finish(): ReadRecording {
    const read = this.gathering.finish(this.facts)
    if (read.spool.blocks.length > 0 || this.form === 'array') return read
    throw new SourceError('unreadable', `${EXPECTED} Came an object${this.version ? ` of version “${this.version}”` : ''} without snapshots.`)
  }

  private take(path: Path, bytes: Uint8Array<ArrayBuffer>): void {
    if (path.length === 1 && this.form === 'array') return this.gathering.event(bytes, undefined)
    const [first, second, third] = path
    if (first === 'data' && second === 'snapshots') return this.flatEvent(bytes)
    if (first === 'data' && second === 'snapshotsByWindowId') return this.gathering.event(bytes, third)
    const value = parseJson(decoder.decode(bytes))
    if (first === 'version') this.version = textOf(value)
    if (first === 'cassette') this.windows = textsOf(value)
    if (second === 'id') this.facts = { ...this.facts, session_id: textOf(value) }
    if (second === 'person') this.facts = { ...this.facts, distinct_ids: textsOf(objectOf(value)?.distinct_ids) }
  }

  /** A number is a window's place, from 1 on; where it is known which windows there are. */
  private flatEvent(bytes: Uint8Array<ArrayBuffer>): void {
    const number = /"windowId"\s*:\s*(\d+)/.exec(decoder.decode(bytes.subarray(0, 64)))?.[1]
    this.gathering.event(bytes, number === undefined ? undefined : this.windows[Number(number) - 1])
  }
}

function isWanted(path: Path): boolean {
  const [first, second] = path
  switch (path.length) {
    case 1:
      return first === 'version'
    case 2:
      return (first === 'cassette' && second === 'windows') || (first === 'data' && (second === 'id' || second === 'person'))
    case 3:
      return first === 'data' && second === 'snapshots'
    case 4:
      return first === 'data' && second === 'snapshotsByWindowId'
    default:
      return false
  }
}

/** A byte order mark may stand before everything. */
function withoutMark(chunk: Uint8Array): Uint8Array {
  return chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? chunk.subarray(3) : chunk
}

/** What was left out, by what and why. */
class Counts {
  private readonly counts = new Map<string, { what: string; count: number; reason: string }>()

  add(what: string, reason: string): void {
    const entry = this.counts.get(what) ?? { what, count: 0, reason }
    entry.count += 1
    this.counts.set(what, entry)
  }

  all(): JsonObject[] {
    return [...this.counts.values()]
  }
}
