// The block loader: fetches blocks a few at a time, the urgent ones first, and hands on what the worker made of them.
//
// `want` may be called at any time with a new order: what is under way is left to finish, what is not yet begun
// is begun in the new order. A block that cannot be fetched is tried again a few times and then reported.

import type { Block } from '../format/listing'
import type { DecodedLines } from '../format/line'
import type { Decoder } from './decoder'
import { SourceError, type RecordingSource } from './source'

const PARALLEL = 3
const ATTEMPTS = 4
const FIRST_PAUSE_MS = 400

export interface LoaderEvents {
  loaded(block: Block, decoded: DecodedLines): void
  failed(block: Block, error: Error): void
}

export class BlockLoader {
  private queue: Block[] = []
  private readonly underWay = new Set<number>()
  private readonly aborter = new AbortController()

  constructor(
    private readonly source: RecordingSource,
    private readonly base: number,
    private readonly decoder: Decoder,
    private readonly events: LoaderEvents,
  ) {}

  /** Replaces the order. While urgent blocks are missing nothing else is begun, so that they have the line to themselves. */
  want(urgent: readonly Block[], background: readonly Block[]): void {
    this.queue = urgent.length > 0 ? [...urgent] : [...background]
    this.pump()
  }

  close(): void {
    this.queue = []
    this.aborter.abort()
  }

  private pump(): void {
    while (this.underWay.size < PARALLEL) {
      const next = this.queue.findIndex((block) => !this.underWay.has(block.key))
      const [block] = next === -1 ? [] : this.queue.splice(next, 1)
      if (!block) return
      this.underWay.add(block.key)
      void this.load(block).finally(() => {
        this.underWay.delete(block.key)
        // It may have been wanted again meanwhile; who wants it after this asks anew.
        this.queue = this.queue.filter((waiting) => waiting.key !== block.key)
        this.pump()
      })
    }
  }

  private async load(block: Block): Promise<void> {
    try {
      const bytes = await this.fetchPatiently(block)
      const decoded = await this.decoder.decodeBlock(block.key, bytes)
      if (!this.aborter.signal.aborted) this.events.loaded(block, decoded)
    } catch (error) {
      if (this.aborter.signal.aborted) return
      this.events.failed(block, error instanceof Error ? error : new Error(String(error)))
    }
  }

  private async fetchPatiently(block: Block): Promise<ArrayBuffer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.source.block(block.key, this.base, this.aborter.signal)
      } catch (error) {
        const lasting = error instanceof SourceError && error.isLasting
        if (lasting || attempt === ATTEMPTS || this.aborter.signal.aborted) throw error
        await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempt - 1)))
      }
    }
  }
}
