// The live stream of a running recording: the listing first, then lines, gathered for a moment so that a burst
// of a hundred lines is decoded at once.

import { readBlockListing } from '../format/listing'
import { parseJson } from '../format/json'
import { livePath } from './recording-paths'
import type { LiveEvents } from './source'

const GATHER_MS = 50

export class LiveStream {
  private readonly source: EventSource
  private gathered: string[] = []
  private timer: number | undefined

  constructor(id: string, base: number, events: LiveEvents) {
    this.source = new EventSource(livePath(id, base))
    this.source.addEventListener('open', () => events.connected(true))
    // The browser connects again by itself; lines that come twice are known by their identity.
    this.source.addEventListener('error', () => events.connected(false))
    this.source.addEventListener('blocks', ({ data }: MessageEvent<string>) => {
      const listing = readBlockListing(parseJson(data))
      if (listing) events.listing(listing)
    })
    this.source.addEventListener('line', ({ data }: MessageEvent<string>) => {
      this.gathered.push(data)
      this.timer ??= window.setTimeout(() => this.handOn(events), GATHER_MS)
    })
    this.source.addEventListener('finished', () => {
      this.handOn(events)
      this.close()
      events.finished()
    })
  }

  close(): void {
    this.source.close()
    window.clearTimeout(this.timer)
  }

  private handOn(events: LiveEvents): void {
    window.clearTimeout(this.timer)
    this.timer = undefined
    const texts = this.gathered
    this.gathered = []
    if (texts.length > 0) events.lines(texts)
  }
}
