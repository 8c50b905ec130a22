// The block loader: fetches parts of a recording a few at a time, the urgent ones first, and hands on what the worker made of
// them.
//
// `want` may be called at any time with a new order: what is under way is left to finish, what is not yet begun
// is begun in the new order. What cannot be fetched is tried again a few times and then reported.
//
// What is only to be told of (`telling`) is read one after the other and never beside anything else; at a walk there is a pause after each,
// so that whoever only watches the beginning of a long recording hardly costs more than that.

import { asError } from '../format/failures'
import type { Block, Keyframe } from '../format/listing'
import type { DecodedLines, Wanted } from '../format/line'
import type { Decoder } from './decoder'
import { takeDecoded } from './early'
import { SourceError, type RecordingSource } from './source'

const PARALLEL = 3
const ATTEMPTS = 4
const FIRST_PAUSE_MS = 400
/** At a walk, a pause is so much longer than the reading before it. */
const WALK = 4

export type Part =
  | { readonly kind: 'block'; readonly block: Block; readonly wanted: Wanted }
  | { readonly kind: 'keyframe'; readonly keyframe: Keyframe }

export interface Order {
  /** While one of these is missing nothing else is begun, so that they have the line to themselves. */
  readonly urgent: readonly Part[]
  readonly next: readonly Part[]
  readonly telling: readonly Block[]
  readonly pace: 'walk' | 'run'
}

export interface LoaderEvents {
  loaded(part: Part, decoded: DecodedLines): void
  failed(part: Part, error: Error): void
}

export class BlockLoader {
  private queue: Part[] = []
  private telling: Block[] = []
  private pace: Order['pace'] = 'walk'
  private readonly underWay = new Set<string>()
  private readonly aborter = new AbortController()
  private rested = true

  constructor(
    private readonly source: RecordingSource,
    private readonly base: number,
    private readonly decoder: Decoder,
    private readonly events: LoaderEvents,
  ) {}

  /** Replaces the order. */
  want({ urgent, next, telling, pace }: Order): void {
    this.queue = urgent.length > 0 ? [...urgent] : [...next]
    this.telling = urgent.length > 0 ? [] : [...telling]
    this.pace = pace
    this.pump()
  }

  close(): void {
    this.queue = []
    this.telling = []
    this.aborter.abort()
  }

  private pump(): void {
    while (this.underWay.size < PARALLEL) {
      const place = this.queue.findIndex((part) => !this.underWay.has(nameOfPart(part)))
      const [part] = place === -1 ? [] : this.queue.splice(place, 1)
      if (!part) return this.pumpTelling()
      void this.begin(part)
    }
  }

  private pumpTelling(): void {
    if (this.underWay.size > 0 || (!this.rested && this.pace === 'walk')) return
    const block = this.telling.shift()
    if (!block) return
    const begun = performance.now()
    void this.begin({ kind: 'block', block, wanted: 'telling' }).finally(() => {
      this.rested = false
      setTimeout(() => {
        this.rested = true
        this.pump()
      }, (performance.now() - begun) * WALK)
    })
  }

  private begin(part: Part): Promise<void> {
    const name = nameOfPart(part)
    this.underWay.add(name)
    return this.load(part).finally(() => {
      this.underWay.delete(name)
      // It may have been wanted again meanwhile; who wants it after this asks anew.
      this.queue = this.queue.filter((waiting) => nameOfPart(waiting) !== name)
      this.pump()
    })
  }

  private async load(part: Part): Promise<void> {
    try {
      const decoded = (await takeDecoded(nameOfPart(part))?.catch(() => undefined)) ?? (await this.decode(part))
      if (!this.aborter.signal.aborted) this.events.loaded(part, decoded)
    } catch (error) {
      if (this.aborter.signal.aborted) return
      this.events.failed(part, asError(error))
    }
  }

  private async decode(part: Part): Promise<DecodedLines> {
    const bytes = await this.fetchPatiently(part)
    return part.kind === 'block' ? this.decoder.decodeBlock(part.block.key, bytes, part.wanted) : this.decoder.decodeKeyframe(bytes)
  }

  private fetch(part: Part): Promise<ArrayBuffer> {
    const { signal } = this.aborter
    if (part.kind === 'block') return this.source.block(part.block.key, this.base, signal)
    const fetched = this.source.keyframe?.(part.keyframe.key, this.base, signal)
    return fetched ?? Promise.reject(new SourceError('not_found', 'There are no keyframes here.'))
  }

  private async fetchPatiently(part: Part): Promise<ArrayBuffer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.fetch(part)
      } catch (error) {
        const lasting = error instanceof SourceError && error.isLasting
        if (lasting || attempt === ATTEMPTS || this.aborter.signal.aborted) throw error
        await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempt - 1)))
      }
    }
  }
}

export function nameOfPart(part: Part): string {
  return part.kind === 'block' ? `${part.wanted} ${part.block.key}` : `keyframe ${part.keyframe.key}`
}
