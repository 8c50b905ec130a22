// Loading: how a recording comes to be here. Blocks by order of need, the live stream while it runs, and the final
// listing when it has ended.

import { rebase, type Block, type BlockListing } from '../format/listing'
import type { DecodedLines } from '../format/line'
import { BlockLoader } from '../sources/block-loader'
import { Decoder } from '../sources/decoder'
import { blocksForPicture, blocksInTheBackground } from '../sources/loading-order'
import { SourceError, type Following, type RecordingSource } from '../sources/source'
import { LoadedRecording } from './loaded-recording'
import { Observers } from './observers'

export type Live =
  | { readonly kind: 'no' }
  | { readonly kind: 'running'; readonly following: boolean; readonly connected: boolean }

export interface LoadingEvents {
  /** Lines are here that were not before. */
  arrived(decoded: DecodedLines): void
  /** The recording has ended and is loaded anew, in its final form. */
  replaced(): void
  /** Something that is shown has changed. */
  changed(): void
  failed(error: Error): void
}

/** How much of a recording is kept at hand, in bytes of its lines. Beyond it, what is far from the playhead is let go: a tab shall
 * stay under 600 MB with any recording. */
const MEMORY_BYTES = 64 * 1024 * 1024

export class Loading {
  recording: LoadedRecording | undefined
  live: Live = { kind: 'no' }
  lostBlocks = 0
  /** When the last line came from the live stream, on the page's clock. */
  lastArrival = -Infinity
  private loader: BlockLoader | undefined
  private stream: Following | undefined
  private closed = false
  private readonly decoder: Decoder
  private readonly arrivals = new Observers()

  constructor(
    private readonly source: RecordingSource,
    private readonly events: LoadingEvents,
  ) {
    this.decoder = new Decoder(source.startWorker())
  }

  /** Rejects where there is no such recording, or nobody who could give it. */
  async open(): Promise<void> {
    this.adopt(await this.source.listing())
  }

  close(): void {
    this.closed = true
    this.loader?.close()
    this.stream?.close()
    this.decoder.close()
  }

  setFollowing(following: boolean): void {
    if (this.live.kind === 'no' || this.live.following === following) return
    this.live = { ...this.live, following }
    this.events.changed()
  }

  /** These and nothing else, until they are here. */
  fetchFirst(blocks: readonly Block[]): void {
    this.loader?.want(blocks, [])
  }

  /**
   * Nothing is urgent: what is played next, and the rest as far as memory is to be used for it. What was never read comes after that,
   * for the list of events, and is let go at once.
   */
  fetchAround(time: number, windowId: string | undefined): void {
    const { recording } = this
    if (!recording) return
    const { all } = recording.coverage
    const kept = new Set(blocksForPicture(all, time, windowId))
    let budget = MEMORY_BYTES
    for (const block of blocksInTheBackground(all, time)) {
      budget -= block.rawBytes
      if (budget < 0) break
      kept.add(block)
    }
    // A running recording keeps all: its repeats are told by what was seen, so that nothing could come a second time.
    if (this.live.kind === 'no') {
      for (const block of all) {
        if (!kept.has(block) && recording.coverage.has(block)) recording.drop(block)
      }
    }
    const unread = all.filter((block) => !kept.has(block) && !recording.isToldOf(block))
    this.loader?.want([], recording.coverage.missingOf([...blocksInTheBackground([...kept], time), ...unread]))
  }

  nextArrival(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.arrivals.add(() => {
        stop()
        resolve()
      })
    })
  }

  private adopt(fetched: BlockListing): void {
    const base = this.recording?.listing.startedAt ?? fetched.startedAt
    const listing = rebase(fetched, base)
    this.loader?.close()
    this.recording = new LoadedRecording(listing)
    this.loader = new BlockLoader(this.source, base, this.decoder, {
      loaded: (block, decoded) => {
        this.recording?.addBlock(block, decoded)
        this.arrived(decoded)
      },
      failed: (block, error) => this.blockFailed(block, error),
    })
    if (listing.live && !this.stream && this.source.follow) this.openStream(base)
    this.events.changed()
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
    const decoded = await this.decoder.decodeLines(texts)
    this.lastArrival = performance.now()
    this.recording?.addLive(decoded)
    this.arrived(decoded)
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

  private arrived(decoded: DecodedLines): void {
    this.events.arrived(decoded)
    this.arrivals.tell()
  }

  private blockFailed(block: Block, error: Error): void {
    if (error instanceof SourceError && error.kind === 'not_logged_in') return this.events.failed(error)
    this.recording?.coverage.gaveUp(block)
    this.lostBlocks += 1
    this.events.changed()
    this.arrivals.tell()
  }
}
