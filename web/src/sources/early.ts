// What a page needs first is asked for by a small script that runs before the page's others are here (`pages/<page>-early.ts`), and is on
// its way, or arrived, when they look for it: answers of the server, and blocks that a worker has read meanwhile.
//
// Each is found once: who asks again asks the server. What went wrong early goes wrong again, where it is dealt with; what nobody looks
// for does no harm. A page has one recording, so parts are known by their keys.

import type { DecodedLines } from '../format/line'
import type { DecodeAnswer, FetchFailure, FetchRequest, ReadAs } from './decoding'

/** Members of the page's window, because the early script and the modules share nothing else. */
interface Left {
  /** By path. */
  readonly answers: Map<string, Promise<Response>>
  /** By the name of the part. */
  readonly decoded: Map<string, Promise<DecodedLines>>
  /** Was given something to read, and waits for whoever goes on with it. */
  worker?: Worker
  /** Runs, and has nothing to do. */
  spare?: Worker
}

declare global {
  interface Window {
    cassetteEarly?: Left
  }
}

function left(): Left {
  return (window.cassetteEarly ??= { answers: new Map(), decoded: new Map() })
}

// For whoever asks early

/** What was asked for another recording, and still comes, is nobody's from now on. */
export function forgetEarly(): void {
  const { worker, ...before } = left()
  worker?.terminate()
  window.cassetteEarly = { ...before, answers: new Map(), decoded: new Map() }
}

/** A worker takes as long to begin as it takes to get a recording. */
export function keepWorkerReady(address: string): void {
  if (left().spare) return
  const spare = new Worker(address)
  left().spare = spare
  spare.addEventListener('error', () => {
    if (left().spare === spare) delete left().spare
  })
}

export function askEarly(path: string): void {
  left().answers.set(path, begin(path))
}

/** The same for JSON that says what else is to be asked for. Undefined where there is none: the page will say why. */
export async function readEarly(path: string): Promise<unknown> {
  const asked = begin(path)
  const json = asked.then((answer): unknown => (answer.ok ? answer.json() : undefined))
  const settled = json.catch(() => undefined)
  // An answer's body is read once, and a long listing should not be parsed twice.
  const read = asked.then(async (answer) => {
    await settled
    return answer.ok ? Object.assign(answer, { json: () => json }) : answer
  })
  left().answers.set(path, patient(read))
  return settled
}

/** Has a worker begun, which gets and reads what it is told to; the page goes on with it. */
export function startDecodingEarly(address: string): (name: string, path: string, readAs: ReadAs) => void {
  const own = left()
  const worker = own.spare ?? new Worker(address)
  delete own.spare
  own.worker = worker
  // One that does not run is not handed on: whoever took it would wait for it, and hear of nothing.
  const broken = patient(
    new Promise<never>((_, reject) => {
      worker.addEventListener('error', () => {
        delete own.worker
        reject(new Error('the worker does not run'))
      })
    }),
  )
  // The page's own numbers are above 0, and its first question to a worker may be -1.
  let id = -1
  return (name, path, readAs) => {
    const number = --id
    const decoded = new Promise<DecodedLines>((resolve, reject) => {
      worker.addEventListener('message', ({ data }: MessageEvent<DecodeAnswer | FetchFailure>) => {
        if (data.id !== number) return
        if ('decoded' in data) resolve(data.decoded)
        else if ('failed' in data) reject(new Error(data.failed))
      })
    })
    worker.postMessage({ id: number, kind: 'fetch', path, readAs } satisfies FetchRequest)
    own.decoded.set(name, patient(Promise.race([decoded, broken])))
  }
}

function begin(path: string): Promise<Response> {
  return patient(fetch(path, { credentials: 'same-origin' }))
}

/** Whoever takes it sees what went wrong; until then it is nobody's error. */
function patient<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

// For the page

/** What was asked for early is mostly here in a moment: a page that waits for it is drawn once. Never waits longer than this. */
export async function earlyAnswers(mostMs: number): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, mostMs))
  await Promise.race([Promise.allSettled(left().answers.values()), late])
}

export function takeEarly(path: string): Promise<Response> | undefined {
  return taken(window.cassetteEarly?.answers, path)
}

export function takeDecoded(name: string): Promise<DecodedLines> | undefined {
  return taken(window.cassetteEarly?.decoded, name)
}

export function takeEarlyWorker(): Worker | undefined {
  const worker = window.cassetteEarly?.worker
  delete window.cassetteEarly?.worker
  return worker
}

function taken<T>(all: Map<string, T> | undefined, name: string): T | undefined {
  const found = all?.get(name)
  all?.delete(name)
  return found
}
