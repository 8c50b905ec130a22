// A recording on the server.

import type { BlockListing, RecordingFacts } from '../format/listing'
import type { DecodeWorker } from './decoding'
import { fetchBlock, fetchKeyframe, fetchListing, fetchRecording } from './recordings'
import { LiveStream } from './live-stream'
import { startWorker } from './start-worker'
import type { Following, LiveEvents, RecordingSource } from './source'

export class HttpSource implements RecordingSource {
  constructor(readonly id: string) {}

  facts(): Promise<RecordingFacts> {
    return fetchRecording(this.id)
  }

  listing(): Promise<BlockListing> {
    return fetchListing(this.id)
  }

  block(key: number, base: number, signal: AbortSignal): Promise<ArrayBuffer> {
    return fetchBlock(this.id, key, base, signal)
  }

  keyframe(key: number, base: number, signal: AbortSignal): Promise<ArrayBuffer> {
    return fetchKeyframe(this.id, key, base, signal)
  }

  startWorker(): DecodeWorker {
    return startWorker()
  }

  follow(base: number, events: LiveEvents): Following {
    return new LiveStream(this.id, base, events)
  }
}
