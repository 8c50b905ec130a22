// Coverage: which blocks of a recording are here, and how far can be played with them.

import type { Block } from '../format/listing'

export class Coverage {
  private readonly missing = new Map<number, Block>()
  private readonly broken = new Set<number>()

  constructor(private blocks: readonly Block[]) {
    for (const block of blocks) this.missing.set(block.key, block)
  }

  get all(): readonly Block[] {
    return this.blocks
  }

  get isComplete(): boolean {
    return this.missing.size === 0
  }

  has(block: Block): boolean {
    return !this.missing.has(block.key)
  }

  /** Blocks that a running recording has got since. */
  extend(blocks: readonly Block[]): void {
    const known = new Set(this.blocks.map((block) => block.key))
    const fresh = blocks.filter((block) => !known.has(block.key))
    for (const block of fresh) this.missing.set(block.key, block)
    this.blocks = [...this.blocks, ...fresh].sort((a, b) => a.first - b.first || a.key - b.key)
  }

  arrived(block: Block): void {
    this.missing.delete(block.key)
  }

  /** Cannot be had: playback goes on without it. */
  gaveUp(block: Block): void {
    this.missing.delete(block.key)
    this.broken.add(block.key)
  }

  /** Put out of memory again. */
  dropped(block: Block): void {
    if (!this.broken.has(block.key)) this.missing.set(block.key, block)
  }

  isBroken(block: Block): boolean {
    return this.broken.has(block.key)
  }

  missingOf(blocks: readonly Block[]): Block[] {
    return blocks.filter((block) => this.missing.has(block.key))
  }

  /** The time up to which nothing is missing, seen from `time`. */
  playableUntil(time: number): number {
    let until = Infinity
    for (const block of this.missing.values()) {
      if (block.last >= time) until = Math.min(until, block.first)
    }
    return until
  }

  isWhole(from: number, to: number): boolean {
    for (const block of this.missing.values()) {
      if (block.last >= from && block.first <= to) return false
    }
    return true
  }

  /** What is here, as stretches of time, for the seek bar. */
  missingStretches(): { from: number; to: number }[] {
    return [...this.missing.values()].map((block) => ({ from: block.first, to: block.last }))
  }
}
