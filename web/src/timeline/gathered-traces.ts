// What all blocks together tell about what is not in the recording. They come in any order, some twice, and a running recording's
// lines come one by one: adding the same again changes nothing that matters.
//
// Bounded: names up to a number, spans of time one for each block.

import type { ClockJump, Found, FoundKind, RecorderState, TimeStretch, Traces, WindowTrace } from '../format/traces'

const MOST_NAMES = 5000
const CLOCK_TOLERANCE_MS = 1000
/** Two jumps of a clock so close to one another are one, told by two blocks. */
const SAME_MS = 1

export interface GatheredFound {
  readonly kind: FoundKind
  readonly names: ReadonlySet<string>
  readonly isCut: boolean
  readonly first: number
  readonly last: number
}

export interface GatheredWindow {
  readonly windowId: string
  readonly first: number
  readonly last: number
  readonly firstChange: number | undefined
  readonly firstPicture: number | undefined
}

interface OpenFound {
  names: Set<string>
  isCut: boolean
  first: number
  last: number
}

export class GatheredTraces {
  private readonly sorts = new Map<FoundKind, OpenFound>()
  private readonly byWindow = new Map<string, WindowTrace[]>()
  private readonly inner: ClockJump[] = []
  private readonly quiet: TimeStretch[] = []
  private readonly said: RecorderState[] = []
  lostLines = 0
  isByPosthog = false
  /** Goes up whenever something new is known. */
  version = 0

  add(traces: Traces): void {
    this.version += 1
    for (const found of traces.found) this.addFound(found)
    for (const window of traces.windows) this.addWindow(window)
    this.inner.push(...traces.jumps)
    this.quiet.push(...traces.silences)
    this.said.push(...traces.states)
    this.lostLines += traces.lostLines
    this.isByPosthog ||= traces.isByPosthog
  }

  found(kind: FoundKind): GatheredFound | undefined {
    const found = this.sorts.get(kind)
    return found && { kind, ...found }
  }

  windows(): GatheredWindow[] {
    return [...this.byWindow].map(([windowId, spans]) => ({
      windowId,
      first: least(spans.map(({ first }) => first)) ?? 0,
      last: Math.max(...spans.map(({ last }) => last)),
      firstChange: least(spans.map(({ firstChange }) => firstChange)),
      firstPicture: least(spans.map(({ firstPicture }) => firstPicture)),
    }))
  }

  /** What the recorder said of itself, in order of time. */
  states(): RecorderState[] {
    return [...this.said].sort((a, b) => a.timestamp - b.timestamp)
  }

  /** Where the visitor's clock was set, in order of time. */
  clockJumps(): ClockJump[] {
    const between = [...this.byWindow.values()].flatMap((spans) => {
      const ordered = [...spans].sort((a, b) => a.first - b.first)
      return ordered.flatMap((span, place): ClockJump[] => {
        const by = span.firstOffset - (ordered[place - 1]?.lastOffset ?? span.firstOffset)
        return Math.abs(by) > CLOCK_TOLERANCE_MS ? [{ at: span.first, by }] : []
      })
    })
    const all = [...between, ...this.inner].sort((a, b) => a.at - b.at)
    return all.filter(({ at }, place) => at - (all[place - 1]?.at ?? -Infinity) > SAME_MS)
  }

  /**
   * Stretches of at least `least` milliseconds in which nothing came from any window. Only between what was read: `isRead` says of a
   * stretch whether all of it was.
   */
  silences(least: number, isRead: (from: number, to: number) => boolean): TimeStretch[] {
    const spans = [...this.byWindow.values()].flat().sort((a, b) => a.first - b.first)
    const silences = this.quiet.filter(({ from, to }) => to - from >= least && !spans.some(({ first, last }) => isInside(first, from, to) || isInside(last, from, to)))
    let until: number | undefined
    for (const { first, last } of spans) {
      if (until !== undefined && first - until >= least && isRead(until, first)) silences.push({ from: until, to: first })
      until = Math.max(until ?? last, last)
    }
    return silences.sort((a, b) => a.from - b.from).filter(({ from }, place, all) => from !== all[place - 1]?.from)
  }

  private addFound({ kind, names, isCut, first, last }: Found): void {
    let known = this.sorts.get(kind)
    if (!known) this.sorts.set(kind, (known = { names: new Set(), isCut: false, first, last }))
    known.first = Math.min(known.first, first)
    known.last = Math.max(known.last, last)
    known.isCut ||= isCut
    for (const name of names) {
      if (known.names.size < MOST_NAMES) known.names.add(name)
      else if (!known.names.has(name)) known.isCut = true
    }
  }

  /** Lines that follow one another at once, as those of a running recording do, are one span. */
  private addWindow(trace: WindowTrace): void {
    const spans = this.byWindow.get(trace.windowId)
    if (!spans) {
      this.byWindow.set(trace.windowId, [trace])
      return
    }
    if (spans.some((span) => span.first === trace.first && span.last === trace.last)) return
    const newest = spans.at(-1)
    const goesOn = newest && trace.first >= newest.last && trace.first - newest.last < JOINED_MS && Math.abs(trace.firstOffset - newest.lastOffset) <= CLOCK_TOLERANCE_MS
    if (!goesOn) {
      spans.push(trace)
      return
    }
    spans[spans.length - 1] = {
      ...newest,
      last: trace.last,
      firstChange: newest.firstChange ?? trace.firstChange,
      firstPicture: newest.firstPicture ?? trace.firstPicture,
      lastOffset: trace.lastOffset,
    }
  }
}

const JOINED_MS = 5000

function isInside(time: number, from: number, to: number): boolean {
  return time > from && time < to
}

function least(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time): time is number => time !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
