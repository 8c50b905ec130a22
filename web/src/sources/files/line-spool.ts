// Lines of a file that has no block index, gathered into blocks as they are read. Their bytes go into blobs, which browsers hold outside of
// the tab, on disk if there are many.

import { arrayOf, numberOf, objectOf, textOf, type JsonObject } from '../../format/json'
import { EventType } from '../../format/rrweb-numbers'
import { joined } from './json-picker'

const BLOCK_BYTES = 1024 * 1024
/** Before a full snapshot a smaller block is closed too, so that a seek begins at its beginning. */
const SMALL_BLOCK_BYTES = 64 * 1024

export interface SpooledBlock {
  readonly lines: Blob
  isDamaged: boolean
  /** As a listing says it. */
  readonly about: JsonObject
}

export class LineSpool {
  readonly blocks: SpooledBlock[] = []
  first = Infinity
  last = -Infinity
  readonly windows = new Set<string>()
  readonly counts = { events: 0, clicks: 0, keypresses: 0, console_log: 0, console_warn: 0, console_error: 0 }
  readonly pages = new Set<string>()
  private parts: Uint8Array[] = []
  private bytes = 0
  private range: [number, number] | undefined
  private snapshots: JsonObject[] = []
  private hasSnapshot = false

  /** `line` is what stands in `bytes`, which end with a line break. */
  add(bytes: Uint8Array, line: JsonObject): void {
    const event = objectOf(line.event)
    const isSnapshot = event?.type === EventType.FullSnapshot
    if (isSnapshot && this.bytes >= SMALL_BLOCK_BYTES) this.close()
    this.parts.push(bytes)
    this.bytes += bytes.length
    const timestamp = numberOf(line.timestamp)
    if (timestamp !== undefined) this.note(timestamp, textOf(line.window_id) ?? '', event)
    if (this.bytes >= BLOCK_BYTES || (isSnapshot && !this.hasSnapshot)) this.close()
    this.hasSnapshot ||= isSnapshot
  }

  /** Those that were closed from `place` on differ from their digest: they are left out of what is shown. */
  damagedFrom(place: number): void {
    for (const block of this.blocks.slice(place)) block.isDamaged = true
  }

  /** Ends a block here, if there is anything in it. */
  close(): void {
    if (this.range) {
      const [first, last] = this.range
      const about = { key: this.blocks.length, first, last, raw_length: this.bytes, full_snapshots: this.snapshots }
      this.blocks.push({ lines: new Blob([joined(this.parts)]), isDamaged: false, about })
    }
    this.parts = []
    this.bytes = 0
    this.range = undefined
    this.snapshots = []
  }

  private note(timestamp: number, windowId: string, event: JsonObject | undefined): void {
    this.range = this.range ? [Math.min(this.range[0], timestamp), Math.max(this.range[1], timestamp)] : [timestamp, timestamp]
    this.first = Math.min(this.first, timestamp)
    this.last = Math.max(this.last, timestamp)
    if (!event) return
    this.windows.add(windowId)
    this.counts.events += 1
    const data = objectOf(event.data)
    if (event.type === EventType.FullSnapshot && objectOf(data?.node)) this.snapshots.push({ window_id: windowId, timestamp })
    if (event.type === EventType.Meta && typeof data?.href === 'string') this.pages.add(data.href)
    if (event.type === EventType.Incremental && data?.source === 2 && data.type === 2) this.counts.clicks += 1
    if (event.type === EventType.Incremental && data?.source === 5) this.counts.keypresses += 1
    if (textOf(data?.plugin)?.startsWith('rrweb/console@')) this.countConsole(objectOf(data?.payload))
  }

  private countConsole(payload: JsonObject | undefined): void {
    const level = payload?.level
    if (level === 'error' || level === 'assert') this.counts.console_error += 1
    else if (level === 'warn') this.counts.console_warn += 1
    else if (arrayOf(payload?.payload).length > 0) this.counts.console_log += 1
  }
}
