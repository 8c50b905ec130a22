// The player: one clock, one picture, and what is loaded of the recording.
//
// ## How it works
// `position` is the truth; the picture follows it. Every change of position that is not plain playing goes through
// `show`: load what the picture is made of, choose the window, take the replayer forward or build another one, wait
// until it is on screen. A newer `show` makes an older one give up (`turn`).
//
// ## Invariants
// 1. The clock never runs into a block that is not here: it stops before it and goes on when it has come.
// 2. A picture on screen is replaced by a complete one only: the new replayer is built behind the old one.
// 3. `seek(t)` resolves when everything with a time ≤ t is on screen, standing still.

import { asError } from '../format/failures'
import type { DecodedLines, ReplayLine, Size } from '../format/line'
import type { Part } from '../sources/block-loader'
import { firstPictureTime } from '../sources/loading-order'
import { Looking } from '../sources/looking'
import type { RecordingSource } from '../sources/source'
import { compare } from '../timeline/time-ordered'
import { bytesOf, type PictureStart, type WindowLines } from '../timeline/window-lines'
import { nextFrame } from '../ui/frames'
import type { LoadedRecording } from './loaded-recording'
import { linesOf, Loading, type Live, type Reading } from './loading'
import { Observers } from './observers'
import type { RecordedPage, Replay } from './replayer'
import { Stage } from './stage'

type ReplayClass = typeof Replay

export const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const

export type Phase =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'paused' }
  | { readonly kind: 'playing' }
  /** Blocks at the playhead are missing. */
  | { readonly kind: 'waiting'; readonly thenPlay: boolean }
  | { readonly kind: 'ended' }

export type Picture =
  | { readonly kind: 'none_yet' }
  | { readonly kind: 'shown'; readonly windowId: string; readonly size: Size }
  | { readonly kind: 'impossible'; readonly reason: 'mobile' | 'no_snapshot' }

/** Events are handed to rrweb this much ahead of the playhead. */
const FEED_AHEAD_MS = 2000
/**
 * Following a live recording: the further behind, the faster, so that three seconds that came at once (an SDK sends what it gathered) are
 * seen within two. Further behind than `LAG` jumps to `LEAD` before the newest event.
 */
const LIVE_LAG_MS = 5000
const LIVE_LEAD_MS = 1000
const LIVE_CALM_MS = 2000
/** A running recording from which nothing has come for so long is over for one who reaches its end. */
const LIVE_QUIET_MS = 10_000
const TELL_EVERY_MS = 400
const TELL_LATE_MS = 150
/** Who looks for a moment goes on looking: so long after a picture that stands still, nothing is fetched that the next one would wait for. */
const REST_MS = 300
/** A gap in what was already shown is repaired this often at most. */
const REPAIR_EVERY_MS = 1000

export class Player {
  readonly changes = new Observers()
  readonly ticks = new Observers()
  phase: Phase = { kind: 'loading' }
  picture: Picture = { kind: 'none_yet' }
  speed = 1
  skipsIdle = true
  /** What was jumped over last, for the message on the screen. */
  skipped: { readonly milliseconds: number; readonly at: number } | undefined
  /** The window that the viewer chose; undefined follows the activity. */
  chosenWindow: string | undefined
  troubles = 0
  lastTrouble = ''
  /** Reads again what is not kept. */
  readonly looking: Looking

  private time = 0
  private lastTick = 0
  private turn = 0
  /** A `show` is under way: the clock stands. */
  private showing = false
  private replay: Replay | undefined
  private shownWindow = ''
  /** Was wanted, and has no picture: not asked for again and again. */
  private refusedWindow: string | undefined
  /** Something came late that belongs into the picture on screen. */
  private needsRepair = false
  private lastRepair = 0
  private tellTimer: number | undefined
  private showTimer: number | undefined
  private restTimer: number | undefined
  /** When the last picture was there, on the page's clock. */
  private shownAt = -Infinity
  private frame = 0
  private closed = false
  private readonly stage: Stage
  private readonly loading: Loading
  /** Loaded while the first block is on its way. */
  private readonly replayer = import('./replayer')

  constructor(source: RecordingSource, element: HTMLElement) {
    this.stage = new Stage(element)
    this.looking = new Looking(source, () => this.recording && { startedAt: this.recording.listing.startedAt, blocks: this.recording.coverage.all })
    this.loading = new Loading(source, {
      arrived: (decoded, isFirst) => this.linesArrived(decoded, isFirst),
      told: () => this.told(),
      replaced: () => (this.needsRepair = true),
      changed: () => {
        this.fetchAround()
        this.changes.tell()
      },
      failed: (error) => this.fail(error),
    })
  }

  get recording(): LoadedRecording | undefined {
    return this.loading.recording
  }

  get live(): Live {
    return this.loading.live
  }

  /** How far the reading of what happened has come. */
  get reading(): Reading {
    return this.loading.reading
  }

  /** Reads what happened in all of the recording now, instead of by and by. */
  readOn(): void {
    this.loading.hurry()
  }

  get lostBlocks(): number {
    return this.loading.lostBlocks
  }

  get position(): number {
    return this.time
  }

  get duration(): number {
    return this.recording?.duration ?? 0
  }

  get wantsToPlay(): boolean {
    return this.phase.kind === 'playing' || (this.phase.kind === 'waiting' && this.phase.thenPlay)
  }

  /** The page on screen, for who looks into it; another one after each jump back. */
  get recordedPage(): RecordedPage | undefined {
    return this.picture.kind === 'shown' ? this.replay?.page : undefined
  }

  get shownWindowId(): string {
    return this.shownWindow
  }

  /** Loads the recording and shows its first picture, or the one at `time`. */
  async open(time: number | undefined): Promise<void> {
    try {
      await this.loading.open()
    } catch (error) {
      return this.fail(error)
    }
    this.frame = requestAnimationFrame(this.tick)
    await this.show(time ?? firstPictureTime(this.recording?.listing.blocks ?? []))
  }

  close(): void {
    this.closed = true
    this.turn += 1
    cancelAnimationFrame(this.frame)
    window.clearTimeout(this.tellTimer)
    window.clearTimeout(this.showTimer)
    window.clearTimeout(this.restTimer)
    this.loading.close()
    this.looking.close()
    this.stage.close()
  }

  play(): void {
    if (this.wantsToPlay || this.phase.kind === 'loading' || this.phase.kind === 'failed') return
    if (this.phase.kind === 'ended' || (this.time >= this.duration && this.live.kind === 'no')) {
      this.enter({ kind: 'waiting', thenPlay: true })
      void this.show(firstPictureTime(this.recording?.listing.blocks ?? []))
      return
    }
    if (this.showing) this.enter({ kind: 'waiting', thenPlay: true })
    else this.startPlaying()
  }

  pause(): void {
    this.loading.setFollowing(false)
    if (this.phase.kind === 'waiting') return this.enter({ kind: 'waiting', thenPlay: false })
    if (this.phase.kind !== 'playing') return
    if (!this.showing) this.stopReplay()
    this.enter({ kind: 'paused' })
  }

  toggle(): void {
    if (this.wantsToPlay) this.pause()
    else this.play()
  }

  /** Stands still at `time`; resolves when that is on screen. */
  async seek(time: number): Promise<void> {
    this.pause()
    await this.show(time)
  }

  /** As `seek`, but goes on playing where it was playing. */
  async jump(time: number): Promise<void> {
    this.loading.setFollowing(false)
    await this.show(time)
  }

  /** For a picture that was lost, as when its frame was moved to another place of the page. */
  drawAgain(): void {
    if (this.picture.kind !== 'shown') return
    this.needsRepair = true
    this.lastRepair = -Infinity
  }

  /** Stands still where the picture changes next, or where it changed last before this moment. */
  async stepFrame(step: 1 | -1): Promise<void> {
    this.pause()
    const turn = ++this.turn
    // As while a picture is brought: what is fetched on the way is not let go of before it is there.
    this.showing = true
    for (;;) {
      const { recording } = this
      if (!recording || turn !== this.turn) return
      const lines = this.shownLines()
      const found = step > 0 ? lines?.changeAfter(this.time) : lines?.changeBefore(this.time)
      const missing = recording.missingBetween(this.time, found, step)
      if (!missing) return this.show(found ?? this.time)
      this.loading.fetchFirst([linesOf(missing)])
      await this.loading.nextArrival()
    }
  }

  setSpeed(speed: number): void {
    this.speed = speed
    this.replay?.setSpeed(speed)
    this.changes.tell()
  }

  setSkipsIdle(skips: boolean): void {
    this.skipsIdle = skips
    this.changes.tell()
  }

  chooseWindow(windowId: string | undefined): void {
    this.chosenWindow = windowId
    this.changes.tell()
    void this.show(this.time)
  }

  /** Goes to the end of a running recording and stays there. */
  goLive(): void {
    if (this.live.kind === 'no') return
    this.loading.setFollowing(true)
    if (this.phase.kind !== 'playing') this.enter({ kind: 'waiting', thenPlay: true })
    void this.show(Math.max(0, this.duration - LIVE_LEAD_MS))
  }

  private linesArrived(decoded: DecodedLines, isFirst: boolean): void {
    const replay = this.replay
    const isLate = (line: ReplayLine): boolean =>
      line.windowId === this.shownWindow && replay !== undefined && compare(line, replay.lastFed) < 0
    // Only of a running recording something comes that belongs before what is here already.
    const start = isFirst && this.live.kind === 'running' ? this.shownLines()?.pictureAt(this.time) : undefined
    if (start && decoded.lines.some((line) => isLate(line) && compare(line, start.snapshot) >= 0)) this.needsRepair = true
    if (this.picture.kind === 'impossible' && decoded.lines.some((line) => line.role === 'full_snapshot')) {
      this.picture = { kind: 'none_yet' }
      this.needsRepair = true
    }
    this.fetchAround()
    this.tellChanges()
  }

  /** Blocks that are read for their entries alone come by the hundred: who shows them hears of it a few times a second. */
  private told(): void {
    if (this.tellTimer !== undefined) return
    this.tellTimer = window.setTimeout(() => {
      this.tellTimer = undefined
      this.fetchAround()
      this.changes.tell()
    }, TELL_EVERY_MS)
  }

  /** While the first picture or another urgent one is under way, nothing else is; nor for a moment after it, unless it plays. */
  private fetchAround(): void {
    if (this.showing || this.phase.kind === 'loading') return
    const rest = this.wantsToPlay ? 0 : this.shownAt + REST_MS - performance.now()
    window.clearTimeout(this.restTimer)
    if (rest > 0) {
      this.restTimer = window.setTimeout(() => this.fetchAround(), rest)
      return
    }
    this.loading.fetchAround(this.time, this.shownWindow === '' ? undefined : this.shownWindow, this.speed)
  }

  // The picture

  /** Brings the picture at `time` on screen; a newer call takes over from an older one. */
  private async show(time: number): Promise<void> {
    const turn = ++this.turn
    this.showing = true
    this.replay?.pause()
    this.time = Math.min(Math.max(0, time), this.duration)
    try {
      if (!(await this.loadPicture(turn))) return
      const module = await this.replayer
      if (turn !== this.turn) return
      await this.takeReplay(module.Replay)
    } catch (error) {
      if (turn === this.turn) this.fail(error)
    } finally {
      if (turn === this.turn) this.shown()
    }
  }

  private shown(): void {
    this.showing = false
    this.shownAt = performance.now()
    const atEnd = this.time >= this.duration && this.live.kind === 'no'
    if (this.wantsToPlay && !atEnd) this.startPlaying()
    else if (this.wantsToPlay) this.enter({ kind: 'ended' })
    else if (this.phase.kind !== 'failed') this.enter({ kind: 'paused' })
    this.fetchAround()
    this.ticks.tell()
  }

  /** True when everything that the picture is made of is here. */
  private async loadPicture(turn: number): Promise<boolean> {
    for (;;) {
      const { recording } = this
      if (!recording || turn !== this.turn) return false
      const missing = this.missingForPicture(recording)
      if (missing.length === 0) return true
      if (this.phase.kind !== 'loading' && this.phase.kind !== 'waiting') {
        this.enter({ kind: 'waiting', thenPlay: this.wantsToPlay })
      }
      this.loading.fetchFirst(missing)
      await this.loading.nextArrival()
    }
  }

  /** First what tells which window it is, then what its picture is made of. */
  private missingForPicture(recording: LoadedRecording): readonly Part[] {
    const unsure = this.chosenWindow === undefined ? recording.coverage.missingOf(recording.unsureAt(this.time)) : []
    if (unsure.length > 0 && !recording.isKnownClose(this.time)) return unsure.map(linesOf)
    // Mostly it is the window that it seems to be: what that needs comes with what tells.
    const missing = this.loading.missingFor(this.time, this.chosenWindow ?? recording.windowAt(this.time))
    return [...unsure.map(linesOf), ...missing.filter((part) => part.kind !== 'block' || !unsure.includes(part.block))]
  }

  /** Takes the replayer on screen forward, or builds another one. */
  private async takeReplay(Replay: ReplayClass): Promise<void> {
    const { time, recording } = this
    if (!recording) return
    const wanted = this.chosenWindow ?? recording.windowAt(time)
    const has = (id: string | undefined): boolean => id !== undefined && recording.window(id)?.pictureAt(time) !== undefined
    const windowId = [wanted, recording.windowWithPicture(time)].find(has)
    const lines = windowId === undefined ? undefined : recording.window(windowId)
    const start = lines?.pictureAt(time)
    this.refusedWindow = windowId === wanted ? undefined : wanted
    const isRepair = this.needsRepair
    this.needsRepair = false
    if (windowId === undefined || !lines || !start) {
      this.picture = { kind: 'impossible', reason: recording.isMobile ? 'mobile' : 'no_snapshot' }
      return
    }
    const old = this.replay
    if (old && !isRepair && windowId === this.shownWindow && this.goesOn(recording, lines, old, start)) {
      await old.bring(lines.after(old.lastFed, time), time)
      await old.settled()
      // It may have been begun for a seek that was overtaken before it was seen.
      if (this.replay === old) this.stage.reveal(old)
      return nextFrame()
    }
    const isFirst = this.stage.isEmpty
    const replay = this.stage.begin((root) => {
      return new Replay({
        root,
        base: recording.listing.startedAt,
        start,
        onSize: (size) => this.sizeChanged(windowId, size),
        onTrouble: (message) => {
          this.troubles += 1
          this.lastTrouble = message
        },
      })
    })
    this.replay = replay
    this.shownWindow = windowId
    await replay.bring(lines.after(start.until, time), time)
    // Nothing stands there that should stay until this one is painted.
    if (isFirst && this.replay === replay) this.stage.reveal(replay)
    await replay.settled()
    if (this.replay === replay) this.stage.reveal(replay)
    else this.stage.giveUp(replay)
    await nextFrame()
  }

  /** Whether the picture on screen can be taken to the playhead, and that is less to replay than another one from `start`. */
  private goesOn(recording: LoadedRecording, lines: WindowLines, old: Replay, start: PictureStart): boolean {
    const { time } = this
    if (time < old.reached) return false
    if (compare(start.until, old.lastFed) <= 0) return true
    if (!recording.coverage.isWhole(old.lastFed.timestamp, time)) return false
    const anew = bytesOf([start.snapshot, ...start.rest]) + bytesOf(lines.after(start.until, time))
    return bytesOf(lines.after(old.lastFed, time)) < anew
  }

  private sizeChanged(windowId: string, size: Size): void {
    this.picture = { kind: 'shown', windowId, size }
    this.changes.tell()
  }

  private shownLines(): WindowLines | undefined {
    return this.recording?.window(this.shownWindow)
  }

  private startPlaying(): void {
    if (this.replay && this.picture.kind === 'shown') {
      this.time = Math.max(this.time, Math.min(this.replay.reached, this.duration))
      this.replay.play(this.time, this.speed)
    }
    this.lastTick = performance.now()
    this.enter({ kind: 'playing' })
  }

  private stopReplay(): void {
    if (!this.replay?.isPlaying) return
    this.time = Math.max(this.time, Math.min(this.replay.reached, this.duration))
    void this.replay.advanceTo(this.time)
  }

  // The clock

  private readonly tick = (): void => {
    if (this.closed) return
    this.frame = requestAnimationFrame(this.tick)
    const now = performance.now()
    const passed = now - this.lastTick
    this.lastTick = now
    if (this.showing || this.phase.kind === 'loading' || this.phase.kind === 'failed') return
    if (this.needsRepair && now - this.lastRepair > REPAIR_EVERY_MS) {
      this.lastRepair = now
      void this.show(this.time)
      return
    }
    if (this.phase.kind === 'playing' && this.recording) this.advance(this.recording, passed)
  }

  private advance(recording: LoadedRecording, passed: number): void {
    const { coverage, duration } = recording
    const following = this.live.kind === 'running' && this.live.following
    const speed = following ? 1 + Math.max(0, duration - this.time) / LIVE_CALM_MS : this.speed
    const next = this.time + passed * speed
    const playable = coverage.playableUntil(this.time)
    if (following && duration - next > LIVE_LAG_MS) return void this.show(duration - LIVE_LEAD_MS)
    if (next >= playable && playable < duration) {
      this.time = Math.max(this.time, Math.min(next, playable))
      return void this.show(this.time)
    }
    this.time = Math.min(next, duration)
    const idle = this.skipsIdle && !following ? recording.activity.idleAt(this.time, duration) : undefined
    if (idle && coverage.isWhole(this.time, Math.min(idle.to, duration)) && idle.to - this.time > 500) {
      this.skipped = { milliseconds: idle.to - this.time, at: performance.now() }
      return void this.show(idle.to)
    }
    if (this.time >= duration && !following && (this.live.kind === 'no' || this.lastTick - this.loading.lastArrival > LIVE_QUIET_MS)) {
      this.stopReplay()
      this.enter({ kind: 'ended' })
      return this.ticks.tell()
    }
    const windowId = this.chosenWindow ?? recording.windowAt(this.time)
    const isOther = windowId !== undefined && windowId !== this.shownWindow && windowId !== this.refusedWindow
    if (isOther && this.picture.kind === 'shown') {
      return void this.show(this.time)
    }
    this.feedAhead(playable)
    this.replay?.keepStep(this.time, speed)
    this.ticks.tell()
  }

  private feedAhead(playable: number): void {
    const lines = this.shownLines()
    if (!this.replay?.isPlaying || !lines) return
    const until = Math.min(this.time + FEED_AHEAD_MS * Math.max(1, this.speed), playable - 1)
    const fresh = lines.after(this.replay.lastFed, until)
    if (fresh.length > 0) void this.replay.feed(fresh)
  }

  // Small steps

  private enter(phase: Phase): void {
    this.phase = phase
    this.tellChanges()
  }

  /**
   * A picture on its way is not told of step by step: what stands around it would be drawn anew for each, and the picture come later.
   * Where it takes long, that is told.
   */
  private tellChanges(): void {
    if (!this.showing || this.phase.kind === 'failed') {
      window.clearTimeout(this.showTimer)
      this.showTimer = undefined
      this.changes.tell()
      return
    }
    this.showTimer ??= window.setTimeout(() => {
      this.showTimer = undefined
      this.changes.tell()
    }, TELL_LATE_MS)
  }

  private fail(error: unknown): void {
    this.enter({ kind: 'failed', error: asError(error) })
  }
}
