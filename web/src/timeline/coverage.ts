// Coverage: which blocks of a recording are here, of which it is known what happened in them, and how far can be played.
//
// A block is *here* while its lines are held; it has been *told of* once its entries and signs were read, though its lines may never have
// been kept. One that cannot be had is neither, and nobody waits for it.

import type { Block } from '../format/listing'
import type { Stretch } from './activity'

export class Coverage {
  private readonly missing = new Map<number, Block>()
  private readonly broken = new Set<number>()
  private readonly told = new Set<number>()

  constructor(private blocks: readonly Block[]) {
    for (const block of blocks) this.missing.set(block.key, block)
  }

  get all(): readonly Block[] {
    return this.blocks
  }

  /** Those that can be had, as far as is known. */
  get usable(): readonly Block[] {
    return this.broken.size === 0 ? this.blocks : this.blocks.filter((block) => !this.broken.has(block.key))
  }

  has(block: Block): boolean {
    return !this.missing.has(block.key)
  }

  isToldOf(block: Block): boolean {
    return this.told.has(block.key) || this.broken.has(block.key)
  }

  /**
   * The blocks of a running recording, as they are now. The server moves old ones together under new keys: one that is not listed
   * any more and not here cannot be had.
   */
  extend(listed: readonly Block[]): void {
    const now = new Set(listed.map((block) => block.key))
    const known = new Set(this.blocks.map((block) => block.key))
    const kept = this.blocks.filter((block) => now.has(block.key) || !this.missing.has(block.key))
    for (const block of this.blocks) if (!now.has(block.key)) this.missing.delete(block.key)
    const fresh = listed.filter((block) => !known.has(block.key))
    for (const block of fresh) this.missing.set(block.key, block)
    this.blocks = [...kept, ...fresh].sort((a, b) => a.first - b.first || a.key - b.key)
  }

  arrived(block: Block): void {
    this.missing.delete(block.key)
  }

  toldOf(block: Block): void {
    this.told.add(block.key)
  }

  /** What happened in it is not at hand any more. */
  untold(key: number): void {
    this.told.delete(key)
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

  /** Nothing between the two is unknown, though not all of it may be here. */
  isToldBetween(from: number, to: number): boolean {
    return this.blocks.every((block) => block.last < from || block.first > to || this.isToldOf(block))
  }

  /** What could not be read, or was not yet: for the seek bar. */
  missingStretches(): Stretch[] {
    return this.blocks.filter((block) => !this.told.has(block.key)).map((block) => ({ from: block.first, to: block.last }))
  }

  /** The stretches of which everything is known, in order and apart from one another. */
  toldStretches(): Stretch[] {
    const stretches: { from: number; to: number }[] = []
    let isOpen = false
    for (const block of this.blocks) {
      const last = stretches.at(-1)
      if (!this.isToldOf(block)) {
        isOpen = false
        continue
      }
      if (last && (isOpen || block.first <= last.to)) last.to = Math.max(last.to, block.last)
      else stretches.push({ from: block.first, to: block.last })
      isOpen = true
    }
    return stretches
  }
}
