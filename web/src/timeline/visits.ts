// Visits: the pages in the order in which they were opened, and how long each was open in its window.

import type { Entry } from '../format/entry'

export interface Visit {
  readonly timestamp: number
  readonly windowId: string
  readonly href: string
  /** Until the next page of this window, or the end. */
  readonly milliseconds: number
}

/** The same page told again is no new visit: rrweb names it with each full snapshot. */
export function pageVisits(entries: readonly Entry[], duration: number): Visit[] {
  const visits: { timestamp: number; windowId: string; href: string; milliseconds: number }[] = []
  const open = new Map<string, (typeof visits)[number]>()
  for (const entry of entries) {
    if (entry.kind !== 'page') continue
    const before = open.get(entry.windowId)
    if (before?.href === entry.href) continue
    if (before) before.milliseconds = entry.timestamp - before.timestamp
    const visit = { timestamp: entry.timestamp, windowId: entry.windowId, href: entry.href, milliseconds: Math.max(0, duration - entry.timestamp) }
    visits.push(visit)
    open.set(entry.windowId, visit)
  }
  return visits
}

/** Which of them was on screen last at `time`, in any window. */
export function visitAt(visits: readonly Visit[], time: number): number {
  return visits.findLastIndex((visit) => visit.timestamp <= time)
}
