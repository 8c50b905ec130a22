// What is here of a recording: coverage, lines by window, keyframes, entries, activity.
//
// ## What it promises
// 1. What happened in a block is told once, however often its lines come and go.
// 2. Entries do not grow without bound: above `ENTRY_BYTES` those furthest from the playhead are let go of, and their blocks count as
//    not told of.

import type { Block, BlockListing, Keyframe } from '../format/listing'
import type { DecodedLines, ReplayLine } from '../format/line'
import type { Entry } from '../format/entry'
import { merge, NO_VISITOR, type Visitor } from '../format/visitor'
import { furthestFirst } from '../sources/loading-order'
import { Activity } from '../timeline/activity'
import { Coverage } from '../timeline/coverage'
import { foldEntries } from '../timeline/entries'
import { GatheredTraces } from '../timeline/gathered-traces'
import { compare } from '../timeline/time-ordered'
import { bytesOf, WindowLines } from '../timeline/window-lines'

const ORDER_STEP = 1_000_000
const ENTRY_BYTES = 24 * 1024 * 1024
/** Keyframes that were begun from, in bytes of their text; the newest stays in any case. */
const KEYFRAME_BYTES = 8 * 1024 * 1024
/** How many blocks before a moment are looked at to find the window in which something was done last. */
const LOOK_BACK = 8
const CLOSE_MS = 10_000

interface Telling {
  readonly entries: readonly Entry[]
  readonly bytes: number
}

export class LoadedRecording {
  readonly coverage: Coverage
  readonly activity: Activity
  private readonly windows = new Map<string, WindowLines>()
  private readonly tellings = new Map<number, Telling>()
  private entryBytes = 0
  private liveEntries: Entry[] = []
  private liveBytes = 0
  /** What was told of the recording while it ran, for as long as its blocks in their final form have not told it. */
  private readonly inherited: readonly Entry[]
  /** Blocks whose signs are in `activity`. */
  private readonly signed = new Set<number>()
  private readonly keyframes: { readonly keyframe: Keyframe; readonly bytes: number }[] = []
  private readonly lostKeyframes = new Set<number>()
  /** Windows whose first full snapshot is known. */
  private readonly opened = new Set<string>()
  private folded: readonly Entry[] | undefined
  private newest: number
  isMobile = false
  visitor: Visitor = NO_VISITOR
  /** What is known of what is not in the recording; also while it ran. */
  readonly traces: GatheredTraces
  skippedLines = 0
  skippedReason = ''

  /** `before` is the same recording as it was known while it ran. */
  constructor(
    readonly listing: BlockListing,
    before?: LoadedRecording,
  ) {
    this.coverage = new Coverage(listing.blocks)
    this.activity = before?.activity ?? new Activity()
    this.traces = before?.traces ?? new GatheredTraces()
    this.inherited = before?.entryList() ?? []
    this.visitor = before?.visitor ?? NO_VISITOR
    this.newest = listing.endedAt - listing.startedAt
    this.noteOpenings(listing.blocks)
  }

  /** The visitor's zone, as `Europe/Berlin`; empty where it is not known. */
  get timezone(): string {
    return this.visitor.facts['Time zone'] ?? ''
  }

  /** Milliseconds from the start to the last thing that is known. */
  get duration(): number {
    return Math.max(0, this.newest)
  }

  /** Windows with something to show, in order of appearance. */
  get windowIds(): string[] {
    const shown = new Set([...this.windows].filter(([, lines]) => lines.pictureAt(0) !== undefined).map(([id]) => id))
    if (!this.isMobile) for (const id of this.opened) shown.add(id)
    return [...new Set([...this.listing.windows.filter((id) => shown.has(id)), ...shown])]
  }

  /** What happened is known from beginning to end, though not every line may be at hand. */
  get isRead(): boolean {
    return this.coverage.all.every((block) => this.coverage.isToldOf(block))
  }

  /** No more entries can be kept than there are. */
  get isFull(): boolean {
    return this.entryBytes + this.liveBytes > ENTRY_BYTES * 0.9
  }

  window(id: string): WindowLines | undefined {
    return this.windows.get(id)
  }

  /** Those that are known, in order of time. */
  entryList(): readonly Entry[] {
    if (this.folded) return this.folded
    const told = this.inherited.length > 0 ? this.coverage.toldStretches() : []
    const isTold = ({ timestamp }: Entry): boolean => told.some(({ from, to }) => timestamp >= from && timestamp <= to)
    const all = this.inherited.filter((entry) => !isTold(entry))
    for (const { entries } of this.tellings.values()) for (const entry of entries) all.push(entry)
    for (const entry of this.liveEntries) all.push(entry)
    return (this.folded = foldEntries(all.sort(compare)))
  }

  extend(blocks: readonly Block[]): void {
    this.coverage.extend(blocks)
    this.noteOpenings(blocks)
    for (const block of blocks) this.newest = Math.max(this.newest, block.last)
  }

  /** Parts of which pictures can be made: without what was lost. */
  get parts(): { readonly blocks: readonly Block[]; readonly keyframes: readonly Keyframe[] } {
    const { keyframes } = this.listing
    const usable = this.lostKeyframes.size === 0 ? keyframes : keyframes.filter(({ key }) => !this.lostKeyframes.has(key))
    return { blocks: this.coverage.usable, keyframes: usable }
  }

  addBlock(block: Block, decoded: DecodedLines): void {
    this.coverage.arrived(block)
    this.addLines(decoded.lines)
    this.tellOf(block, decoded)
  }

  /** What happened in a block, without its lines. */
  tellOf(block: Block, decoded: DecodedLines): void {
    this.note(decoded)
    if (!this.signed.has(block.key)) {
      this.signed.add(block.key)
      this.activity.add([...decoded.signs].sort(compare))
      this.traces.add(decoded.traces)
      this.skippedLines += decoded.skipped
      this.skippedReason ||= decoded.reason
      this.visitor = merge(this.visitor, decoded.visitor)
    }
    if (this.coverage.isToldOf(block)) return
    this.coverage.toldOf(block)
    if (decoded.entries.length > 0 || this.inherited.length > 0) this.folded = undefined
    this.tellings.set(block.key, { entries: decoded.entries, bytes: decoded.entryBytes })
    this.entryBytes += decoded.entryBytes
  }

  addLive(decoded: DecodedLines): void {
    this.note(decoded)
    this.addLines(decoded.lines)
    this.activity.add([...decoded.signs].sort(compare))
    this.traces.add(decoded.traces)
    this.skippedLines += decoded.skipped
    this.skippedReason ||= decoded.reason
    this.visitor = merge(this.visitor, decoded.visitor)
    if (decoded.entries.length === 0) return
    this.liveEntries.push(...decoded.entries)
    this.liveBytes += decoded.entryBytes
    this.folded = undefined
  }

  hasKeyframe(keyframe: Keyframe): boolean {
    return this.windows.get(keyframe.windowId)?.hasKeyframe(keyframe.timestamp) === true
  }

  addKeyframe(keyframe: Keyframe, { lines }: DecodedLines): void {
    if (!this.windowOf(keyframe.windowId).addKeyframe(keyframe.timestamp, lines)) return this.lostKeyframe(keyframe)
    this.keyframes.push({ keyframe, bytes: bytesOf(lines) })
    let bytes = this.keyframes.reduce((sum, held) => sum + held.bytes, 0)
    while (bytes > KEYFRAME_BYTES && this.keyframes.length > 1) {
      const [oldest] = this.keyframes.splice(0, 1)
      if (!oldest) return
      bytes -= oldest.bytes
      this.windows.get(oldest.keyframe.windowId)?.dropKeyframe(oldest.keyframe.timestamp)
    }
  }

  /** Cannot be had: pictures begin before it. */
  lostKeyframe(keyframe: Keyframe): void {
    this.lostKeyframes.add(keyframe.key)
  }

  /** Frees blocks' lines; their entries and their place in the time line stay. */
  drop(blocks: readonly Block[]): void {
    const keys = new Set(blocks.map((block) => block.key))
    for (const lines of this.windows.values()) lines.drop((line) => keys.has(Math.floor(line.order / ORDER_STEP)))
    for (const block of blocks) this.coverage.dropped(block)
  }

  /**
   * Frees lines and entries of the live stream that blocks have by now. Such a block may have been read while the stream's lines stood in
   * its place: it is read anew. Answers which.
   */
  dropLive(firstOrder: number, before: number): Block[] {
    let since = before
    const isGone = (line: ReplayLine): boolean => {
      if (line.order < firstOrder || line.timestamp >= before) return false
      since = Math.min(since, line.timestamp)
      return true
    }
    for (const lines of this.windows.values()) lines.drop(isGone)
    this.liveEntries = this.liveEntries.filter((entry) => entry.timestamp >= before)
    this.liveBytes = 0
    const again = this.coverage.all.filter((block) => block.last >= since && !this.coverage.isBroken(block))
    this.drop(again.filter((block) => this.coverage.has(block)))
    for (const block of again) this.untell(block.key)
    this.folded = undefined
    return again
  }

  /** Lets go of entries that are far from `time`, where there are too many. */
  boundEntries(time: number): void {
    if (this.entryBytes + this.liveBytes <= ENTRY_BYTES) return
    for (const block of furthestFirst(this.coverage.all, time)) {
      if (this.entryBytes + this.liveBytes <= ENTRY_BYTES * 0.8) break
      this.untell(block.key)
    }
    this.folded = undefined
  }

  private untell(key: number): void {
    this.entryBytes -= this.tellings.get(key)?.bytes ?? 0
    this.tellings.delete(key)
    this.coverage.untold(key)
  }

  /** The window that should be seen at `time`: where something was done last, of those that have a picture somewhere. */
  windowAt(time: number): string | undefined {
    const active = this.activity.windowAt(time)
    if (active !== undefined && (this.opened.has(active) || this.windows.get(active)?.pictureAt(time))) return active
    return this.windowWithPicture(time)
  }

  /**
   * The blocks that may tell of another window in which something was done last before `time`: as long as there are any, `windowAt` is a
   * guess. The nearest comes first, because it mostly settles it.
   */
  unsureAt(time: number): readonly Block[] {
    const since = this.activity.lastInWindow(time) ?? -Infinity
    const close = this.coverage.all.filter((block) => block.first <= time).slice(-LOOK_BACK)
    return close.filter((block) => block.last >= since && !this.signed.has(block.key) && !this.coverage.isBroken(block)).reverse()
  }

  /** What was done shortly before `time` is known, so that the window is a good guess. */
  isKnownClose(time: number): boolean {
    return (this.activity.lastInWindow(time) ?? -Infinity) >= time - CLOSE_MS
  }

  /** The first block on the way from `time` to `found`, or to the end on that side, whose lines are not here. */
  missingBetween(time: number, found: number | undefined, step: 1 | -1): Block | undefined {
    const far = found ?? step * Infinity
    const [from, to] = step > 0 ? [time, far] : [far, time]
    const missing = this.coverage.missingOf(this.coverage.all.filter((block) => block.last >= from && block.first <= to))
    return step > 0 ? missing[0] : missing.at(-1)
  }

  /** Of the windows whose picture is here: the one with the newest. */
  windowWithPicture(time: number): string | undefined {
    let best: { id: string; timestamp: number } | undefined
    for (const [id, lines] of this.windows) {
      const timestamp = lines.pictureAt(time)?.snapshot.timestamp
      if (timestamp === undefined) continue
      // The newest picture that is already there, or else the first that will be.
      const better =
        !best || (timestamp <= time ? best.timestamp > time || timestamp > best.timestamp : timestamp < best.timestamp)
      if (better) best = { id, timestamp }
    }
    return best?.id
  }

  private note(decoded: DecodedLines): void {
    this.newest = Math.max(this.newest, decoded.newest)
    if (decoded.hasWireframes) this.isMobile = true
  }

  private addLines(added: readonly ReplayLine[]): void {
    const byWindow = new Map<string, ReplayLine[]>()
    for (const line of added) {
      const lines = byWindow.get(line.windowId)
      if (lines) lines.push(line)
      else byWindow.set(line.windowId, [line])
    }
    for (const [id, lines] of byWindow) this.windowOf(id).add(lines)
  }

  private windowOf(id: string): WindowLines {
    let window = this.windows.get(id)
    if (!window) this.windows.set(id, (window = new WindowLines()))
    return window
  }

  /** A window that opens comes to the front, before anything is done in it. */
  private noteOpenings(blocks: readonly Block[]): void {
    const opened = new Set<string>()
    for (const { windowId, timestamp } of blocks.flatMap((block) => block.fullSnapshots)) {
      if (opened.has(windowId)) continue
      opened.add(windowId)
      if (!this.opened.has(windowId)) this.activity.add([{ windowId, timestamp }])
      this.opened.add(windowId)
    }
  }
}
