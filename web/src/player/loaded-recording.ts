// What is here of a recording: coverage, lines by window, entries, activity.

import type { Block, BlockListing } from '../format/listing'
import type { DecodedLines, ReplayLine } from '../format/line'
import { isError, type Entry } from '../format/entry'
import { merge, NO_VISITOR, type Visitor } from '../format/visitor'
import { Activity, type ActivityPoint } from '../timeline/activity'
import { Coverage } from '../timeline/coverage'
import { foldEntries } from '../timeline/entries'
import { compare, TimeOrdered } from '../timeline/time-ordered'
import { WindowLines } from '../timeline/window-lines'

const ORDER_STEP = 1_000_000

export class LoadedRecording {
  readonly coverage: Coverage
  readonly activity = new Activity()
  private readonly windows = new Map<string, WindowLines>()
  private readonly entries = new TimeOrdered<Entry>()
  /** Blocks whose entries were taken: a block that comes a second time adds its lines only. */
  private readonly told = new Set<number>()
  /** Windows whose first full snapshot is known. */
  private readonly opened = new Set<string>()
  private folded: Entry[] | undefined
  private newest: number
  isMobile = false
  visitor: Visitor = NO_VISITOR
  skippedLines = 0
  skippedReason = ''

  constructor(readonly listing: BlockListing) {
    this.coverage = new Coverage(listing.blocks)
    this.newest = listing.endedAt - listing.startedAt
    this.noteOpenings(listing.blocks)
  }

  /** Milliseconds from the start to the last thing that is known. */
  get duration(): number {
    return Math.max(0, this.newest)
  }

  /** Windows with something to show, in order of appearance. */
  get windowIds(): string[] {
    const shown = [...this.windows].filter(([, lines]) => lines.pictureAt(0) !== undefined).map(([id]) => id)
    return [...new Set([...this.listing.windows.filter((id) => shown.includes(id)), ...shown])]
  }

  /** What happened is known from beginning to end, though not every line may be at hand. */
  get isRead(): boolean {
    return this.coverage.all.every((block) => this.isToldOf(block))
  }

  isToldOf(block: Block): boolean {
    return this.told.has(block.key) || this.coverage.isBroken(block)
  }

  window(id: string): WindowLines | undefined {
    return this.windows.get(id)
  }

  entryList(): readonly Entry[] {
    return (this.folded ??= foldEntries(this.entries.items))
  }

  extend(blocks: readonly Block[]): void {
    this.coverage.extend(blocks)
    this.noteOpenings(blocks)
    for (const block of blocks) this.newest = Math.max(this.newest, block.last)
  }

  addBlock(block: Block, decoded: DecodedLines): void {
    this.coverage.arrived(block)
    this.add(decoded, !this.told.has(block.key))
    this.told.add(block.key)
  }

  addLive(decoded: DecodedLines): void {
    this.add(decoded, true)
  }

  /** Frees a block's lines; its entries and its place in the time line stay. */
  drop(block: Block): void {
    const from = block.key * ORDER_STEP
    const isGone = (line: ReplayLine): boolean => line.order >= from && line.order < from + ORDER_STEP
    for (const lines of this.windows.values()) lines.drop(isGone)
    this.coverage.dropped(block)
  }

  /** The window that should be seen at `time`: where something was done last, of those that have a picture somewhere. */
  windowAt(time: number): string | undefined {
    const active = this.activity.windowAt(time)
    if (active !== undefined && (this.opened.has(active) || this.windows.get(active)?.pictureAt(time))) return active
    return this.windowWithPicture(time)
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

  private add(decoded: DecodedLines, isNew: boolean): void {
    const byWindow = new Map<string, ReplayLine[]>()
    for (const line of decoded.lines) {
      if (line.role === 'wireframe_snapshot') this.isMobile = true
      this.newest = Math.max(this.newest, line.timestamp)
      const lines = byWindow.get(line.windowId)
      if (lines) lines.push(line)
      else byWindow.set(line.windowId, [line])
    }
    for (const [id, lines] of byWindow) {
      let window = this.windows.get(id)
      if (!window) this.windows.set(id, (window = new WindowLines()))
      window.add(lines)
    }
    if (!isNew) return
    this.visitor = merge(this.visitor, decoded.visitor)
    this.skippedLines += decoded.skipped
    this.skippedReason ||= decoded.reason
    if (decoded.entries.length > 0) {
      this.entries.add(decoded.entries)
      this.folded = undefined
    }
    this.activity.add(activityOf(decoded))
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

function activityOf(decoded: DecodedLines): ActivityPoint[] {
  const points: ActivityPoint[] = []
  for (const { role, timestamp, windowId } of decoded.lines) {
    if (role === 'activity' || role === 'resize') points.push({ timestamp, windowId })
  }
  // An error or a new page is worth seeing, though nobody did anything.
  for (const entry of decoded.entries) {
    if (isError(entry) || entry.kind === 'page') points.push({ timestamp: Math.max(0, entry.timestamp), windowId: '' })
  }
  return points.sort(compare)
}
