// One rrweb replayer, wrapped: the only module that knows rrweb.
//
// ## What it promises
// 1. It begins at one full snapshot of one window and only ever goes forward. Going back means another one: rrweb
//    loses nodes when one instance is taken back again and again.
// 2. After `advanceTo(t)` the picture holds everything with a time ≤ t, the last event too.
// 3. The recorded page runs no script, opens no connection, takes no focus and gets no pointer.
//
// ## How rrweb is held
// - Two events of our own stand before and behind everything. With the first in place, offsets do not move when
//   lines come late; with the second, rrweb never believes that it is at the end, where it would forget what it did.
// - Offsets lie a trace behind the time that is meant, so that "before" includes it.
// - `Meta` events go in as changes of the viewport's size: rrweb drops everything before a Meta that it passes, which
//   loses changes where the full snapshot of that Meta never came.
// - No virtual DOM: it differs from what the browser builds in corners (the lost nodes), and buys little with
//   an instance that begins at the last snapshot.

import { Replayer, type eventWithTime } from 'posthog-js/rrweb'
import { objectOf, parseJson, textOf, type JsonObject } from '../format/json'
import { eventOf, type ReplayLine, type Size } from '../format/line'
import { EventType, Source } from '../format/rrweb-numbers'
import type { Timed } from '../timeline/time-ordered'
import type { PictureStart } from '../timeline/window-lines'
import { CanvasFrames } from './canvas-frames'
import { nextFrame } from '../ui/frames'
import { Harmless } from './harmless'
import { withHoverClass } from './harmless-css'
import { StylesByScript } from './styles-by-script'

/**
 * How much text of events is replayed at a time. The page gets a turn between two portions when they have taken long enough; not sooner,
 * because in its turn the browser lays out the picture that is still being made, which takes it as long.
 */
const PORTION_BYTES = 128 * 1024
const TURN_MS = 80
/** What was played is let go of so much later: a mouse movement is played before its own time. */
const KEEP_PLAYED_MS = 60_000

const BEFORE_EVERYTHING_MS = 1e10
const BEHIND_EVERYTHING_MS = 1e13
/** Times may have fractions. Near today's date a number tells a quarter of a µs apart: one such step, and two. */
const MILESTONE_MS = 0.00025
const TRACE_MS = 0.0005

const PLUGIN = 'cassette'

export interface ReplayOptions {
  readonly root: HTMLElement
  /** Epoch milliseconds of the recording's start. */
  readonly base: number
  readonly start: PictureStart
  readonly onSize: (size: Size) => void
  readonly onTrouble: (message: string) => void
}

/** The recorded page as it stands: to be looked at, and never changed. */
export interface RecordedPage {
  readonly frame: HTMLIFrameElement
  /** The number by which the recording knows a node; -1 where it knows it not. */
  readonly idOf: (node: Node) => number
  readonly nodeOf: (id: number) => Node | null
  /** As it was recorded: some elements stand here as others. */
  readonly tagOf: (node: Node) => string | undefined
}

export class Replay {
  private readonly replayer: Replayer
  private readonly canvases: CanvasFrames
  private readonly harmless = new Harmless()
  private readonly styles: StylesByScript | undefined
  private playing = false
  private reachedTime: number
  /** Counts orders, so that one that was overtaken is not carried out. */
  private command = 0
  /** The last line that rrweb was given; with a keyframe, what it stands for. */
  lastFed: Timed

  constructor(private readonly options: ReplayOptions) {
    const { base, start, onTrouble } = options
    this.lastFed = start.until
    this.reachedTime = start.snapshot.timestamp
    this.canvases = new CanvasFrames((id) => this.replayer.getMirror().getNode(id))
    this.replayer = new Replayer(
      [
        marker(base - BEFORE_EVERYTHING_MS),
        resize(start.size, base + start.snapshot.timestamp),
        ...this.read([start.snapshot, ...start.rest]),
        marker(base + BEHIND_EVERYTHING_MS),
      ],
      {
        root: options.root,
        liveMode: false,
        skipInactive: false,
        triggerFocus: false,
        UNSAFE_replayCanvas: false,
        useVirtualDom: false,
        mouseTail: { duration: 600, lineCap: 'round', lineWidth: 2, strokeStyle: 'rgba(91, 91, 214, 0.55)' },
        logger: { log: () => undefined, warn: (...words) => onTrouble(words.map(String).join(' ')) },
        plugins: [
          {
            onBuild: (node) => this.canvases.built(node),
            handler: (event, isSync) => {
              if (!isMilestone(event)) this.reachedTime = Math.max(this.reachedTime, timeOf(beginOf(event) - base))
              if (event.type === EventType.FullSnapshot) this.canvases.forget()
              this.canvases.take(event)
              if (!isSync) void this.canvases.draw()
            },
          },
        ],
      },
    )
    guard(this.replayer, onTrouble)
    this.replayer.on('resize', (size) => options.onSize(size as Size)) // rrweb's handlers take unknown
    // Nothing in the recorded page can be reached, by pointer, by keyboard or by a script of its own.
    this.replayer.wrapper.inert = true
    this.replayer.iframe.title = 'The recorded page'
    this.replayer.iframe.tabIndex = -1
    this.styles = StylesByScript.forFrame(this.replayer.iframe)
  }

  /** Time of the newest event that is part of the picture. There is no way back behind it. */
  get reached(): number {
    return this.reachedTime
  }

  /**
   * Shows the state at `time`, to which `lines` lead from what was fed before; `time` is not before `reached`. However
   * many they are, only a portion of them is held parsed.
   */
  async bring(lines: readonly ReplayLine[], time: number): Promise<void> {
    const command = this.stopAt()
    let turn = performance.now()
    for (let from = 0, to; from < lines.length; from = to) {
      to = portionEnd(lines, from)
      await this.feed(lines.slice(from, to))
      if (to < lines.length) await this.goTo(this.lastFed.timestamp, command)
      if (command !== this.command) return
      if (performance.now() - turn < TURN_MS) continue
      await nextTurn()
      turn = performance.now()
      if (command !== this.command) return
    }
    await this.goTo(time, command)
  }

  /** Shows the state at `time`, standing still; `time` is not before `reached`. */
  async advanceTo(time: number): Promise<void> {
    await this.goTo(time, this.stopAt())
  }

  private async goTo(time: number, command: number): Promise<void> {
    const to = Math.max(time, this.reachedTime)
    // rrweb goes on behind the event it applied last, and places a mouse movement where it began: what happened
    // during the movement would be done twice. So the last one is always ours.
    this.replayer.addEvent(milestone(this.options.base + to + MILESTONE_MS))
    await Promise.resolve()
    if (command !== this.command) return
    this.replayer.pause(this.offset(to))
    this.forgetPlayed()
  }

  /** Plays on from `time`, up to which everything has been shown by `advanceTo`. */
  play(time: number, speed: number): void {
    this.command += 1
    this.playing = true
    this.replayer.setConfig({ speed })
    this.replayer.play(this.offset(time))
  }

  /** Stands still where it is: what was shown until now stays, nothing more comes. */
  pause(): void {
    this.stopAt()
  }

  private stopAt(): number {
    if (this.playing) this.replayer.pause()
    this.playing = false
    return ++this.command
  }

  get isPlaying(): boolean {
    return this.playing
  }

  setSpeed(speed: number): void {
    this.replayer.setConfig({ speed })
  }

  /** The player's clock leads; rrweb's timer follows it where the two have come apart. */
  keepStep(time: number, speed: number): void {
    if (!this.playing) return
    if (Math.abs(this.replayer.timer.speed - speed) > 0.1) this.replayer.setConfig({ speed })
    const drift = this.replayer.getCurrentTime() - (time + BEFORE_EVERYTHING_MS)
    if (Math.abs(drift) > 150) this.replayer.timer.timeOffset -= drift
  }

  /** Lines that come after all that were given before. rrweb has them when the promise resolves. */
  async feed(lines: readonly ReplayLine[]): Promise<void> {
    for (const event of this.read(lines)) this.replayer.addEvent(event)
    this.lastFed = lines.at(-1) ?? this.lastFed
    await Promise.resolve()
    this.forgetPlayed()
  }

  /** rrweb keeps all events that it ever had, to go back to them; we never do. The first one is where it counts time from. */
  private forgetPlayed(): void {
    const { events } = this.replayer.service.state.context
    const before = this.options.base + this.reachedTime - KEEP_PLAYED_MS
    let end = 1
    while (end < events.length && (events[end]?.timestamp ?? Infinity) < before) end += 1
    if (end > 1) events.splice(1, end - 1)
  }

  /** Resolves when what was asked for is laid out, and its canvases are drawn: from then on it can be seen. */
  async settled(): Promise<void> {
    this.styles?.settle()
    await this.canvases.draw()
    await nextFrame()
  }

  get wrapper(): HTMLElement {
    return this.replayer.wrapper
  }

  /** What stands on screen. */
  get page(): RecordedPage {
    const mirror = this.replayer.getMirror()
    return { frame: this.replayer.iframe, idOf: (node) => mirror.getId(node), nodeOf: (id) => mirror.getNode(id), tagOf: (node) => textOf(objectOf(mirror.getMeta(node))?.tagName) }
  }

  destroy(): void {
    this.command += 1
    this.canvases.forget()
    this.styles?.close()
    this.replayer.destroy()
  }

  private offset(time: number): number {
    return Math.max(time, this.reachedTime) + BEFORE_EVERYTHING_MS + TRACE_MS
  }

  private read(lines: readonly ReplayLine[]): eventWithTime[] {
    return lines.flatMap((line): eventWithTime[] => {
      const timestamp = this.options.base + line.timestamp
      if (line.role === 'meta') return line.size ? [resize(line.size, timestamp)] : []
      const event = objectOf(parseJson(eventOf(line)))
      if (!event || isMediaInteraction(event)) return []
      this.harmless.disarm(event)
      // The format's reader has checked that there is a type and data; the rest is rrweb's to understand or refuse.
      return [{ ...event, timestamp } as unknown as eventWithTime]
    })
  }
}

/** What rrweb does and does not offer; not in its types. */
type Inside = { cache: { stylesWithHoverClass: object }; timer: { actions: readonly Action[]; findActionIndex: (action: Action) => number } } & Record<'applyIncremental' | 'rebuildFullSnapshot' | 'applyScroll', (...given: unknown[]) => void>

/** An event that waits for its time, in milliseconds from the first. */
interface Action {
  readonly delay: number
}

/**
 * What rrweb does not offer, and what has to be: an event that it cannot apply costs itself and not what comes behind it; what happened in
 * one millisecond is played in its order (its own search finds any place among them); style sheets go into the page as they were made
 * harmless (it asks this table before it adapts one with a parser of its own, and always finds); and scrolling, see below.
 */
function guard(replayer: Replayer, onTrouble: (message: string) => void): void {
  const inside = replayer as unknown as Inside
  const { timer } = inside
  timer.findActionIndex = (action) => 1 + timer.actions.findLastIndex((waiting) => waiting.delay <= action.delay)
  inside.cache.stylesWithHoverClass = { get: withHoverClass, set: () => undefined }
  for (const name of ['applyIncremental', 'rebuildFullSnapshot', 'applyScroll'] as const) {
    const apply = inside[name].bind(replayer)
    inside[name] = (...given) => {
      try {
        apply(...given)
      } catch (error) {
        onTrouble(`an event could not be replayed: ${String(error)}`)
      }
    }
  }
  scrollOnce(replayer, inside)
}

/**
 * While it plays, what scrolls goes where it is at the end of a frame, once: each scrolling has the browser lay out the page as it is by then.
 * Played faster than it was it goes there at once: smoothly it takes some 300 ms, whatever the speed, and the next scroll would be there before.
 */
function scrollOnce(replayer: Replayer, inside: Inside): void {
  const places = new Map<unknown, unknown>()
  const scroll = inside.applyScroll.bind(replayer)
  const goThere = (): void => {
    for (const place of places.values()) scroll(place, replayer.config.speed > 1)
    places.clear()
  }
  inside.applyScroll = (place, isSync) => {
    if (isSync === true) return scroll(place, true)
    // Behind all that rrweb does for this frame, and before it is laid out.
    if (places.size === 0) queueMicrotask(goThere)
    places.set(objectOf(place)?.id, place)
  }
  const rebuild = inside.rebuildFullSnapshot.bind(replayer)
  inside.rebuildFullSnapshot = (...given) => {
    // They were places in the page before this one, which says where it stands.
    places.clear()
    rebuild(...given)
  }
}

/** Where the portion ends that begins at `from`. What is of one millisecond is played at once and stays together. */
function portionEnd(lines: readonly ReplayLine[], from: number): number {
  let bytes = 0
  let end = from
  while (end < lines.length && (bytes < PORTION_BYTES || lines[end]?.timestamp === lines[end - 1]?.timestamp)) {
    const line = lines[end]
    bytes += line ? line.to - line.from : 0
    end += 1
  }
  return end
}

function marker(timestamp: number): eventWithTime {
  return { type: EventType.Custom, data: { tag: 'cassette', payload: {} }, timestamp }
}

/** A plugin event without a plugin: rrweb counts it as played and does nothing. */
function milestone(timestamp: number): eventWithTime {
  return { type: EventType.Plugin, data: { plugin: PLUGIN, payload: {} }, timestamp }
}

function isMilestone(event: eventWithTime): boolean {
  return event.type === EventType.Plugin && event.data.plugin === PLUGIN
}

/** A time that went through the epoch's milliseconds and back, without what it lost or won on the way. */
function timeOf(time: number): number {
  const whole = Math.round(time)
  return Math.abs(time - whole) < TRACE_MS ? whole : time
}

/** Sound and films are not loaded, so there is nothing to play or to pause. */
function isMediaInteraction(event: JsonObject): boolean {
  return event.type === EventType.Incremental && objectOf(event.data)?.source === Source.MediaInteraction
}

/** When rrweb counts an event as played: a mouse movement from its first position on. */
function beginOf(event: eventWithTime): number {
  if (event.type !== EventType.Incremental || event.data.source !== Source.MouseMove) return event.timestamp
  const offset: unknown = event.data.positions?.[0]?.timeOffset
  return event.timestamp + (typeof offset === 'number' ? Math.min(0, offset) : 0)
}

function resize({ width, height }: Size, timestamp: number): eventWithTime {
  return { type: EventType.Incremental, data: { source: Source.ViewportResize, width, height }, timestamp }
}

/** Lets the page do what waits: input, painting. Sooner than a timer, which is slowed where it is set again and again. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}
