// The seek bar: where one is, how busy each part is, what is skipped, what happened when.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { isError, type Entry } from '../format/entry'
import type { LoadedRecording } from '../player/loaded-recording'
import type { Player } from '../player/player'
import { pathOf } from '../ui/addresses'
import { clockTime } from '../ui/times'
import { usePlayerChanges, usePlayhead } from './use-player'

const MARKS = 40
const STEP_MS = 5000
const PAGE_STEP_MS = 30_000

export function SeekBar({ player }: { player: Player }) {
  usePlayerChanges(player)
  const bar = useRef<HTMLDivElement>(null)
  const played = useRef<HTMLDivElement>(null)
  const [hover, setHover] = useState<number>()
  const dragging = useRef(false)

  usePlayhead(
    player,
    useCallback(
      (position: number) => {
        const share = player.duration > 0 ? Math.min(1, position / player.duration) : 0
        played.current?.style.setProperty('--share', String(share))
        bar.current?.setAttribute('aria-valuenow', String(Math.round(position / 1000)))
        bar.current?.setAttribute('aria-valuetext', `${clockTime(position)} of ${clockTime(player.duration)}`)
      },
      [player],
    ),
  )

  const timeAt = (event: PointerEvent): number => {
    const box = bar.current?.getBoundingClientRect()
    if (!box || box.width === 0) return 0
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * player.duration
  }
  return (
    <div
      class="seek-bar"
      ref={bar}
      role="slider"
      tabIndex={0}
      aria-label="Time"
      aria-valuemin={0}
      aria-valuemax={Math.round(player.duration / 1000)}
      onPointerDown={(event) => {
        if (event.button !== 0) return
        bar.current?.setPointerCapture(event.pointerId)
        dragging.current = true
        void player.jump(timeAt(event))
      }}
      onPointerMove={(event) => {
        const time = timeAt(event)
        setHover(time)
        if (dragging.current) void player.jump(time)
      }}
      onPointerUp={() => (dragging.current = false)}
      onPointerCancel={() => (dragging.current = false)}
      onPointerLeave={() => setHover(undefined)}
      onKeyDown={(event) => {
        const step = { PageUp: PAGE_STEP_MS, PageDown: -PAGE_STEP_MS, ArrowUp: STEP_MS, ArrowDown: -STEP_MS }[event.key]
        if (step === undefined) return
        event.preventDefault()
        void player.jump(player.position + step)
      }}
    >
      <Track player={player} />
      <div class="played" ref={played}>
        <span class="playhead" />
      </div>
      {hover !== undefined && player.recording && <HoverLabel time={hover} recording={player.recording} />}
    </div>
  )
}

function HoverLabel({ time, recording }: { time: number; recording: LoadedRecording }) {
  const share = recording.duration > 0 ? time / recording.duration : 0
  const near = recording.duration / MARKS / 4
  let page = ''
  let error = ''
  for (const entry of recording.entryList()) {
    if (entry.kind === 'page' && entry.timestamp <= time) page = pathOf(entry.href)
    if ((entry.kind === 'console' || entry.kind === 'exception') && isError(entry) && Math.abs(entry.timestamp - time) < near) error = entry.text
  }
  const shift = share < 0.2 ? '0' : share > 0.8 ? '-100%' : '-50%'
  return (
    <div class="hover-label" style={`left:${share * 100}%;transform:translateX(${shift})`}>
      <strong>{clockTime(time)}</strong>
      {page && <span>{page}</span>}
      {error && <span class="error-text">{error}</span>}
    </div>
  )
}

/** Drawn by hand on a canvas: thousands of marks are no elements. */
function Track({ player }: { player: Player }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    let frame = 0
    const redraw = (): void => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => {
        if (canvas.current && player.recording) drawTrack(canvas.current, player.recording)
      })
    }
    redraw()
    const stop = player.changes.add(redraw)
    const observer = new ResizeObserver(redraw)
    if (canvas.current) observer.observe(canvas.current)
    addEventListener('themechange', redraw)
    return () => {
      cancelAnimationFrame(frame)
      stop()
      observer.disconnect()
      removeEventListener('themechange', redraw)
    }
  }, [player])
  return <canvas class="track" ref={canvas} aria-hidden="true" />
}

const PART_PX = 3
/** Parts of a short recording are wider, so that its shading is a shape and no comb. */
const PART_MS = 600

function drawTrack(canvas: HTMLCanvasElement, recording: LoadedRecording): void {
  const { clientWidth: width, clientHeight: height } = canvas
  const ratio = devicePixelRatio || 1
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  const context = canvas.getContext('2d')
  if (!context || width === 0) return
  context.scale(ratio, ratio)
  const style = getComputedStyle(canvas)
  const colour = (name: string): string => style.getPropertyValue(name).trim()
  const { duration } = recording
  const x = (time: number): number => (duration > 0 ? (Math.min(Math.max(time, 0), duration) / duration) * width : 0)
  const floor = height - 10

  context.fillStyle = colour('--track')
  context.fillRect(0, floor, width, 4)
  context.fillStyle = colour('--track-idle')
  for (const { from, to } of recording.activity.idleStretches(duration)) context.fillRect(x(from), floor, x(to) - x(from), 4)
  context.fillStyle = colour('--track-missing')
  for (const { from, to } of recording.coverage.missingStretches()) {
    context.fillRect(x(from), floor, Math.max(1, x(to) - x(from)), 4)
  }

  context.fillStyle = colour('--track-busy')
  const parts = Math.max(1, Math.floor(Math.min(width / PART_PX, duration / PART_MS)))
  const part = width / parts
  recording.activity.shading(duration, parts).forEach((busy, place) => {
    if (busy > 0) context.fillRect(place * part, floor - 2 - busy * 10, Math.max(1, part - 1), busy * 10)
  })
  drawMarks(context, recording.entryList(), x, floor, colour)
}

function drawMarks(
  context: CanvasRenderingContext2D,
  entries: readonly Entry[],
  x: (time: number) => number,
  floor: number,
  colour: (name: string) => string,
): void {
  const draw = (wanted: (entry: Entry) => boolean, name: string, shape: (x: number) => void): void => {
    context.fillStyle = colour(name)
    let last = -Infinity
    for (const entry of entries) {
      const at = Math.round(x(entry.timestamp))
      if (at - last < 2 || !wanted(entry)) continue
      last = at
      shape(at)
    }
  }
  draw((entry) => entry.kind === 'page', '--mark-page', (at) => context.fillRect(at, floor - 15, 1.5, 19))
  draw((entry) => entry.kind === 'click', '--mark-click', (at) => context.fillRect(at - 1, floor + 5.5, 2, 4))
  draw(isError, '--mark-error', (at) => {
    context.beginPath()
    context.arc(at, floor - 15, 2.8, 0, Math.PI * 2)
    context.fill()
  })
}
