// The same line again and again in the console: told once, with a count, as the developer tools of browsers do it.

import type { Entry } from '../format/entry'

export interface Folded {
  readonly entries: readonly Entry[]
  /** How often an entry of `entries` came in a row; absent where once. */
  readonly counts: ReadonlyMap<Entry, number>
}

export function foldRepeats(entries: readonly Entry[]): Folded {
  const kept: Entry[] = []
  const counts = new Map<Entry, number>()
  for (const entry of entries) {
    const last = kept.at(-1)
    if (last && isSame(last, entry)) counts.set(last, (counts.get(last) ?? 1) + 1)
    else kept.push(entry)
  }
  return { entries: kept, counts }
}

function isSame(a: Entry, b: Entry): boolean {
  return a.kind === 'console' && b.kind === 'console' && a.windowId === b.windowId && a.level === b.level && a.where === b.where && a.text === b.text
}
