// A worker where the browser starts one, and the page itself where it does not: what a page from a file may do differs from browser
// to browser, and a file that somebody was sent has to play.
//
// The worker is asked something at once. Until it has answered nothing is handed to it, because bytes that went to a worker
// that never runs would be gone.

import { beginDecodingBeside } from './decoding-beside'
import { Decoding, type DecodeAnswer, type DecodeRequest, type DecodeWorker } from './decoding'

/** Written in by the build where the decoder is a script of its own. */
declare const DECODER_IS_BESIDE: boolean | undefined

function beginDecoding(): Decoding {
  return typeof DECODER_IS_BESIDE === 'boolean' ? beginDecodingBeside() : new Decoding()
}

/** Far below the first that a decoder asks with. */
const GREETING: DecodeRequest = { id: -1, kind: 'lines', texts: [], firstOrder: 0 }

export class WorkerOrPage implements DecodeWorker {
  private readonly events = new EventTarget()
  private state:
    | { readonly kind: 'asking'; readonly waiting: [DecodeRequest, Transferable[]][] }
    | { readonly kind: 'worker'; readonly worker: Worker }
    | { readonly kind: 'page'; readonly decoding: Decoding }
    | { readonly kind: 'closed' } = { kind: 'asking', waiting: [] }
  private worker: Worker | undefined

  constructor(start: () => Worker) {
    try {
      const worker = (this.worker = start())
      worker.addEventListener('message', ({ data }: MessageEvent<DecodeAnswer>) => {
        if (data.id === GREETING.id) this.settle({ kind: 'worker', worker })
        else this.tell(data)
      })
      worker.addEventListener('error', () => {
        if (this.state.kind === 'asking') this.settle({ kind: 'page', decoding: beginDecoding() })
        else this.events.dispatchEvent(new Event('error'))
      })
      worker.postMessage(GREETING)
    } catch {
      this.settle({ kind: 'page', decoding: beginDecoding() })
    }
  }

  postMessage(request: DecodeRequest, transfer: Transferable[]): void {
    const { state } = this
    switch (state.kind) {
      case 'asking':
        state.waiting.push([request, transfer])
        return
      case 'worker':
        return state.worker.postMessage(request, transfer)
      case 'page':
        // Not at once, as a worker would not.
        setTimeout(() => this.tell(state.decoding.answer(request)))
        return
      case 'closed':
        return
      default:
        state satisfies never
    }
  }

  addEventListener(type: 'message', listener: (event: MessageEvent<DecodeAnswer>) => void): void
  addEventListener(type: 'error', listener: () => void): void
  addEventListener(type: string, listener: ((event: MessageEvent<DecodeAnswer>) => void) | (() => void)): void {
    this.events.addEventListener(type, listener as EventListener) // only events of these two kinds are dispatched
  }

  terminate(): void {
    this.state = { kind: 'closed' }
    this.worker?.terminate()
  }

  private settle(state: WorkerOrPage['state']): void {
    if (this.state.kind !== 'asking') return
    const { waiting } = this.state
    this.state = state
    for (const [request, transfer] of waiting) this.postMessage(request, transfer)
  }

  private tell(answer: DecodeAnswer): void {
    this.events.dispatchEvent(new MessageEvent('message', { data: answer }))
  }
}
