// What comes next: first that without which nothing can be shown at the playhead, then what is played next, then what
// lies before it.

import type { Block, Keyframe } from '../format/listing'

/** What a recording is made of, as listed. */
export interface Parts {
  readonly blocks: readonly Block[]
  /** In order of time. */
  readonly keyframes: readonly Keyframe[]
}

/** What a picture is made of. */
export interface PictureNeeds {
  readonly blocks: readonly Block[]
  /** Where it begins, unless it begins at a full snapshot in the first of the blocks. */
  readonly keyframe: Keyframe | undefined
}

/**
 * What the picture of `windowId` at `time` is made of: its newest full snapshot or keyframe, and the blocks from there up to `time`.
 * Without a window, the window of the last full snapshot at all.
 */
export function needsOfPicture(parts: Parts, time: number, windowId: string | undefined): PictureNeeds {
  const snapshot = snapshotFor(parts.blocks, time, windowId)
  const wanted = windowId ?? snapshot?.windowId
  const begun = snapshot && snapshot.timestamp <= time ? snapshot.timestamp : -Infinity
  const keyframe = parts.keyframes.findLast((one) => one.windowId === wanted && one.timestamp <= time && one.timestamp > begun)
  if (!keyframe) return { blocks: blocksForPicture(parts.blocks, time, windowId), keyframe: undefined }
  return { blocks: parts.blocks.filter((block) => block.last > keyframe.timestamp && block.first <= time), keyframe }
}

/**
 * The blocks that the picture of `windowId` at `time` is made of: from its last full snapshot on, up to `time`.
 * Without a window, the window of the last full snapshot at all. Where there is no full snapshot before `time`, the
 * blocks up to the first one: then that is what can be shown.
 */
export function blocksForPicture(blocks: readonly Block[], time: number, windowId: string | undefined): Block[] {
  const snapshot = snapshotFor(blocks, time, windowId)
  const from = snapshot ? Math.min(snapshot.timestamp, time) : time
  const to = Math.max(snapshot?.timestamp ?? time, time)
  const needed = blocks.filter((block) => block.last >= from && block.first <= to)
  // The viewport's size comes just before its full snapshot, and a block may begin between the two.
  const opening = needed[0]
  if (opening && snapshot && opening.first >= snapshot.timestamp) {
    const before = blocks[blocks.indexOf(opening) - 1]
    if (before) needed.unshift(before)
  }
  return needed
}

/** Of a recording that is opened: where its first full snapshot is. */
export function firstPictureTime(blocks: readonly Block[]): number {
  const first = snapshotsOf(blocks).map((snapshot) => snapshot.timestamp)
  return first.length === 0 ? 0 : Math.max(0, Math.min(...first))
}

type Snapshot = Block['fullSnapshots'][number]

function snapshotFor(blocks: readonly Block[], time: number, windowId: string | undefined): Snapshot | undefined {
  let last: Snapshot | undefined
  let first: Snapshot | undefined
  for (const snapshot of snapshotsOf(blocks)) {
    if (windowId !== undefined && snapshot.windowId !== windowId) continue
    if (!first || snapshot.timestamp < first.timestamp) first = snapshot
    if (snapshot.timestamp <= time && (!last || snapshot.timestamp >= last.timestamp)) last = snapshot
  }
  return last ?? first
}

const gathered = new WeakMap<readonly Block[], readonly Snapshot[]>()

/** Long recordings have thousands of blocks and few snapshots, which each seek asks for several times. */
function snapshotsOf(blocks: readonly Block[]): readonly Snapshot[] {
  let snapshots = gathered.get(blocks)
  if (!snapshots) gathered.set(blocks, (snapshots = blocks.flatMap((block) => block.fullSnapshots)))
  return snapshots
}

/**
 * What to fetch when nothing is urgent: from the playhead on, then from the start up to it. Both in order, because the
 * decoder learns from a full snapshot what the clicks after it were on.
 */
export function blocksInTheBackground(blocks: readonly Block[], time: number): Block[] {
  const ahead = blocks.filter((block) => block.last >= time)
  const behind = blocks.filter((block) => block.last < time)
  return [...ahead, ...behind]
}

/** What is played in the next `milliseconds`, as far as `bytes` allow; the next block at any rate. */
export function blocksAhead(blocks: readonly Block[], time: number, milliseconds: number, bytes: number): Block[] {
  const ahead = blocks.filter((block) => block.last >= time)
  let left = bytes
  const within = ahead.findIndex((block, place) => {
    left -= block.rawBytes
    return place > 0 && (left < 0 || block.first > time + milliseconds)
  })
  return within === -1 ? ahead : ahead.slice(0, within)
}

/** Those that are furthest from `time` first. */
export function furthestFirst(blocks: readonly Block[], time: number): Block[] {
  const distance = (block: Block): number => Math.max(block.first - time, time - block.last, 0)
  return [...blocks].sort((a, b) => distance(b) - distance(a))
}
