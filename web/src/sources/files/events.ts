// Forms of others, which hold events: rrweb's and PostHog's. Each event becomes a line of ours around the bytes that it was.

import { numberOf, objectOf, parseJson, textOf, textsOf, type JsonObject } from '../../format/json'
import { SourceError } from '../source'
import { JsonPicker, joined, type Path } from './json-picker'
import { LineSpool } from './line-spool'
import { Lines } from './lines'
import { Counts, EXPECTED, type Form, type ReadRecording } from './read-form'

const NEWLINE = 0x0a
const decoder = new TextDecoder()
const encoder = new TextEncoder()

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
export class EventLines extends Lines {
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
export class PickedEvents implements Form {
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
