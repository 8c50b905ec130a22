// Activity: when somebody did something, and in which window. From it follow the window that is shown, the stretches
// that may be skipped, and the shading of the seek bar.

import { TimeOrdered, type Timed } from './time-ordered'

/** Finer than this nobody can tell apart; it bounds the list of a day-long recording. */
const GRAIN_MS = 200

/** A longer pause without activity may be skipped. */
export const IDLE_AFTER_MS = 5000

/** So much of a pause is kept at either end: the eye needs to arrive. */
const IDLE_MARGIN_MS = 1000

export interface ActivityPoint extends Timed {
  /** Empty where no window comes to the front by it, such as an error. */
  readonly windowId: string
}

export interface Stretch {
  readonly from: number
  readonly to: number
}

export class Activity {
  private readonly points = new TimeOrdered<ActivityPoint>()
  private readonly newest = new Map<string, number>()

  get isEmpty(): boolean {
    return this.points.items.length === 0
  }

  add(points: readonly ActivityPoint[]): void {
    const kept: ActivityPoint[] = []
    for (const point of points) {
      const last = this.newest.get(point.windowId)
      if (last !== undefined && point.timestamp >= last && point.timestamp - last < GRAIN_MS) continue
      this.newest.set(point.windowId, point.timestamp)
      kept.push(point)
    }
    this.points.add(kept)
  }

  /** The window in which something was done last. */
  windowAt(time: number): string | undefined {
    const items = this.points.items
    for (let index = this.points.countUntil(time) - 1; index >= 0; index--) {
      const windowId = items[index]?.windowId
      if (windowId) return windowId
    }
    return undefined
  }

  /** When something was done last in any window, as far as is known. */
  lastInWindow(time: number): number | undefined {
    const items = this.points.items
    for (let index = this.points.countUntil(time) - 1; index >= 0; index--) {
      if (items[index]?.windowId) return items[index]?.timestamp
    }
    return undefined
  }

  /** The idle stretch around `time`, if it is inside one. */
  idleAt(time: number, duration: number): Stretch | undefined {
    if (this.isEmpty) return undefined
    const before = this.points.lastUntil(time)?.timestamp ?? 0
    const after = this.points.firstAfter(time)?.timestamp
    const stretch = idleBetween(before, after ?? duration, after === undefined)
    return stretch && time >= stretch.from && time < stretch.to ? stretch : undefined
  }

  idleStretches(duration: number): Stretch[] {
    if (this.isEmpty) return []
    const stretches: Stretch[] = []
    let before = 0
    for (const { timestamp } of this.points.items) {
      const stretch = idleBetween(before, timestamp, false)
      if (stretch) stretches.push(stretch)
      before = timestamp
    }
    const rest = idleBetween(before, duration, true)
    if (rest) stretches.push(rest)
    return stretches
  }

  /** How busy each of `count` equal parts of `stretch` is, from 0 to 1. */
  shading({ from, to }: Stretch, count: number): number[] {
    const parts = new Array<number>(count).fill(0)
    const { items } = this.points
    if (to <= from) return parts
    for (let index = this.points.countUntil(from - 1); index < items.length; index++) {
      const timestamp = items[index]?.timestamp ?? Infinity
      if (timestamp > to) break
      const part = Math.min(count - 1, Math.max(0, Math.floor(((timestamp - from) / (to - from)) * count)))
      parts[part] = (parts[part] ?? 0) + 1
    }
    const full = Math.max(1, Math.min((to - from) / count / GRAIN_MS, Math.max(...parts)))
    return parts.map((part) => Math.min(1, part / full))
  }

  /** Which window was in front, from when to when. */
  windowStretches(duration: number): WindowStretch[] {
    const stretches: { windowId: string; from: number; to: number }[] = []
    for (const { windowId, timestamp } of this.points.items) {
      const last = stretches.at(-1)
      if (windowId === '' || windowId === last?.windowId) continue
      if (last) last.to = timestamp
      stretches.push({ windowId, from: timestamp, to: duration })
    }
    return stretches
  }
}

export interface WindowStretch extends Stretch {
  readonly windowId: string
}

function idleBetween(before: number, after: number, toTheEnd: boolean): Stretch | undefined {
  if (after - before <= IDLE_AFTER_MS) return undefined
  return { from: before + IDLE_MARGIN_MS, to: toTheEnd ? after : after - IDLE_MARGIN_MS }
}
