// The event list: entries in time order, key strokes into one field folded into one entry.

import type { Entry } from '../format/entry'

/** Typing that pauses for longer is told as two. */
const TYPING_PAUSE_MS = 3000

/** The same address again within this time is one page view told by two events. */
const SAME_PAGE_MS = 3000

export function foldEntries(entries: readonly Entry[]): Entry[] {
  const folded: Entry[] = []
  /** Where the newest input of each field stands in `folded`, and when it was last typed into. */
  const typing = new Map<string, { place: number; last: number }>()
  const pages = new Map<string, { href: string; timestamp: number }>()
  for (const entry of entries) {
    if (entry.kind === 'input') {
      const field = `${entry.windowId} ${entry.node}`
      const known = typing.get(field)
      const earlier = known && folded[known.place]
      if (known && earlier && entry.timestamp - known.last <= TYPING_PAUSE_MS) {
        // Keeps the time at which typing began: clicking the entry shows it being typed.
        folded[known.place] = { ...entry, timestamp: earlier.timestamp }
        known.last = entry.timestamp
        continue
      }
      typing.set(field, { place: folded.length, last: entry.timestamp })
    }
    if (entry.kind === 'page') {
      const page = pages.get(entry.windowId)
      pages.set(entry.windowId, entry)
      if (page && page.href === entry.href && entry.timestamp - page.timestamp <= SAME_PAGE_MS) continue
    }
    folded.push(entry)
  }
  return folded
}
