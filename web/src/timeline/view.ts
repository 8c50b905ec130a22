// The part of a recording that the time line shows: all of it, or a window onto a long one.
//
// Invariant: 0 ≤ from ≤ to ≤ duration, and no less than `SHORTEST_MS` unless the recording is shorter.

export interface View {
  readonly from: number
  readonly to: number
}

/** Closer than this every event stands alone anyway. */
export const SHORTEST_MS = 2000

export function wholeOf(duration: number): View {
  return { from: 0, to: Math.max(0, duration) }
}

export function isWhole(view: View, duration: number): boolean {
  return view.from <= 0 && view.to >= duration
}

/** Shows `factor` times as much time; what is at `around` stays where it is. */
export function zoomed(view: View, duration: number, factor: number, around: number): View {
  const length = view.to - view.from
  const wanted = Math.min(duration, Math.max(Math.min(SHORTEST_MS, duration), length * factor))
  const share = length > 0 ? Math.min(1, Math.max(0, (around - view.from) / length)) : 0
  return within(around - share * wanted, wanted, duration)
}

/** The same stretch, `by` milliseconds later. */
export function moved(view: View, duration: number, by: number): View {
  return within(view.from + by, view.to - view.from, duration)
}

/** The same length, turned like a page where `time` has left it. */
export function following(view: View, duration: number, time: number): View {
  if (time >= view.from && time <= view.to) return view
  const length = view.to - view.from
  return within(time - length * 0.1, length, duration)
}

/** What was shown before the recording grew, or turned out to be shorter. */
export function fitted(view: View, before: number, duration: number): View {
  return isWhole(view, before) ? wholeOf(duration) : within(view.from, view.to - view.from, duration)
}

function within(from: number, length: number, duration: number): View {
  const fits = Math.min(length, Math.max(0, duration))
  const start = Math.min(Math.max(0, from), Math.max(0, duration) - fits)
  return { from: start, to: start + fits }
}
