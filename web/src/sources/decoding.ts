// What a decoder is asked and answers, and the doing of it: in a worker, or in the page where there is none.

import { LineReader, type DecodedLines, type Wanted } from '../format/line'
import { Looker, type Looked, type LookRequest } from '../format/looking-into'

/** What bytes are to be read as. */
export type ReadAs = { readonly kind: 'block'; readonly key: number; readonly wanted: Wanted } | { readonly kind: 'keyframe' }

export type DecodeRequest =
  | (ReadAs & { readonly id: number; readonly bytes: ArrayBuffer })
  | { readonly id: number; readonly kind: 'lines'; readonly texts: readonly string[]; readonly firstOrder: number }
  /** The page holds these no longer: blocks, and lines of the live stream before a time. */
  | { readonly id: number; readonly kind: 'forget'; readonly keys: readonly number[]; readonly liveBefore: number }
  | { readonly id: number; readonly kind: 'look'; readonly look: LookRequest }

/** Bytes that the worker gets for itself, while the page that asks is busy with its own beginning. */
export interface FetchRequest {
  readonly id: number
  readonly kind: 'fetch'
  readonly path: string
  readonly readAs: ReadAs
}

/** Of what the worker was to get itself and could not read: the page may ask in its own way. */
export interface FetchFailure {
  readonly id: number
  readonly failed: string
}

export type DecodeAnswer =
  | { readonly id: number; readonly decoded: DecodedLines }
  | { readonly id: number; readonly looked: Looked }

/** What a worker is: it remembers what it has read. */
export class Decoding {
  private readonly reader = new LineReader()
  private readonly looker = new Looker()

  answer(request: DecodeRequest): DecodeAnswer {
    const { id } = request
    switch (request.kind) {
      case 'block':
        return { id, decoded: plain(this.reader.readBlock(new Uint8Array(request.bytes), request.key, request.wanted)) }
      case 'keyframe':
        return { id, decoded: plain(this.reader.readKeyframe(new Uint8Array(request.bytes))) }
      case 'lines':
        return { id, decoded: plain(this.reader.readTexts(request.texts, request.firstOrder)) }
      case 'forget':
        this.reader.forgetBlocks(request.keys)
        this.reader.forgetLiveBefore(request.liveBefore)
        return { id, decoded: plain(this.reader.readTexts([], 0)) }
      case 'look':
        return { id, looked: this.looker.look(request.look) }
      default:
        return request satisfies never
    }
  }
}

/** A copy without methods: those do not travel. */
function plain({ lines, entries, entryBytes, signs, newest, hasWireframes, traces, visitor, skipped, reason }: DecodedLines): DecodedLines {
  return { lines, entries, entryBytes, signs, newest, hasWireframes, traces, visitor, skipped, reason }
}

/** As much of a worker as a decoder needs. */
export interface DecodeWorker {
  postMessage(request: DecodeRequest, transfer: Transferable[]): void
  addEventListener(type: 'message', listener: (event: MessageEvent<DecodeAnswer>) => void): void
  addEventListener(type: 'error', listener: () => void): void
  terminate(): void
}
