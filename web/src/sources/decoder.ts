// The page's end of the decode worker: one worker per recording, answers by number.

import type { DecodedLines, Wanted } from '../format/line'
import type { DecodeAnswer, DecodeRequest, DecodeWorker } from './decoding'

/** Above every block's: lines of the live stream stand after those of the blocks at the same time. */
export const FIRST_LIVE_ORDER = 4e15

const STOPPED = 'The part of this page that reads recordings has stopped.'

export class Decoder {
  private readonly waiting = new Map<number, { resolve: (lines: DecodedLines) => void; reject: (reason: Error) => void }>()
  private nextId = 1
  private stopped = false
  private nextLiveOrder = FIRST_LIVE_ORDER

  constructor(private readonly worker: DecodeWorker) {
    this.worker.addEventListener('message', ({ data: answer }: MessageEvent<DecodeAnswer>) => {
      if ('decoded' in answer) this.waiting.get(answer.id)?.resolve(answer.decoded)
      this.waiting.delete(answer.id)
    })
    this.worker.addEventListener('error', () => {
      this.stopped = true
      for (const { reject } of this.waiting.values()) reject(new Error(STOPPED))
      this.waiting.clear()
    })
  }

  decodeBlock(key: number, bytes: ArrayBuffer, wanted: Wanted): Promise<DecodedLines> {
    return this.ask({ id: this.nextId++, kind: 'block', key, bytes, wanted }, [bytes])
  }

  decodeKeyframe(bytes: ArrayBuffer): Promise<DecodedLines> {
    return this.ask({ id: this.nextId++, kind: 'keyframe', bytes }, [bytes])
  }

  /** For a running recording, where the same line may come by several ways. */
  forget(keys: readonly number[], liveBefore: number): void {
    this.ask({ id: this.nextId++, kind: 'forget', keys, liveBefore }, []).catch(() => undefined) // a worker that stopped remembers nothing
  }

  decodeLines(texts: readonly string[]): Promise<DecodedLines> {
    const firstOrder = this.nextLiveOrder
    this.nextLiveOrder += texts.length
    return this.ask({ id: this.nextId++, kind: 'lines', texts, firstOrder }, [])
  }

  close(): void {
    this.worker.terminate()
  }

  private ask(request: DecodeRequest, transfer: Transferable[]): Promise<DecodedLines> {
    if (this.stopped) return Promise.reject(new Error(STOPPED))
    return new Promise((resolve, reject) => {
      this.waiting.set(request.id, { resolve, reject })
      this.worker.postMessage(request, transfer)
    })
  }
}
