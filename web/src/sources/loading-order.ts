// Which blocks come next: first those without which nothing can be shown at the playhead, then what is played next,
// then what lies before it.

import type { Block } from '../format/listing'

/**
 * The blocks that the picture of `windowId` at `time` is made of: from its last full snapshot on, up to `time`.
 * Without a window, the window of the last full snapshot at all. Where there is no full snapshot before `time`, the
 * blocks up to the first one: then that is what can be shown.
 */
export function blocksForPicture(blocks: readonly Block[], time: number, windowId: string | undefined): Block[] {
  const snapshot = snapshotFor(blocks, time, windowId)
  const from = snapshot ? Math.min(snapshot.timestamp, time) : -Infinity
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

function snapshotFor(
  blocks: readonly Block[],
  time: number,
  windowId: string | undefined,
): { readonly timestamp: number } | undefined {
  let last: { timestamp: number } | undefined
  let first: { timestamp: number } | undefined
  for (const block of blocks) {
    for (const snapshot of block.fullSnapshots) {
      if (windowId !== undefined && snapshot.windowId !== windowId) continue
      if (!first || snapshot.timestamp < first.timestamp) first = snapshot
      if (snapshot.timestamp <= time && (!last || snapshot.timestamp >= last.timestamp)) last = snapshot
    }
  }
  return last ?? first
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
