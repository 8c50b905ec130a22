// Marks: the moments of a recording that are worth jumping to, and how many of them fall together where there is little room.
//
// ## What it promises
// 1. Marks stand in order of time, whatever order they came in.
// 2. Every mark of a kind that is shown is in exactly one cluster, also one that lies outside what is seen of the time line: those are in none.
// 3. A cluster is shown as the gravest of its marks, so that an error is never hidden behind clicks.

import { isError, type Entry } from '../format/entry'
import type { Signal } from '../format/listing'
import type { View } from './view'

/** The gravest first. Names are kept in browsers (which are shown), so none ever changes its meaning. */
export const MARK_KINDS = [
  'error', 'console_error', 'error_click', 'rage_click', 'failed_request', 'dead_click', 'thrashing_mouse', 'quick_back', 'comment', 'page', 'event', 'click',
] as const

export type MarkKind = (typeof MARK_KINDS)[number]

export interface Mark {
  /** Milliseconds since the recording's start. */
  readonly timestamp: number
  readonly kind: MarkKind
  /** What happened, in words; where it is missing, `entry` says it. */
  readonly label?: string
  readonly entry?: Entry
}

/** What comes from outside of the player may be anything. */
export function isMark(value: Mark): boolean {
  return typeof value === 'object' && value !== null && Number.isFinite(value.timestamp) && MARK_KINDS.includes(value.kind)
}

const GRAVITY: ReadonlyMap<MarkKind, number> = new Map(MARK_KINDS.map((kind, place) => [kind, place]))

/** Signals name a node; the click that they are about names it in words, and is not further away. */
const SAME_CLICK_MS = 1500

export function kindOf(entry: Entry): MarkKind | undefined {
  switch (entry.kind) {
    case 'exception':
      return 'error'
    case 'console':
      return isError(entry) ? 'console_error' : undefined
    case 'request':
      return entry.failed ? 'failed_request' : undefined
    case 'click':
    case 'page':
      return entry.kind
    case 'captured':
    case 'custom':
      return 'event'
    case 'input':
      return undefined
    default:
      return entry satisfies never
  }
}

/** `entries` in order of time; `more` is what the page around the player knows, such as comments. */
export function marksOf(entries: readonly Entry[], signals: readonly Signal[], more: readonly Mark[]): Mark[] {
  const marks: Mark[] = []
  for (const entry of entries) {
    const kind = kindOf(entry)
    // What came with the first event may be dated a little before it.
    if (kind !== undefined) marks.push({ timestamp: Math.max(0, entry.timestamp), kind, entry })
  }
  if (signals.length > 0) marks.push(...signalMarks(signals, entries))
  marks.push(...more)
  return marks.sort((a, b) => a.timestamp - b.timestamp || gravityOf(a.kind) - gravityOf(b.kind))
}

function signalMarks(signals: readonly Signal[], entries: readonly Entry[]): Mark[] {
  const clicks = entries.filter((entry) => entry.kind === 'click')
  return signals.map(({ kind, timestamp, windowId }) => {
    const isAboutClick = kind === 'rage_click' || kind === 'dead_click' || kind === 'error_click'
    const target = isAboutClick ? targetNear(clicks, timestamp, windowId) : ''
    return target === '' ? { timestamp, kind } : { timestamp, kind, label: `on “${target}”` }
  })
}

function targetNear(clicks: readonly Entry[], time: number, windowId: string): string {
  for (let index = countBefore(clicks, time - SAME_CLICK_MS); index < clicks.length; index++) {
    const click = clicks[index]
    if (!click || click.timestamp > time + SAME_CLICK_MS) break
    if (click.kind === 'click' && click.windowId === windowId) return click.target
  }
  return ''
}

function gravityOf(kind: MarkKind): number {
  return GRAVITY.get(kind) ?? MARK_KINDS.length
}

export interface Cluster {
  /** Where it is drawn, in pixels from the left. */
  readonly x: number
  /** The gravest of them. */
  readonly kind: MarkKind
  readonly marks: readonly Mark[]
}

/**
 * `marks` as they are drawn on `width` pixels: those closer than `spacing` stand together, where the first of them stands. What is
 * outside `view` is left out.
 */
export function clustersOf(marks: readonly Mark[], view: View, width: number, spacing: number): Cluster[] {
  const clusters: { x: number; kind: MarkKind; marks: Mark[] }[] = []
  const length = view.to - view.from
  for (let index = countBefore(marks, view.from); index < marks.length; index++) {
    const mark = marks[index]
    if (!mark || mark.timestamp > view.to) break
    const x = length > 0 ? ((mark.timestamp - view.from) / length) * width : 0
    const last = clusters.at(-1)
    if (!last || x - last.x >= spacing) {
      clusters.push({ x, kind: mark.kind, marks: [mark] })
      continue
    }
    last.marks.push(mark)
    if (gravityOf(mark.kind) < gravityOf(last.kind)) last.kind = mark.kind
  }
  return clusters
}

/** The next mark after `time`, or the last one before it. */
export function markBeside(marks: readonly Mark[], time: number, step: 1 | -1): Mark | undefined {
  return step === 1 ? marks[countBefore(marks, nextAfter(time))] : marks[countBefore(marks, time) - 1]
}

function countBefore(marks: readonly { readonly timestamp: number }[], time: number): number {
  let low = 0
  let high = marks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((marks[middle]?.timestamp ?? Infinity) < time) low = middle + 1
    else high = middle
  }
  return low
}

/** Times may have fractions: the smallest step that is one. */
function nextAfter(time: number): number {
  return time + 0.0005
}

/** How many there are of each kind. */
export function countsOf(marks: readonly Mark[]): ReadonlyMap<MarkKind, number> {
  const counts = new Map<MarkKind, number>()
  for (const { kind } of marks) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}
