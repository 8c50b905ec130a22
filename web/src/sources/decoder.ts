// The page's end of the decode worker: one worker per recording, answers by number.

import type { DecodedLines } from '../format/line'
import type { DecodeAnswer, DecodeRequest } from './decode-worker'

/** Written in by the build: the worker's file name carries a hash. */
declare const DECODE_WORKER_URL: string

/** Above every block's: lines of the live stream stand after those of the blocks at the same time. */
const FIRST_LIVE_ORDER = 4e15

export class Decoder {
  private readonly worker = new Worker(DECODE_WORKER_URL)
  private readonly waiting = new Map<number, { resolve: (lines: DecodedLines) => void; reject: (reason: Error) => void }>()
  private nextId = 1
  private nextLiveOrder = FIRST_LIVE_ORDER

  constructor() {
    this.worker.addEventListener('message', ({ data: answer }: MessageEvent<DecodeAnswer>) => {
      this.waiting.get(answer.id)?.resolve(answer.decoded)
      this.waiting.delete(answer.id)
    })
    this.worker.addEventListener('error', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('the decoder stopped'))
      this.waiting.clear()
    })
  }

  decodeBlock(key: number, bytes: ArrayBuffer): Promise<DecodedLines> {
    return this.ask({ id: this.nextId++, kind: 'block', key, bytes }, [bytes])
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
    return new Promise((resolve, reject) => {
      this.waiting.set(request.id, { resolve, reject })
      this.worker.postMessage(request, transfer)
    })
  }
}
