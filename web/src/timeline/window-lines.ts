// The lines of one window: where its picture begins at any time, and what has to be replayed for it.

import type { ReplayLine, Size } from '../format/line'
import { TimeOrdered, type Timed } from './time-ordered'

/** Shown where a recording never said how large its page was. */
const UNKNOWN_SIZE: Size = { width: 1280, height: 800 }

/** A viewport's size from some time on. Not the line that said so, which would hold on to the bytes of its block. */
interface Sized extends Timed {
  readonly size: Size
}

/** Where a picture begins: a full snapshot, and with a keyframe what belongs to it beyond that. */
export interface PictureStart {
  readonly snapshot: ReplayLine
  /** The rest of a keyframe, of the snapshot's own time. */
  readonly rest: readonly ReplayLine[]
  readonly size: Size
  /** What the picture is changed by comes after this. */
  readonly until: Timed
}

export class WindowLines {
  private readonly lines = new TimeOrdered<ReplayLine>()
  private readonly snapshots = new TimeOrdered<ReplayLine>()
  private readonly sizes = new TimeOrdered<Sized>()
  private readonly keyframes = new TimeOrdered<PictureStart & Timed>()

  /** True where something was added between what was already there. */
  add(added: readonly ReplayLine[]): boolean {
    const before = this.lines.items.length
    this.snapshots.add(added.filter((line) => line.role === 'full_snapshot'))
    this.sizes.add(added.flatMap(({ timestamp, order, size }) => (size && !this.knowsSize(timestamp, order) ? [{ timestamp, order, size }] : [])))
    return this.lines.add(added) < before
  }

  /** A keyframe: everything up to `timestamp` is in it. False where it holds no picture. */
  addKeyframe(timestamp: number, lines: readonly ReplayLine[]): boolean {
    const snapshot = lines.find((line) => line.role === 'full_snapshot')
    if (!snapshot) return false
    const size = lines.findLast((line) => line.size)?.size ?? this.sizeAt(timestamp)
    const rest = lines.slice(lines.indexOf(snapshot) + 1)
    this.keyframes.add([{ snapshot, rest, size, timestamp, until: { timestamp, order: Number.MAX_SAFE_INTEGER } }])
    return true
  }

  hasKeyframe(timestamp: number): boolean {
    return this.keyframes.lastUntil(timestamp)?.timestamp === timestamp
  }

  dropKeyframe(timestamp: number): void {
    this.keyframes.remove((keyframe) => keyframe.timestamp === timestamp)
  }

  /** Lets go of lines that can be fetched again; sizes and nothing else of them stay. */
  drop(isGone: (line: ReplayLine) => boolean): void {
    this.lines.remove(isGone)
    this.snapshots.remove(isGone)
  }

  /** The newest full snapshot or keyframe at `time` or before it; before the first one, the first full snapshot. */
  pictureAt(time: number): PictureStart | undefined {
    const snapshot = this.snapshots.lastUntil(time)
    const keyframe = this.keyframes.lastUntil(time)
    if (keyframe && (!snapshot || keyframe.timestamp > snapshot.timestamp)) return keyframe
    const start = snapshot ?? this.snapshots.items[0]
    if (!start) return undefined
    return { snapshot: start, rest: [], size: this.sizeAt(start.timestamp), until: start }
  }

  /** What follows `line`, up to `time`; the line itself need not be here any more. */
  after(line: Timed, until: number): readonly ReplayLine[] {
    const from = this.lines.countUpTo(line)
    return this.lines.items.slice(from, Math.max(from, this.lines.countUntil(until)))
  }

  /** When what is seen changes next, of the lines that are here. */
  changeAfter(time: number): number | undefined {
    const { items } = this.lines
    for (let place = this.lines.countUntil(time); place < items.length; place++) {
      const line = items[place]
      if (line && isSeen(line)) return line.timestamp
    }
    return undefined
  }

  /** When what was seen changed last before `time`, of the lines that are here. */
  changeBefore(time: number): number | undefined {
    const { items } = this.lines
    for (let place = this.lines.countUntil(time) - 1; place >= 0; place--) {
      const line = items[place]
      if (line && line.timestamp < time && isSeen(line)) return line.timestamp
    }
    return undefined
  }

  private knowsSize(timestamp: number, order: number): boolean {
    const known = this.sizes.items[this.sizes.countUpTo({ timestamp, order }) - 1]
    return known?.timestamp === timestamp && known.order === order
  }

  private sizeAt(time: number): Size {
    const sized = this.sizes.lastUntil(time) ?? this.sizes.items[0]
    return sized?.size ?? UNKNOWN_SIZE
  }
}

function isSeen(line: ReplayLine): boolean {
  switch (line.role) {
    case 'full_snapshot':
    case 'change':
    case 'activity':
    case 'resize':
      return true
    case 'meta':
      return line.size !== undefined
    case 'wireframe_snapshot':
    case 'other':
      return false
    default:
      return line.role satisfies never
  }
}

/** How much text there is to be replayed. */
export function bytesOf(lines: readonly ReplayLine[]): number {
  let bytes = 0
  for (const line of lines) bytes += line.to - line.from
  return bytes
}
