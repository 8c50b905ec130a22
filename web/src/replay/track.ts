// The time line's picture: drawn by hand on a canvas, because thousands of marks are no elements. What a pointer meets at a place
// is answered by the same rows that were drawn.
//
// ## Rows, from above
//   pages      a flag for each page, with its path where there is room
//   marks      shapes; those that would touch stand together, with their number
//   activity   a curve over the bar
//   bar        played, idle, not loaded, missing
//   clicks     a tick each
//   notices    stretches of which something is to be said; only where there are any
//   windows    one row for each window; only where there are several

import type { LoadedRecording } from '../player/loaded-recording'
import type { Stretch } from '../timeline/activity'
import { clustersOf, type Cluster, type Mark, type MarkKind } from '../timeline/marks'
import type { View } from '../timeline/view'
import { pathOf } from '../ui/addresses'
import { MARK_LOOKS } from './mark-looks'

export interface TrackRows {
  readonly pages: number
  readonly marks: number
  /** The upper edge of the bar. */
  readonly bar: number
  readonly clicks: number
  readonly notices: number
  readonly windows: readonly { readonly id: string; readonly y: number }[]
  readonly height: number
}

export interface TrackContent {
  readonly recording: LoadedRecording
  readonly view: View
  readonly marks: readonly Mark[]
  /** Stretches of which nothing is there. */
  readonly gaps: readonly Stretch[]
  /** Stretches of which something else is to be said. */
  readonly remarks: readonly Stretch[]
}

export const BAR_HEIGHT = 5
const GLYPH = 11
const MARKS_ROW = 14
const CURVE = 14
const WINDOW_ROW = 6
/** More rows would take the room of the recorded page. */
const MOST_WINDOWS = 5
/** Marks closer than this touch. */
const SPACING = 22
const CLICK_SPACING = 3
const REACH = 9

export function rowsFor({ windowIds, hasRemarks, isNarrow }: { windowIds: readonly string[]; hasRemarks: boolean; isNarrow: boolean }): TrackRows {
  const pages = isNarrow ? 0 : 14
  const bar = pages + MARKS_ROW + CURVE
  const clicks = bar + BAR_HEIGHT + 1
  const notices = clicks + 5
  let y = notices + (hasRemarks ? 5 : 0)
  const windows = windowIds.length < 2 ? [] : windowIds.slice(0, MOST_WINDOWS).map((id, index) => ({ id, y: y + 1 + index * WINDOW_ROW }))
  y += windows.length * WINDOW_ROW + 2
  return { pages, marks: pages, bar, clicks, notices, windows, height: y }
}

type Row = 'pages' | 'marks' | 'clicks'

function rowOf(kind: MarkKind, rows: TrackRows): Row {
  if (kind === 'click') return 'clicks'
  return kind === 'page' && rows.pages > 0 ? 'pages' : 'marks'
}

export type Clusters = Readonly<Record<Row, readonly Cluster[]>>

export function clustersIn(marks: readonly Mark[], view: View, width: number, rows: TrackRows): Clusters {
  const of = (row: Row, spacing: number): Cluster[] => clustersOf(marks.filter(({ kind }) => rowOf(kind, rows) === row), view, width, spacing)
  return { pages: of('pages', SPACING), marks: of('marks', SPACING), clicks: of('clicks', CLICK_SPACING) }
}

/** What is drawn at this place, if it is a mark. */
export function clusterAt(clusters: Clusters, rows: TrackRows, x: number, y: number): Cluster | undefined {
  const row: Row | undefined = y < rows.pages ? 'pages' : y < rows.marks + MARKS_ROW ? 'marks' : y >= rows.clicks - 1 && y < rows.clicks + 6 ? 'clicks' : undefined
  if (row === undefined) return undefined
  const reach = row === 'clicks' ? 4 : REACH
  let best: Cluster | undefined
  for (const cluster of clusters[row]) {
    const distance = Math.abs(cluster.x - x)
    if (distance <= reach && (!best || distance < Math.abs(best.x - x))) best = cluster
  }
  return best
}

interface Pen {
  readonly context: CanvasRenderingContext2D
  readonly width: number
  readonly x: (time: number) => number
  readonly colour: (name: string) => string
  readonly font: string
}

export function drawTrack(canvas: HTMLCanvasElement, rows: TrackRows, content: TrackContent, clusters: Clusters): void {
  const { clientWidth: width, clientHeight: height } = canvas
  const ratio = devicePixelRatio || 1
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  const context = canvas.getContext('2d')
  if (!context || width === 0) return
  context.scale(ratio, ratio)
  const style = getComputedStyle(canvas)
  const { from, to } = content.view
  const pen: Pen = {
    context,
    width,
    x: (time) => (to > from ? Math.min(Math.max((time - from) / (to - from), 0), 1) * width : 0),
    colour: (name) => style.getPropertyValue(name).trim(),
    font: style.fontFamily,
  }
  drawBar(pen, rows, content)
  drawCurve(pen, rows, content)
  drawWindows(pen, rows, content)
  drawClusters(pen, rows, clusters)
}

function drawStretches(pen: Pen, stretches: readonly Stretch[], view: View, y: number, height: number, fill: string | CanvasPattern, least = 0): void {
  pen.context.fillStyle = fill
  for (const { from, to } of stretches) {
    if (to < view.from || from > view.to) continue
    const left = pen.x(from)
    pen.context.fillRect(left, y, Math.max(least, pen.x(to) - left), height)
  }
}

function drawBar(pen: Pen, rows: TrackRows, { recording, view, gaps, remarks }: TrackContent): void {
  const { context, width, colour } = pen
  const { duration } = recording
  context.fillStyle = colour('--track')
  context.fillRect(0, rows.bar, width, BAR_HEIGHT)
  const idle = recording.activity.idleStretches(duration)
  drawStretches(pen, idle, view, rows.bar, BAR_HEIGHT, colour('--track-idle'))
  drawStretches(pen, idle, view, rows.bar, BAR_HEIGHT, hatch(context, colour('--track')))
  drawStretches(pen, recording.coverage.missingStretches(), view, rows.bar, BAR_HEIGHT, colour('--track-missing'), 1)
  // A gap takes the curve's room too: there is nothing that could be busy.
  const top = rows.bar - CURVE
  drawStretches(pen, gaps, view, top, CURVE + BAR_HEIGHT, colour('--surface'), 2)
  drawStretches(pen, gaps, view, top, CURVE + BAR_HEIGHT, hatch(context, colour('--mark-signal')), 2)
  drawStretches(pen, remarks, view, rows.notices + 1, 3, colour('--mark-signal'), 3)
}

/** Slanted lines: what is told by a colour alone is not told to all. */
function hatch(context: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  const size = 6
  const tile = document.createElement('canvas')
  const ratio = devicePixelRatio || 1
  tile.width = tile.height = size * ratio
  const pen = tile.getContext('2d')
  if (!pen) return colour
  pen.scale(ratio, ratio)
  pen.strokeStyle = colour
  pen.lineWidth = 1.6
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size)
    pen.lineTo(shift + size, 0)
  }
  pen.stroke()
  const pattern = context.createPattern(tile, 'repeat')
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio))
  return pattern ?? colour
}

const PART_PX = 3
/** Parts of a short recording are wider, so that its curve is a shape and no comb. */
const PART_MS = 600

function drawCurve({ context, width, colour }: Pen, rows: TrackRows, { recording, view }: TrackContent): void {
  const count = Math.max(1, Math.floor(Math.min(width / PART_PX, (view.to - view.from) / PART_MS)))
  const part = width / count
  const floor = rows.bar - 1
  context.fillStyle = colour('--track-busy')
  context.beginPath()
  context.moveTo(0, floor)
  let before = floor
  recording.activity.shading(view, count).forEach((busy, place) => {
    // By the root: next to a drag across the page a few clicks would not be seen.
    const y = floor - Math.sqrt(busy) * (CURVE - 3)
    const from = place * part
    context.bezierCurveTo(from, before, from, y, from + part / 2, y)
    before = y
  })
  context.lineTo(width, before)
  context.lineTo(width, floor)
  context.fill()
}

function drawWindows(pen: Pen, rows: TrackRows, { recording, view }: TrackContent): void {
  if (rows.windows.length === 0) return
  const stretches = recording.activity.windowStretches(recording.duration)
  for (const { id, y } of rows.windows) {
    pen.context.fillStyle = pen.colour('--track-idle')
    pen.context.fillRect(0, y + 1.5, pen.width, 1)
    drawStretches(pen, stretches.filter(({ windowId }) => windowId === id), view, y, 4, pen.colour('--track-busy'), 1)
  }
}

function drawClusters(pen: Pen, rows: TrackRows, clusters: Clusters): void {
  drawPages(pen, rows, clusters.pages)
  const { context, colour } = pen
  for (const { x, kind } of clusters.clicks) {
    context.fillStyle = colour(MARK_LOOKS[kind].colour)
    context.fillRect(Math.round(x) - 1, rows.clicks, 2, 4)
  }
  for (const cluster of clusters.marks) drawMark(pen, rows, cluster)
}

function drawMark({ context, width, colour, font }: Pen, rows: TrackRows, { x, kind, marks }: Cluster): void {
  const count = marks.length > 1 ? (marks.length > 99 ? '99+' : String(marks.length)) : ''
  context.font = `600 9px ${font}`
  const room = GLYPH + (count === '' ? 0 : context.measureText(count).width + 2)
  // The shape stands over its time; only at the ends it gives way.
  const left = Math.min(Math.max(0, x - GLYPH / 2), width - room)
  drawShape(context, kind, left, rows.marks + 1, colour)
  if (count === '') return
  context.fillStyle = colour('--dim')
  context.textBaseline = 'middle'
  context.fillText(count, left + GLYPH + 1.5, rows.marks + 1 + GLYPH / 2)
}

const shapes = new Map<MarkKind, Path2D>()

function drawShape(context: CanvasRenderingContext2D, kind: MarkKind, left: number, top: number, colour: (name: string) => string): void {
  let shape = shapes.get(kind)
  if (!shape) shapes.set(kind, (shape = new Path2D(MARK_LOOKS[kind].shape)))
  context.save()
  context.translate(left, top)
  context.scale(GLYPH / 10, GLYPH / 10)
  context.fillStyle = colour(MARK_LOOKS[kind].colour)
  context.fill(shape, 'evenodd')
  context.restore()
}

/** The path behind its flag, as far as the next flag lets it. */
function drawPages({ context, width, colour, font }: Pen, rows: TrackRows, clusters: readonly Cluster[]): void {
  context.font = `11px ${font}`
  context.textBaseline = 'middle'
  clusters.forEach(({ x, marks }, place) => {
    const left = Math.min(Math.max(0, x - 1), width - GLYPH)
    drawShape(context, 'page', left, 1, colour)
    const end = (clusters[place + 1]?.x ?? width) - 6
    const text = fitted(context, pathsOf(marks), end - left - GLYPH - 3)
    context.fillStyle = colour('--dim')
    if (text !== '') context.fillText(text, left + GLYPH + 2, 7)
    context.fillStyle = colour('--line-strong')
    context.fillRect(Math.min(Math.round(x), width - 1), 12, 1, rows.bar - 12)
  })
}

function pathsOf(marks: readonly Mark[]): string {
  const last = marks.at(-1)?.entry
  const path = last?.kind === 'page' ? pathOf(last.href) : ''
  return marks.length > 1 ? `${path} +${marks.length - 1}` : path
}

const LEAST_LABEL_PX = 26

function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (text === '' || room < LEAST_LABEL_PX) return ''
  if (context.measureText(text).width <= room) return text
  let cut = text
  while (cut.length > 2 && context.measureText(`${cut}…`).width > room) cut = cut.slice(0, -Math.max(1, Math.floor(cut.length / 8)))
  return cut.length > 2 ? `${cut}…` : ''
}
