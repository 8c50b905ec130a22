// The whole of a long recording in one thin bar, while the seek bar shows a part of it: which part, and where the playhead is.

import { useCallback, useEffect, useRef } from 'preact/hooks'
import type { Player } from '../player/player'
import { isErrorMark, type Timeline } from './use-timeline'
import { moved, wholeOf } from '../timeline/view'
import { clockTime } from '../ui/times'
import { usePlayhead } from './use-player'

const KEY_SHARE = 0.25

export function Overview({ player, timeline }: { player: Player; timeline: Timeline }) {
  const bar = useRef<HTMLDivElement>(null)
  const head = useRef<HTMLSpanElement>(null)
  const grip = useRef<{ readonly pointer: number; last: number } | undefined>(undefined)
  const { view, setView } = timeline
  const { duration } = player
  const share = (time: number): number => (duration > 0 ? (time / duration) * 100 : 0)
  usePlayhead(
    player,
    useCallback((position: number) => head.current?.style.setProperty('left', `${player.duration > 0 ? (position / player.duration) * 100 : 0}%`), [player]),
  )
  const timePerPixel = (): number => duration / Math.max(1, bar.current?.clientWidth ?? 1)
  const move = (by: number): void => setView((now, length) => moved(now, length, by))
  return (
    <div
      class="overview"
      ref={bar}
      role="slider"
      tabIndex={0}
      aria-label="Part of the recording that the time line shows"
      aria-valuemin={0}
      aria-valuemax={Math.round(duration / 1000)}
      aria-valuenow={Math.round(view.from / 1000)}
      aria-valuetext={`${clockTime(view.from)} to ${clockTime(view.to)} of ${clockTime(duration)}`}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        bar.current?.setPointerCapture(event.pointerId)
        grip.current = { pointer: event.pointerId, last: event.clientX }
        const left = bar.current?.getBoundingClientRect().left ?? 0
        const time = (event.clientX - left) * timePerPixel()
        if (time < view.from || time > view.to) move(time - (view.from + view.to) / 2)
      }}
      onPointerMove={(event) => {
        if (grip.current?.pointer !== event.pointerId) return
        move((event.clientX - grip.current.last) * timePerPixel())
        grip.current.last = event.clientX
      }}
      onPointerUp={() => (grip.current = undefined)}
      onPointerCancel={() => (grip.current = undefined)}
      onKeyDown={(event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -4, PageUp: 4 }[event.key]
        if (step === undefined) return
        // Everywhere else these keys move the playhead.
        event.preventDefault()
        event.stopPropagation()
        move(step * KEY_SHARE * (view.to - view.from))
      }}
    >
      <OverviewTrack player={player} timeline={timeline} />
      <span class="overview-part" style={`left:${share(view.from)}%;width:${share(view.to - view.from)}%`} />
      <span class="overview-head" ref={head} />
    </div>
  )
}

/** How busy it was, and where it went wrong. */
function OverviewTrack({ player, timeline }: { player: Player; timeline: Timeline }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { marks } = timeline
  useEffect(() => {
    let frame = 0
    const redraw = (): void => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => canvas.current && draw(canvas.current))
    }
    const draw = (element: HTMLCanvasElement): void => {
      const { clientWidth: width, clientHeight: height } = element
      const context = element.getContext('2d')
      const { recording, duration } = player
      if (!context || !recording || width === 0) return
      element.width = Math.round(width * devicePixelRatio)
      element.height = Math.round(height * devicePixelRatio)
      context.scale(devicePixelRatio, devicePixelRatio)
      const style = getComputedStyle(element)
      context.fillStyle = style.getPropertyValue('--track-busy')
      const count = Math.max(1, Math.floor(width / 3))
      recording.activity.shading(wholeOf(duration), count).forEach((busy, place) => {
        context.fillRect((place * width) / count, height * (1 - busy), width / count, height * busy)
      })
      context.fillStyle = style.getPropertyValue('--mark-error')
      for (const mark of marks) if (isErrorMark(mark)) context.fillRect((mark.timestamp / Math.max(1, duration)) * width - 0.5, 0, 1.5, height)
    }
    redraw()
    const observer = new ResizeObserver(redraw)
    if (canvas.current) observer.observe(canvas.current)
    const stop = player.changes.add(redraw)
    addEventListener('themechange', redraw)
    return () => {
      cancelAnimationFrame(frame)
      observer.disconnect()
      stop()
      removeEventListener('themechange', redraw)
    }
  }, [player, marks])
  return <canvas class="track" ref={canvas} aria-hidden="true" />
}
