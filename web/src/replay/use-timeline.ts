// The time line's state, which bar, list and keyboard share: which marks there are, which kinds are shown, and which part of the
// recording is seen.

import { useCallback, useMemo, useRef, useState } from 'preact/hooks'
import type { Entry } from '../format/entry'
import type { Signal } from '../format/listing'
import type { Player } from '../player/player'
import { countsOf, markBeside, MARK_KINDS, marksOf, type Mark, type MarkKind } from '../timeline/marks'
import { fitted, following, isWhole, wholeOf, zoomed, type View } from '../timeline/view'
import { usePlayerValue } from './use-player'
import { useSlowly } from './use-slowly'

const HIDDEN_KEY = 'cassette-marks-hidden'
const ZOOM_STEP = 0.5
const BETWEEN_MS = 400
const NONE: readonly Mark[] = []

export interface Timeline {
  /** Of the kinds that are shown. */
  readonly marks: readonly Mark[]
  /** Of all kinds. */
  readonly counts: ReadonlyMap<MarkKind, number>
  readonly hidden: ReadonlySet<MarkKind>
  readonly toggle: (kind: MarkKind) => void
  readonly view: View
  readonly isWhole: boolean
  readonly setView: (change: (view: View, duration: number) => View) => void
  readonly zoomIn: () => void
  readonly zoomOut: () => void
  readonly showWhole: () => void
  /** The next or the last mark, of these kinds where some are named. */
  readonly jumpToMark: (step: 1 | -1, wanted?: (mark: Mark) => boolean) => void
}

const NO_ENTRIES: readonly Entry[] = []
const NO_SIGNALS: readonly Signal[] = []

interface Known {
  readonly entries: readonly Entry[]
  readonly signals: readonly Signal[]
}

function knownOf({ recording }: Player): Known {
  return { entries: recording?.entryList() ?? NO_ENTRIES, signals: recording?.listing.signals ?? NO_SIGNALS }
}

const durationOf = ({ duration }: Player): number => duration

const ERRORS: ReadonlySet<MarkKind> = new Set(['error', 'console_error', 'error_click', 'failed_request'])

export const isErrorMark = (mark: Mark): boolean => ERRORS.has(mark.kind)

/** Clicks are too many to be gone through one by one. */
const isLandmark = (mark: Mark): boolean => mark.kind !== 'click'

export function useTimeline(player: Player, more: readonly Mark[] = NONE): Timeline {
  const [hidden, toggle] = useHiddenKinds()
  const { entries, signals } = useSlowly(player, knownOf, BETWEEN_MS)
  // At once: a bar without a length would lead to its beginning wherever it is pressed.
  const duration = usePlayerValue(player, durationOf)
  const all = useMemo(() => marksOf(entries, signals, more), [entries, signals, more])
  const counts = useMemo(() => countsOf(all), [all])
  const marks = useMemo(() => (hidden.size === 0 ? all : all.filter(({ kind }) => !hidden.has(kind))), [all, hidden])
  const [view, setView] = useView(duration)
  const current = useRef(marks)
  current.current = marks
  const zoom = (factor: number) => () =>
    setView((now, length) => {
      const { position } = player
      const isSeen = position >= now.from && position <= now.to
      return zoomed(now, length, factor, isSeen ? position : (now.from + now.to) / 2)
    })
  const zoomIn = useCallback(zoom(ZOOM_STEP), [player, setView])
  const zoomOut = useCallback(zoom(1 / ZOOM_STEP), [player, setView])
  const showWhole = useCallback(() => setView((_, length) => wholeOf(length)), [setView])
  const jumpToMark = useCallback(
    (step: 1 | -1, wanted: (mark: Mark) => boolean = isLandmark) => {
      const mark = markBeside(current.current.filter(wanted), player.position, step)
      if (!mark) return
      void player.jump(mark.timestamp)
      setView((now, length) => following(now, length, mark.timestamp))
    },
    [player, setView],
  )
  return { marks, counts, hidden, toggle, view, isWhole: isWhole(view, duration), setView, zoomIn, zoomOut, showWhole, jumpToMark }
}

function useView(duration: number): [View, Timeline['setView']] {
  const [kept, keep] = useState({ view: wholeOf(duration), duration })
  const length = useRef(duration)
  length.current = duration
  const setView = useCallback((change: (view: View, duration: number) => View) => {
    keep((now) => {
      const before = fitted(now.view, now.duration, length.current)
      const view = change(before, length.current)
      return view.from === before.from && view.to === before.to && now.duration === length.current ? now : { view, duration: length.current }
    })
  }, [])
  return [fitted(kept.view, kept.duration, duration), setView]
}

/** Kept in this browser; one that refuses to keep anything shows all kinds each time. */
function useHiddenKinds(): [ReadonlySet<MarkKind>, (kind: MarkKind) => void] {
  const [hidden, setHidden] = useState(storedKinds)
  const toggle = useCallback((kind: MarkKind) => {
    setHidden((now) => {
      const next = new Set(now)
      if (!next.delete(kind)) next.add(kind)
      try {
        if (next.size === 0) localStorage.removeItem(HIDDEN_KEY)
        else localStorage.setItem(HIDDEN_KEY, [...next].join(' '))
      } catch {
        // Not kept then; it holds until the page is left.
      }
      return next
    })
  }, [])
  return [hidden, toggle]
}

function storedKinds(): ReadonlySet<MarkKind> {
  try {
    const names = new Set((localStorage.getItem(HIDDEN_KEY) ?? '').split(' '))
    return new Set(MARK_KINDS.filter((kind) => names.has(kind)))
  } catch {
    return new Set()
  }
}

