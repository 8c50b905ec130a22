// The seek bar: where one is, how busy each part is, what is skipped and what is missing, what happened when. Of a long recording it
// shows a part, with the whole above it.
//
// The bar is one slider. What is drawn on it is for the eye and the pointer; the same marks stand as buttons in the list of moments.

import type { RefObject } from 'preact'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Player } from '../player/player'
import type { Stretch } from '../timeline/activity'
import type { Cluster } from '../timeline/marks'
import { following, moved, zoomed } from '../timeline/view'
import { clockTime } from '../ui/times'
import { useMedia } from '../ui/use-media'
import { HoverLabel } from './hover-label'
import { Overview } from './overview'
import { BAR_HEIGHT, clusterAt, clustersIn, drawTrack, rowsFor, type Clusters, type TrackContent, type TrackRows } from './track'
import { useBarPointers, type Place } from './use-bar-pointers'
import { usePlayerChanges, usePlayhead } from './use-player'
import type { Timeline } from './use-timeline'

const STEP_MS = 5000
const PAGE_STEP_MS = 30_000
const NARROW = '(max-width: 560px)'

interface Props {
  readonly player: Player
  readonly timeline: Timeline
  /** Of which nothing is there. */
  readonly gaps: readonly Stretch[]
  /** Of which something else is to be said. */
  readonly remarks: readonly Stretch[]
}

export interface Hovered {
  readonly time: number
  readonly x: number
  readonly cluster: Cluster | undefined
  /** Fingers have no hover: while they drag, the label tells the time and no picture is made. */
  readonly isMouse: boolean
}

export function SeekBar({ player, timeline, gaps, remarks }: Props) {
  usePlayerChanges(player)
  const bar = useRef<HTMLDivElement>(null)
  const played = useRef<HTMLDivElement>(null)
  /** The place, and not what is there: marks come while the pointer rests. */
  const [pointed, setPointed] = useState<Place>()
  const width = useWidth(bar)
  const isNarrow = useMedia(NARROW)
  const { recording, duration } = player
  const { view, setView, marks } = timeline
  const windowIds = recording?.windowIds.join('\n') ?? ''
  const rows = useMemo(
    () => rowsFor({ windowIds: windowIds === '' ? [] : windowIds.split('\n'), hasRemarks: remarks.length > 0, isNarrow }),
    [windowIds, remarks.length > 0, isNarrow],
  )
  const clusters = useMemo(() => clustersIn(marks, view, width, rows), [marks, view.from, view.to, width, rows])
  usePlayedBar(player, timeline, bar, played)

  const timeAt = (x: number): number => view.from + Math.min(1, Math.max(0, width > 0 ? x / width : 0)) * (view.to - view.from)
  const meet = (x: number, y: number, isMouse: boolean): Hovered => {
    const cluster = clusterAt(clusters, rows, x, y)
    return { x, time: cluster?.marks[0]?.timestamp ?? timeAt(x), cluster, isMouse }
  }
  const pointers = useBarPointers(bar, {
    onHover: setPointed,
    onPress: ({ x, y }) => void player.jump(meet(x, y, true).time),
    onDrag: ({ x }) => void player.jump(timeAt(x)),
    onZoom: (factor, x) => setView((now, length) => zoomed(now, length, factor, timeAt(x))),
    onMove: (by) => setView((now, length) => moved(now, length, (by / Math.max(1, width)) * (now.to - now.from))),
  })
  const hovered = pointed && meet(pointed.x, pointed.y, pointed.isMouse)
  return (
    <div class="time-line" data-zoomed={timeline.isWhole ? undefined : ''}>
      {!timeline.isWhole && <Overview player={player} timeline={timeline} />}
      <div
        class="seek-bar"
        ref={bar}
        role="slider"
        tabIndex={0}
        aria-label="Time"
        aria-valuemin={0}
        aria-valuemax={Math.round(duration / 1000)}
        style={`height:${rows.height}px`}
        {...pointers}
        onKeyDown={(event) => {
          const step = { PageUp: PAGE_STEP_MS, PageDown: -PAGE_STEP_MS, ArrowUp: STEP_MS, ArrowDown: -STEP_MS }[event.key]
          if (step === undefined) return
          event.preventDefault()
          void player.jump(player.position + step)
        }}
      >
        <Track player={player} rows={rows} clusters={clusters} timeline={timeline} gaps={gaps} remarks={remarks} width={width} />
        {/* Not a text of all rules: the share that was played stands among them, and would be gone with each new one. */}
        <div class="played" ref={played} style={{ top: `${rows.bar}px`, height: `${BAR_HEIGHT}px` }}>
          <span class="playhead" />
        </div>
      </div>
      {hovered && recording && <HoverLabel hovered={hovered} width={width} player={player} recording={recording} gaps={gaps} />}
    </div>
  )
}

/** Moves the playhead without drawing anything else, and the part that is seen where the playhead leaves it. */
function usePlayedBar(player: Player, timeline: Timeline, bar: RefObject<HTMLDivElement | null>, played: RefObject<HTMLDivElement | null>): void {
  const { view, setView, isWhole } = timeline
  const wasSeen = useRef(true)
  // Before the playhead is drawn in a view that was moved: that it is not in it is then no news.
  useEffect(() => {
    wasSeen.current = player.position >= view.from && player.position <= view.to
  }, [player, view.from, view.to])
  usePlayhead(
    player,
    useCallback(
      (position: number) => {
        const length = view.to - view.from
        const share = length > 0 ? (position - view.from) / length : 0
        // A running recording is a moment ahead of what is drawn of it.
        const isSeen = isWhole || (share >= 0 && share <= 1)
        played.current?.style.setProperty('--share', String(Math.min(1, Math.max(0, share))))
        played.current?.classList.toggle('is-outside', !isSeen)
        bar.current?.setAttribute('aria-valuenow', String(Math.round(position / 1000)))
        bar.current?.setAttribute('aria-valuetext', `${clockTime(position)} of ${clockTime(player.duration)}`)
        // Who moved the view elsewhere by hand wants to look there.
        if (wasSeen.current && !isSeen) setView((now, duration) => following(now, duration, position))
        wasSeen.current = isSeen
      },
      [player, view.from, view.to, setView, isWhole],
    ),
  )
}

function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const box = element.current
    if (!box) return
    // The first time before anything is painted, so that nobody has to ask for a layout of its own.
    const observer = new ResizeObserver(() => setWidth(box.clientWidth))
    observer.observe(box)
    return () => observer.disconnect()
  }, [element])
  return width
}

interface TrackProps extends Props {
  readonly rows: TrackRows
  readonly clusters: Clusters
  readonly width: number
}

function Track({ player, rows, clusters, timeline, gaps, remarks, width }: TrackProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { view, marks } = timeline
  useEffect(() => {
    let frame = 0
    const redraw = (): void => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => {
        // While nothing is read there is nothing to draw.
        if (!canvas.current || !player.recording || player.phase.kind === 'loading') return
        const content: TrackContent = { recording: player.recording, view, marks, gaps, remarks }
        drawTrack(canvas.current, rows, content, clusters)
      })
    }
    redraw()
    const stop = player.changes.add(redraw)
    addEventListener('themechange', redraw)
    return () => {
      cancelAnimationFrame(frame)
      stop()
      removeEventListener('themechange', redraw)
    }
  }, [player, rows, clusters, view.from, view.to, marks, gaps, remarks, width])
  return <canvas class="track" ref={canvas} aria-hidden="true" />
}
