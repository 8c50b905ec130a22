// Preview: a second, small picture of the page, at a time that is not the playhead's.
//
// ## What it promises
// 1. It fetches nothing: a picture is made of what is here, or there is none. Hovering over a recording asks nobody for anything.
// 2. What would take long to build is not built: the page stays free for the one who hovers.
// 3. It is as harmless as the large one: the same replayer, the same sandbox.

import type { Size } from '../format/line'
import { compare } from '../timeline/time-ordered'
import { bytesOf, type PictureStart, type WindowLines } from '../timeline/window-lines'
import type { LoadedRecording } from './loaded-recording'
import type { Replay } from './replayer'
import { Stage } from './stage'

/** Bytes of events from which a picture is built; of real pages half a second's work, and mostly far less. */
const MOST_BYTES = 6 * 1024 * 1024

interface Material {
  readonly windowId: string
  readonly start: PictureStart
  readonly lines: WindowLines
}

export class Preview {
  private readonly stage: Stage
  private replay: Replay | undefined
  private windowId = ''
  private size: Size | undefined
  private closed = false
  private readonly replayer = import('./replayer')

  constructor(element: HTMLElement) {
    this.stage = new Stage(element)
  }

  /** Shows the page at `time` and tells its size; undefined where there is no picture to be had. One call at a time. */
  async show(recording: LoadedRecording, time: number, chosenWindow: string | undefined): Promise<Size | undefined> {
    const material = materialFor(recording, time, chosenWindow)
    if (!material) return undefined
    const { windowId, start, lines } = material
    const { Replay } = await this.replayer
    if (this.closed) return undefined
    const old = this.replay
    const goesOn =
      old !== undefined &&
      windowId === this.windowId &&
      time >= old.reached &&
      compare(start.until, old.lastFed) <= 0
    if (goesOn) {
      await old.bring(lines.after(old.lastFed, time), time)
      return this.closed ? undefined : this.size
    }
    const replay = this.stage.begin((root) => {
      return new Replay({ root, base: recording.listing.startedAt, start, onSize: (size) => (this.size = size), onTrouble: () => undefined })
    })
    this.replay = replay
    this.windowId = windowId
    await replay.bring(lines.after(start.until, time), time)
    if (this.closed) return undefined
    this.stage.reveal(replay)
    return this.size
  }

  close(): void {
    this.closed = true
    this.stage.close()
  }
}

function materialFor(recording: LoadedRecording, time: number, chosenWindow: string | undefined): Material | undefined {
  const windowId = chosenWindow ?? recording.windowAt(time)
  const lines = windowId === undefined ? undefined : recording.window(windowId)
  const start = lines?.pictureAt(time)
  if (windowId === undefined || !lines || !start || start.snapshot.timestamp > time) return undefined
  if (!recording.coverage.isWhole(start.until.timestamp, time)) return undefined
  const bytes = bytesOf([start.snapshot, ...start.rest]) + bytesOf(lines.after(start.until, time))
  return bytes <= MOST_BYTES ? { windowId, start, lines } : undefined
}
