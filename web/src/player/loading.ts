// Loading: how a recording comes to be here. Parts by order of need, the live stream while it runs, and the final
// listing when it has ended.
//
// ## What is read
// - A small recording is read from beginning to end and kept: nothing is ever waited for twice.
// - Of a large one only what the picture is made of and what is played in the next minute is read as lines, and let go of when it
//   is behind. So opening and seeking cost the same for 1 MB and for 500 MB, and memory does not grow.
// - The rest is *told of*: the worker reads it, and the page gets its entries and signs alone. Outward from the playhead, one block after
//   the other, never beside anything else, at a walk unless somebody asked for it, and not while the tab is hidden.

import { rebase, type Block, type BlockListing } from '../format/listing'
import type { DecodedLines } from '../format/line'
import { BlockLoader, type Order, type Part } from '../sources/block-loader'
import { Decoder, FIRST_LIVE_ORDER } from '../sources/decoder'
import { blocksAhead, blocksInTheBackground, furthestFirst, needsOfPicture } from '../sources/loading-order'
import { SourceError, type Following, type RecordingSource } from '../sources/source'
import { LoadedRecording } from './loaded-recording'
import { Observers } from './observers'

export type Live =
  | { readonly kind: 'no' }
  | { readonly kind: 'running'; readonly following: boolean; readonly connected: boolean }

/** How far the reading of what happened has come. */
export type Reading =
  | { readonly kind: 'done' }
  /** On its own, whenever there is nothing else to do; or since somebody asked for it. */
  | { readonly kind: 'walking' | 'running'; readonly share: number }
  /** More cannot be kept; another part is read where the playhead goes. */
  | { readonly kind: 'full'; readonly share: number }

export interface LoadingEvents {
  /** Lines are here; `isFirst` where they have not been here before. */
  arrived(decoded: DecodedLines, isFirst: boolean): void
  /** More is known of what happened; nothing else has changed. */
  told(): void
  /** The recording has ended and is loaded anew, in its final form. */
  replaced(): void
  /** Something that is shown has changed. */
  changed(): void
  failed(error: Error): void
}

/** Up to here a recording is small. */
const SMALL_BYTES = 24 * 1024 * 1024
/** Lines that are held, in bytes, beyond those that the picture is made of. */
const HELD_BYTES = 8 * 1024 * 1024
/** What is fetched ahead of the playhead: so much time at the speed of playing, as far as the bytes allow. */
const AHEAD_MS = 60_000
const AHEAD_BYTES = 6 * 1024 * 1024
/** Lines of the live stream, in bytes; beyond it they are read from the blocks that the server has made of them since. */
const TAIL_BYTES = 16 * 1024 * 1024
/** Lines that are newer than this may not be in a block yet, though later ones are. */
const TAIL_KEPT_MS = 120_000

export class Loading {
  recording: LoadedRecording | undefined
  live: Live = { kind: 'no' }
  lostBlocks = 0
  /** When the last line came from the live stream, on the page's clock. */
  lastArrival = -Infinity
  private loader: BlockLoader | undefined
  private stream: Following | undefined
  private closed = false
  private pace: Order['pace'] = 'walk'
  private tailBytes = 0
  /** Blocks whose lines were here at some time. */
  private readonly everHere = new Set<number>()
  private readonly decoder: Decoder
  private readonly arrivals = new Observers()

  constructor(
    private readonly source: RecordingSource,
    private readonly events: LoadingEvents,
  ) {
    this.decoder = new Decoder(source.startWorker())
    document.addEventListener('visibilitychange', this.seen)
  }

  /** Rejects where there is no such recording, or nobody who could give it. */
  async open(): Promise<void> {
    this.adopt(await this.source.listing())
  }

  close(): void {
    this.closed = true
    document.removeEventListener('visibilitychange', this.seen)
    this.loader?.close()
    this.stream?.close()
    this.decoder.close()
  }

  setFollowing(following: boolean): void {
    if (this.live.kind === 'no' || this.live.following === following) return
    this.live = { ...this.live, following }
    this.events.changed()
  }

  /** What the picture at `time` is made of and is not here. */
  missingFor(time: number, windowId: string | undefined): readonly Part[] {
    const { recording } = this
    if (!recording) return []
    const { blocks, keyframe } = needsOfPicture(recording.parts, time, windowId)
    const lines = recording.coverage.missingOf(blocks).map(linesOf)
    return keyframe && !recording.hasKeyframe(keyframe) ? [{ kind: 'keyframe', keyframe }, ...lines] : lines
  }

  /** These and nothing else, until they are here. */
  fetchFirst(parts: readonly Part[]): void {
    this.loader?.want({ urgent: parts, next: [], telling: [], pace: this.pace })
  }

  /** Nothing is urgent: what is played next, then what is only told of. What is far away is let go. */
  fetchAround(time: number, windowId: string | undefined, speed: number): void {
    const { recording } = this
    if (!recording) return
    const { coverage } = recording
    const needed = needsOfPicture(recording.parts, time, windowId).blocks
    const next = this.isSmall(recording)
      ? blocksInTheBackground(coverage.usable, time)
      : [...needed, ...blocksAhead(coverage.usable, time, AHEAD_MS * Math.max(1, speed), AHEAD_BYTES)]
    this.letGo(recording, new Set(next), time)
    recording.boundEntries(time)
    const isWatched = document.visibilityState !== 'hidden'
    const telling = isWatched && !recording.isFull ? coverage.all.filter((block) => !coverage.isToldOf(block)) : []
    const wanted = coverage.missingOf([...new Set(next)]).map(linesOf)
    this.loader?.want({ urgent: [], next: wanted, telling: blocksInTheBackground(telling, time), pace: this.pace })
  }

  get reading(): Reading {
    const { recording } = this
    if (!recording) return { kind: 'walking', share: 0 }
    if (recording.isRead) return { kind: 'done' }
    const { all } = recording.coverage
    const bytes = (blocks: readonly Block[]): number => blocks.reduce((sum, block) => sum + Math.max(1, block.rawBytes), 0)
    const share = bytes(all.filter((block) => recording.coverage.isToldOf(block))) / bytes(all)
    if (recording.isFull) return { kind: 'full', share }
    return { kind: this.pace === 'run' ? 'running' : 'walking', share }
  }

  /** Somebody wants to know all that happened. */
  hurry(): void {
    this.pace = 'run'
    this.events.changed()
  }

  nextArrival(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.arrivals.add(() => {
        stop()
        resolve()
      })
    })
  }

  private isSmall(recording: LoadedRecording): boolean {
    return recording.coverage.all.reduce((sum, block) => sum + block.rawBytes, 0) <= SMALL_BYTES
  }

  private letGo(recording: LoadedRecording, kept: ReadonlySet<Block>, time: number): void {
    const { coverage } = recording
    const spare = coverage.all.filter((block) => !kept.has(block) && coverage.has(block) && !coverage.isBroken(block))
    let bytes = spare.reduce((sum, block) => sum + block.rawBytes, 0)
    if (bytes <= HELD_BYTES) return
    const gone: Block[] = []
    for (const block of furthestFirst(spare, time)) {
      gone.push(block)
      bytes -= block.rawBytes
      if (bytes <= HELD_BYTES / 2) break
    }
    recording.drop(gone)
    if (this.live.kind === 'running') this.decoder.forget(gone.map((block) => block.key), -Infinity)
  }

  private adopt(fetched: BlockListing): void {
    const base = this.recording?.listing.startedAt ?? fetched.startedAt
    const listing = rebase(fetched, base)
    this.loader?.close()
    const recording = (this.recording = new LoadedRecording(listing, this.recording))
    this.loader = new BlockLoader(this.source, base, this.decoder, {
      loaded: (part, decoded) => this.partLoaded(recording, part, decoded),
      failed: (part, error) => this.partFailed(recording, part, error),
    })
    if (listing.live && !this.stream && this.source.follow) this.openStream(base)
    this.events.changed()
  }

  private partLoaded(recording: LoadedRecording, part: Part, decoded: DecodedLines): void {
    if (part.kind === 'keyframe') {
      recording.addKeyframe(part.keyframe, decoded)
      return this.arrivals.tell()
    }
    if (part.wanted === 'telling') {
      recording.tellOf(part.block, decoded)
      return this.events.told()
    }
    const isFirst = !this.everHere.has(part.block.key)
    this.everHere.add(part.block.key)
    recording.addBlock(part.block, decoded)
    this.arrived(decoded, isFirst)
  }

  private openStream(base: number): void {
    this.live = { kind: 'running', following: false, connected: false }
    this.stream = this.source.follow?.(base, {
      listing: (listing) => {
        this.recording?.extend(rebase(listing, base).blocks)
        this.events.changed()
      },
      lines: (texts) => void this.takeLive(texts),
      connected: (connected) => {
        if (this.live.kind === 'running') this.live = { ...this.live, connected }
        this.events.changed()
      },
      finished: () => void this.finish(),
    })
  }

  private async takeLive(texts: readonly string[]): Promise<void> {
    for (const text of texts) this.tailBytes += text.length
    const decoded = await this.decoder.decodeLines(texts)
    this.lastArrival = performance.now()
    this.recording?.addLive(decoded)
    this.arrived(decoded, true)
    if (this.tailBytes > TAIL_BYTES) void this.cutTail()
  }

  /** What came by the live stream some time ago is in blocks by now: from there it can be had again, so it need not be kept. */
  private async cutTail(): Promise<void> {
    this.tailBytes = 0
    const { recording } = this
    const listing = await this.source.listing().catch(() => undefined)
    if (!listing || !recording || this.live.kind === 'no' || recording !== this.recording) return
    const { blocks } = rebase(listing, recording.listing.startedAt)
    const before = Math.max(...blocks.map((block) => block.last)) - TAIL_KEPT_MS
    if (!(before > 0)) return
    recording.extend(blocks)
    const again = recording.dropLive(FIRST_LIVE_ORDER, before)
    this.decoder.forget(again.map((block) => block.key), before)
    this.events.changed()
  }

  /** The recording has ended: its final listing replaces the live one. The picture stays until the new one is there. */
  private async finish(): Promise<void> {
    this.live = { kind: 'no' }
    this.stream = undefined
    const listing = await this.source.listing().catch(() => undefined)
    if (this.closed) return
    if (listing) {
      this.adopt(listing)
      this.events.replaced()
    }
    this.events.changed()
  }

  private readonly seen = (): void => this.events.changed()

  private arrived(decoded: DecodedLines, isFirst: boolean): void {
    this.events.arrived(decoded, isFirst)
    this.arrivals.tell()
  }

  private partFailed(recording: LoadedRecording, part: Part, error: Error): void {
    if (error instanceof SourceError && error.kind === 'not_logged_in') return this.events.failed(error)
    if (part.kind === 'keyframe') recording.lostKeyframe(part.keyframe)
    else {
      recording.coverage.gaveUp(part.block)
      this.lostBlocks += 1
    }
    this.events.changed()
    this.arrivals.tell()
  }
}

export function linesOf(block: Block): Part {
  return { kind: 'block', block, wanted: 'lines' }
}
