// The lines of one window: where its picture begins at any time, and what has to be replayed for it.

import type { ReplayLine, Size } from '../format/line'
import { TimeOrdered, type Timed } from './time-ordered'

/** Shown where a recording never said how large its page was. */
const UNKNOWN_SIZE: Size = { width: 1280, height: 800 }

/** A viewport's size from some time on. Not the line that said so, which would hold on to the bytes of its block. */
interface Sized extends Timed {
  readonly size: Size
}

export interface PictureStart {
  readonly snapshot: ReplayLine
  readonly size: Size
}

export class WindowLines {
  private readonly lines = new TimeOrdered<ReplayLine>()
  private readonly snapshots = new TimeOrdered<ReplayLine>()
  private readonly sizes = new TimeOrdered<Sized>()

  /** True where something was added between what was already there. */
  add(added: readonly ReplayLine[]): boolean {
    const before = this.lines.items.length
    this.snapshots.add(added.filter((line) => line.role === 'full_snapshot'))
    this.sizes.add(added.flatMap(({ timestamp, order, size }) => (size ? [{ timestamp, order, size }] : [])))
    return this.lines.add(added) < before
  }

  /** Lets go of lines that can be fetched again; sizes and nothing else of them stay. */
  drop(isGone: (line: ReplayLine) => boolean): void {
    this.lines.remove(isGone)
    this.snapshots.remove(isGone)
  }

  /** The last full snapshot at `time` or before it; before the first one, that one. */
  pictureAt(time: number): PictureStart | undefined {
    const snapshot = this.snapshots.lastUntil(time) ?? this.snapshots.items[0]
    if (!snapshot) return undefined
    return { snapshot, size: this.sizeAt(snapshot.timestamp) }
  }

  hasSnapshotBetween(after: number, until: number): boolean {
    const next = this.snapshots.firstAfter(after)
    return next !== undefined && next.timestamp <= until
  }

  /** What follows `line`, up to `time`; the line itself need not be here any more. */
  after(line: ReplayLine, until: number): readonly ReplayLine[] {
    const from = this.lines.countUpTo(line)
    return this.lines.items.slice(from, Math.max(from, this.lines.countUntil(until)))
  }

  /** The next time after `time` at which the picture changes, or the last one before it, of what is here. */
  changeBeside(time: number, step: 1 | -1): number | undefined {
    const { items } = this.lines
    let index = step === 1 ? this.lines.countUntil(time) : this.lines.countUntil(time) - 1
    for (let line = items[index]; line; line = items[(index += step)]) {
      if (line.role !== 'other' && line.timestamp !== time) return line.timestamp
    }
    return undefined
  }

  private sizeAt(time: number): Size {
    const sized = this.sizes.lastUntil(time) ?? this.sizes.items[0]
    return sized?.size ?? UNKNOWN_SIZE
  }
}
