// A recording in a file, read in the page without a server. One of ours with its block index opens by its end, and is read where it is
// watched; every other one is read once, from its beginning.

import { readOfflineListing, type OfflineListing } from '../format/offline-listing'
import { objectOf, parseJson, type JsonObject } from '../format/json'
import type { BlockListing, RecordingFacts } from '../format/listing'
import { readBlockIndex, type BlockIndex, type FramePlace } from './files/block-index'
import type { Bytes } from './files/bytes'
import { readRecording } from './files/forms'
import { sha256 } from './files/sha256'
import { inflateFrame, inflateZstd, isZstd } from './files/zstd'
import type { DecodeWorker } from './decoding'
import { SourceError, type RecordingSource } from './source'
import { startWorker } from './start-worker'

interface OpenFile {
  readonly about: OfflineListing
  block(key: number): Promise<ArrayBuffer>
}

export class FileSource implements RecordingSource {
  private opening: Promise<OpenFile> | undefined

  constructor(private readonly bytes: () => Promise<Bytes>) {}

  async facts(): Promise<RecordingFacts> {
    return (await this.open()).about.facts
  }

  async listing(): Promise<BlockListing> {
    return (await this.open()).about.listing
  }

  async block(key: number, base: number): Promise<ArrayBuffer> {
    const file = await this.open()
    const { startedAt } = file.about.listing
    if (base !== startedAt) throw new SourceError('unreadable', `Times are counted from ${startedAt} in this file, not from ${base}.`)
    return file.block(key)
  }

  startWorker(): DecodeWorker {
    return startWorker()
  }

  private open(): Promise<OpenFile> {
    return (this.opening ??= this.bytes().then(openFile))
  }
}

async function openFile(file: Bytes): Promise<OpenFile> {
  const head = await file.read(0, 4)
  const index = isZstd(head) ? await readBlockIndex(file) : undefined
  return (index && (await openByIndex(file, index))) ?? openByReading(file, head)
}

// By its index

/** Undefined where the meta line, which the rest stands on, is not what the index says. */
async function openByIndex(file: Bytes, index: BlockIndex): Promise<OpenFile | undefined> {
  const meta = await readFrame(file, index.meta).catch(() => undefined)
  const recording = meta && objectOf(parseJson(new TextDecoder().decode(meta)))
  const blocks = index.blocks.map(({ about }, key) => ({ ...about, key }))
  const about = recording?.format === 'cassette/1' ? listingOf(recording, blocks, []) : undefined
  if (!about) return undefined
  return {
    about,
    async block(key) {
      const place = index.blocks[key]?.place
      if (!place) throw new SourceError('not_found', `There is no part ${key} in this file.`)
      try {
        return (await readFrame(file, place)).buffer
      } catch (error) {
        throw error instanceof SourceError ? error : damaged(key)
      }
    },
  }
}

async function readFrame(file: Bytes, { offset, length, rawLength, sha256: expected }: FramePlace): Promise<Uint8Array<ArrayBuffer>> {
  const frame = await file.read(offset, offset + length)
  const digest = await sha256(frame)
  if (digest !== undefined && digest !== expected) throw new RangeError('the digest differs')
  return inflateFrame(frame, rawLength)
}

// By reading all of it

async function openByReading(file: Bytes, head: Uint8Array): Promise<OpenFile> {
  const { recording, spool, shift, leftOut } = await readRecording(inflated(await file.stream(), head))
  const blocks = spool.blocks.map(({ about }) => moved(about, shift))
  const about = listingOf(recording, blocks, leftOut)
  if (!about) throw new SourceError('unreadable', 'The recording in this file does not say when it began.')
  return {
    about,
    async block(key) {
      const block = spool.blocks[key]
      if (!block) throw new SourceError('not_found', `There is no part ${key} in this file.`)
      if (block.isDamaged) throw damaged(key)
      if (shift === 0) return block.lines.arrayBuffer()
      return new TextEncoder().encode(movedLines(await block.lines.text(), shift)).buffer
    },
  }
}

function inflated(stream: ReadableStream<Uint8Array<ArrayBuffer>>, head: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  if (isZstd(head)) return inflateZstd(stream)
  if (head[0] === 0x1f && head[1] === 0x8b) return stream.pipeThrough(new DecompressionStream('gzip'))
  return stream
}

function listingOf(recording: JsonObject, blocks: readonly JsonObject[], leftOut: readonly JsonObject[]): OfflineListing | undefined {
  return readOfflineListing({ format: 'cassette-offline/1', recording, left_out: leftOut, blocks })
}

function moved(about: JsonObject, shift: number): JsonObject {
  const later = (time: unknown): number => Number(time) + shift
  const snapshots = (about.full_snapshots as readonly JsonObject[]).map((snapshot) => ({ ...snapshot, timestamp: later(snapshot.timestamp) })) // the spool wrote them
  return { ...about, first: later(about.first), last: later(about.last), full_snapshots: snapshots }
}

/** The spool wrote these lines: the time is their second member. */
function movedLines(lines: string, shift: number): string {
  return lines.replace(/^(\{"type":"\w+","timestamp":)(-?[\d.]+(?:e[+-]?\d+)?)/gm, (_, before: string, time: string) => before + (Number(time) + shift))
}

function damaged(key: number): SourceError {
  return new SourceError('unreadable', `Part ${key} of the recording is damaged in this file.`)
}
