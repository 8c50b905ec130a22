// The worker that decodes: beside the page's scripts where there is a server, written into them where there is none. What the build
// wrote in says which; a browser that starts neither decodes in the page.

import type { DecodeWorker } from './decoding'
import { takeEarlyWorker } from './early'
import { textOfDecoderBeside } from './decoding-beside'
import { WorkerOrPage } from './worker-or-page'

/** Written in by the build: the worker's address on the server of this page, its whole text, or that it is a script of the page. */
declare const DECODE_WORKER_URL: string | undefined
declare const DECODE_WORKER_TEXT: string | undefined
declare const DECODER_IS_BESIDE: boolean | undefined

function textOfWorker(): string {
  if (typeof DECODER_IS_BESIDE === 'boolean') return textOfDecoderBeside()
  return typeof DECODE_WORKER_TEXT === 'string' ? DECODE_WORKER_TEXT : ''
}

let besideScript: string | undefined

/** The player as a package: where its own script came from. The worker lies beside it, under this name. */
export function workerIsBeside(script: string | undefined, name: string): void {
  if (script === undefined || script === '') return
  const address = new URL(name, new URL(script, document.baseURI))
  // A worker may come from the page's own server only. A page from a file has none.
  if (address.origin === location.origin && /^https?:$/.test(address.protocol)) besideScript = address.href
}

export function startWorker(): DecodeWorker {
  if (typeof DECODE_WORKER_URL === 'string') return takeEarlyWorker() ?? new Worker(DECODE_WORKER_URL)
  return new WorkerOrPage(() => {
    if (besideScript !== undefined) return new Worker(besideScript)
    const address = URL.createObjectURL(new Blob([textOfWorker()], { type: 'text/javascript' }))
    const worker = new Worker(address)
    // By then it has been loaded, or never will be.
    const forget = (): void => URL.revokeObjectURL(address)
    worker.addEventListener('message', forget, { once: true })
    worker.addEventListener('error', forget, { once: true })
    return worker
  })
}
