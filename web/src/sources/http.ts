// A recording on the server.

import type { BlockListing, RecordingFacts } from '../format/listing'
import { fetchBlock, fetchKeyframe, fetchListing, fetchRecording } from './recordings'
import { LiveStream } from './live-stream'
import type { Following, LiveEvents, RecordingSource } from './source'

/** Written in by the build: the worker's file name carries a hash. */
declare const DECODE_WORKER_URL: string

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

  startWorker(): Worker {
    return new Worker(DECODE_WORKER_URL)
  }

  follow(base: number, events: LiveEvents): Following {
    return new LiveStream(this.id, base, events)
  }
}
