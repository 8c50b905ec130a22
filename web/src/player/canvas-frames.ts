// Canvas frames: pictures of a page's canvases, shown in step with time.
//
// rrweb would need `allow-scripts` for them, because a document without scripts does not lay canvases out at all: a
// <canvas> there is an empty inline box. So each one is given the box that it had, by rules that any style of
// the page overrides, and its newest frame as a background.

import { arrayOf, numberOf, objectOf, textOf } from '../format/json'
import { EventType, Source } from '../format/rrweb-numbers'

interface Frame {
  readonly node: number
  readonly picture: Blob
}

const BOX_ATTRIBUTE = 'data-canvas-box'

export class CanvasFrames {
  /** The newest frame of each canvas; while fast-forwarding, the only one that is worth decoding. */
  private readonly waiting = new Map<number, Frame>()
  private readonly shown = new Map<number, { frame: Frame; url: string }>()
  private drawing: Promise<void> = Promise.resolve()
  /** Built, and not yet known to be part of a document. */
  private unplaced: HTMLCanvasElement[] = []

  constructor(private readonly nodeOf: (id: number) => Node | null) {}

  /** A node was built; answers at once, because every node of a page comes through here. */
  built(node: unknown): void {
    if (isCanvas(node)) this.unplaced.push(node)
  }

  /** An event was applied, and with it all nodes that it built have their place. */
  take(event: unknown): void {
    for (const canvas of this.unplaced) giveBox(canvas)
    this.unplaced = []
    const frame = readFrame(event)
    if (frame) this.waiting.set(frame.node, frame)
  }

  /** The page was rebuilt: frames shown before belong to canvases that are gone. */
  forget(): void {
    this.waiting.clear()
    for (const { url } of this.shown.values()) URL.revokeObjectURL(url)
    this.shown.clear()
  }

  /** Shows what is waiting; resolves when it is on screen. */
  draw(): Promise<void> {
    if (this.waiting.size === 0) return this.drawing
    const frames = [...this.waiting.values()]
    this.waiting.clear()
    this.drawing = this.drawing.then(() => Promise.all(frames.map((frame) => this.show(frame)))).then(() => undefined)
    return this.drawing
  }

  private async show(frame: Frame): Promise<void> {
    const url = URL.createObjectURL(frame.picture)
    const image = new Image()
    image.src = url
    // Decoded beforehand, or the canvas would blink at every frame.
    const decoded = await image.decode().then(
      () => true,
      () => false,
    )
    const canvas = this.nodeOf(frame.node)
    if (!decoded || !isCanvas(canvas)) return URL.revokeObjectURL(url)
    giveBox(canvas)
    canvas.style.setProperty('background', `url("${url}") 0 0 / 100% 100% no-repeat`, 'important')
    const before = this.shown.get(frame.node)
    this.shown.set(frame.node, { frame, url })
    if (before) URL.revokeObjectURL(before.url)
  }
}

/** By name and not by class: the node belongs to another document, whose classes are others. */
function isCanvas(node: unknown): node is HTMLCanvasElement {
  return objectOf(node)?.nodeName === 'CANVAS' && objectOf(node)?.style !== undefined
}

function giveBox(canvas: HTMLCanvasElement): void {
  const box = `${canvas.width}x${canvas.height}`
  if (canvas.getAttribute(BOX_ATTRIBUTE) !== box) canvas.setAttribute(BOX_ATTRIBUTE, box)
  const root = canvas.getRootNode()
  const holder = 'head' in root ? (root as Document).documentElement : (root as ParentNode) // the two kinds of root
  const rule = `:where(canvas[${BOX_ATTRIBUTE}="${box}"])`
  const known = holder?.querySelector?.(`style[${BOX_ATTRIBUTE}="${box}"]`)
  if (!holder || known || !canvas.isConnected) return
  const style = canvas.ownerDocument.createElement('style')
  style.setAttribute(BOX_ATTRIBUTE, box)
  style.textContent = `${rule}{display:inline-block;width:${canvas.width}px;aspect-ratio:${canvas.width}/${canvas.height}}`
  holder.append(style)
}

/** PostHog's frames: `clearRect`, then `drawImage` of an ImageBitmap made of a Blob made of base64. */
function readFrame(value: unknown): Frame | undefined {
  const event = objectOf(value)
  const data = objectOf(event?.data)
  if (event?.type !== EventType.Incremental || data?.source !== Source.CanvasMutation) return undefined
  const node = numberOf(data.id)
  const commands = arrayOf(data.commands).map(objectOf)
  const draw = commands.findLast((command) => command?.property === 'drawImage')
  const bitmap = objectOf(arrayOf(draw?.args)[0])
  const blob = objectOf(arrayOf(bitmap?.args)[0])
  const buffer = objectOf(arrayOf(blob?.data)[0])
  const base64 = textOf(buffer?.base64)
  if (node === undefined || base64 === undefined) return undefined
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    return { node, picture: new Blob([bytes], { type: textOf(blob?.type) ?? '' }) }
  } catch {
    return undefined
  }
}
