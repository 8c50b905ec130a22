// Looking: what the pages do not keep is read again when somebody asks for it, from the block that it is in. In a worker of its own,
// begun with the first question, so that no picture waits for an answer.
//
// A failure to fetch a block is the asker's to tell; another block may still be had.

import type { Entry } from '../format/entry'
import type { EntryDetail } from '../format/details'
import type { Block } from '../format/listing'
import type { Looked, LookRequest } from '../format/looking-into'
import type { HistoryStep, HistoryTarget } from '../format/node-history'
import type { DecodeAnswer, DecodeWorker } from './decoding'
import type { RecordingSource } from './source'

/** What is there to be looked into. */
export interface LookedInto {
  readonly startedAt: number
  readonly blocks: readonly Block[]
}

export interface Progress {
  readonly done: number
  readonly of: number
  /** Blocks that could not be had. */
  readonly lost: number
}

export interface FoundDetails {
  readonly found: readonly { readonly entry: Entry; readonly detail: EntryDetail | undefined }[]
  readonly progress: Progress
}

export class Looking {
  private worker: DecodeWorker | undefined
  private readonly waiting = new Map<number, { resolve: (looked: Looked) => void; reject: (reason: Error) => void }>()
  private nextId = 1
  private newest: { readonly key: number; readonly bytes: Promise<ArrayBuffer> } | undefined
  private readonly closing = new AbortController()

  constructor(
    private readonly source: RecordingSource,
    private readonly recording: () => LookedInto | undefined,
  ) {}

  /** Undefined where its line cannot be understood. */
  async detailOf(entry: Entry): Promise<EntryDetail | undefined> {
    if (entry.detail) return entry.detail
    const [detail] = await this.detailsIn(entry.block, [entry])
    return detail
  }

  /** The details of many, block by block; of those whose block cannot be had there are none. */
  async *detailsOf(entries: readonly Entry[], signal: AbortSignal): AsyncGenerator<FoundDetails> {
    const live = entries.filter(({ detail }) => detail !== undefined)
    const byBlock = groupedByBlock(entries.filter(({ detail }) => detail === undefined))
    let [done, lost] = [0, 0]
    yield { found: live.map((entry) => ({ entry, detail: entry.detail })), progress: { done, of: byBlock.size, lost } }
    for (const [block, own] of byBlock) {
      const details = await this.detailsIn(block, own).catch((): EntryDetail[] => {
        lost += 1
        return []
      })
      signal.throwIfAborted()
      done += 1
      yield { found: own.map((entry, place) => ({ entry, detail: details[place] })), progress: { done, of: byBlock.size, lost } }
    }
  }

  /** Requests and pages of all blocks, whatever of them is kept. */
  async *network(signal: AbortSignal): AsyncGenerator<FoundDetails> {
    const blocks = this.recording()?.blocks ?? []
    let lost = 0
    for (const [place, block] of blocks.entries()) {
      const bytes = await this.bytesOf(block.key).catch(() => undefined)
      signal.throwIfAborted()
      if (!bytes) lost += 1
      const looked: Looked | undefined = bytes && (await this.ask({ kind: 'network', bytes, block: block.key }))
      signal.throwIfAborted()
      yield { found: looked?.kind === 'network' ? looked.told : [], progress: { done: place + 1, of: blocks.length, lost } }
    }
  }

  /** Reads all lines of a window for one element, and hands on what it finds as it goes. */
  async history(target: HistoryTarget, found: (steps: readonly HistoryStep[], progress: Progress) => void, signal: AbortSignal): Promise<void> {
    const blocks = this.recording()?.blocks ?? []
    let begins: HistoryTarget | undefined = target
    let lost = 0
    for (const [place, block] of blocks.entries()) {
      const bytes = await this.bytesOf(block.key).catch(() => undefined)
      signal.throwIfAborted()
      if (!bytes) lost += 1
      const looked: Looked | undefined = bytes && (await this.ask({ kind: 'history', bytes, ...(begins ? { begins } : {}) }))
      signal.throwIfAborted()
      if (looked) begins = undefined
      found(looked?.kind === 'history' ? looked.steps : [], { done: place + 1, of: blocks.length, lost })
    }
  }

  close(): void {
    this.closing.abort()
    this.worker?.terminate()
  }

  private async detailsIn(block: number, entries: readonly Entry[]): Promise<readonly (EntryDetail | undefined)[]> {
    const bytes = await this.bytesOf(block)
    const looked = await this.ask({ kind: 'details', bytes, places: entries.map(({ line, part }) => ({ line, part })) })
    return looked.kind === 'details' ? looked.details : []
  }

  /** The last one stays: who opens one entry opens its neighbour. */
  private bytesOf(key: number): Promise<ArrayBuffer> {
    if (this.newest?.key === key) return this.newest.bytes
    const bytes = this.source.block(key, this.recording()?.startedAt ?? 0, this.closing.signal)
    this.newest = { key, bytes }
    bytes.catch(() => {
      if (this.newest?.bytes === bytes) this.newest = undefined
    })
    return bytes
  }

  private ask(look: LookRequest): Promise<Looked> {
    const worker = (this.worker ??= this.start())
    return new Promise((resolve, reject) => {
      const id = this.nextId++
      this.waiting.set(id, { resolve, reject })
      worker.postMessage({ id, kind: 'look', look }, [])
    })
  }

  private start(): DecodeWorker {
    const worker = this.source.startWorker()
    worker.addEventListener('message', ({ data: answer }: MessageEvent<DecodeAnswer>) => {
      if ('looked' in answer) this.waiting.get(answer.id)?.resolve(answer.looked)
      this.waiting.delete(answer.id)
    })
    worker.addEventListener('error', () => {
      this.worker = undefined
      for (const { reject } of this.waiting.values()) reject(new Error('The part of this page that reads recordings has stopped.'))
      this.waiting.clear()
    })
    return worker
  }
}

function groupedByBlock(entries: readonly Entry[]): Map<number, Entry[]> {
  const groups = new Map<number, Entry[]>()
  for (const entry of entries) {
    const group = groups.get(entry.block)
    if (group) group.push(entry)
    else groups.set(entry.block, [entry])
  }
  return groups
}
