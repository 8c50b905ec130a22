// Looking into the lines of a block for what the pages do not keep: the details of entries, and the history of one element. Runs in the
// worker; a block's bytes come with each request, and only the history remembers something from one to the next.

import { readDetail, type EntryDetail } from './details'
import { Cutter, type Entry } from './entry'
import { numberOf, objectOf, parseJson, textOf } from './json'
import { splitLines } from './line'
import { NodeHistory, type HistoryStep, type HistoryTarget } from './node-history'
import { Outline } from './outline'
import { EventType } from './rrweb-numbers'
import { tellingsOf } from './telling'

export type LookRequest =
  | { readonly kind: 'details'; readonly bytes: ArrayBuffer; readonly places: readonly LinePart[] }
  /** All requests and pages that a block tells of: for who needs the whole of a recording that is too large to be kept. */
  | { readonly kind: 'network'; readonly bytes: ArrayBuffer; readonly block: number }
  /** `begins` with the first block: the target. */
  | { readonly kind: 'history'; readonly bytes: ArrayBuffer; readonly begins?: HistoryTarget }

export interface LinePart {
  readonly line: number
  readonly part: number
}

export type Looked =
  /** In the order asked for; undefined where the line is not what it was. */
  | { readonly kind: 'details'; readonly details: readonly (EntryDetail | undefined)[] }
  | { readonly kind: 'network'; readonly told: readonly NetworkTold[] }
  | { readonly kind: 'history'; readonly steps: readonly HistoryStep[] }

/** A request, or a page. */
export interface NetworkTold {
  readonly entry: Entry
  readonly detail: EntryDetail | undefined
}

const decoder = new TextDecoder()

export class Looker {
  private history: { readonly of: NodeHistory; readonly windowId: string } | undefined

  look(request: LookRequest): Looked {
    const bytes = new Uint8Array(request.bytes)
    switch (request.kind) {
      case 'details':
        return { kind: 'details', details: readDetails(bytes, request.places) }
      case 'network':
        return { kind: 'network', told: readNetwork(bytes, request.block) }
      case 'history':
        if (request.begins) this.history = { of: new NodeHistory(request.begins), windowId: request.begins.windowId }
        return { kind: 'history', steps: this.history ? readHistory(bytes, this.history.of, this.history.windowId) : [] }
      default:
        return request satisfies never
    }
  }
}

function readDetails(bytes: Uint8Array<ArrayBuffer>, places: readonly LinePart[]): (EntryDetail | undefined)[] {
  const parts = new Map<number, number[]>()
  for (const { line, part } of places) parts.set(line, [...(parts.get(line) ?? []), part])
  const found = new Map<string, EntryDetail | undefined>()
  let place = -1
  for (const text of splitLines(bytes)) {
    place += 1
    const here = parts.get(place)
    if (!here) continue
    const line = objectOf(parseJson(decoder.decode(text)))
    if (line) for (const part of here) found.set(`${place} ${part}`, safely(() => readDetail(line, part)))
  }
  return places.map(({ line, part }) => found.get(`${line} ${part}`))
}

function readNetwork(bytes: Uint8Array<ArrayBuffer>, block: number): NetworkTold[] {
  const all: NetworkTold[] = []
  const [outline, cutter] = [new Outline(), new Cutter()]
  let place = -1
  for (const text of splitLines(bytes)) {
    place += 1
    const line = objectOf(parseJson(decoder.decode(text)))
    const event = objectOf(line?.event)
    const timestamp = numberOf(line?.timestamp)
    // Pages are named by these, requests told of by the plugin: what changes the page need not be understood.
    const tells = event?.type === EventType.Meta || event?.type === EventType.Custom || event?.type === EventType.Plugin
    if (!line || !event || timestamp === undefined || !tells) continue
    const tellings = safely(() => tellingsOf(event, outline, cutter)) ?? []
    for (const [part, { shift, content }] of tellings.entries()) {
      if (content.kind !== 'request' && content.kind !== 'page') continue
      const entry = { timestamp: timestamp + shift, windowId: textOf(line.window_id) ?? '', block, line: place, part, ...content }
      all.push({ entry, detail: content.kind === 'request' ? safely(() => readDetail(line, part)) : undefined })
    }
  }
  return all
}

function readHistory(bytes: Uint8Array<ArrayBuffer>, history: NodeHistory, windowId: string): HistoryStep[] {
  const steps: HistoryStep[] = []
  for (const text of splitLines(bytes)) {
    const line = objectOf(parseJson(decoder.decode(text)))
    const event = objectOf(line?.event)
    const timestamp = numberOf(line?.timestamp)
    if (!line || !event || timestamp === undefined || (textOf(line.window_id) ?? '') !== windowId) continue
    for (const what of safely(() => history.read(event)) ?? []) steps.push({ timestamp, what })
  }
  return steps
}

/** Writing JSON recurses where reading it does not: a value that is nested too deeply is left out. */
function safely<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
