// What a decoder is asked and answers, and the doing of it: in a worker, or in the page where there is none.

import type { DecodedLines, LineReader } from '../format/line'

export type DecodeRequest =
  | { readonly id: number; readonly kind: 'block'; readonly key: number; readonly bytes: ArrayBuffer }
  | { readonly id: number; readonly kind: 'lines'; readonly texts: readonly string[]; readonly firstOrder: number }

export interface DecodeAnswer {
  readonly id: number
  readonly decoded: DecodedLines
}

export function decode(reader: LineReader, request: DecodeRequest): DecodeAnswer {
  const decoded =
    request.kind === 'block'
      ? reader.readBlock(new Uint8Array(request.bytes), request.key)
      : reader.readTexts(request.texts, request.firstOrder)
  return {
    id: request.id,
    // A copy without methods: those do not travel.
    decoded: {
      lines: decoded.lines,
      entries: decoded.entries,
      device: decoded.device,
      skipped: decoded.skipped,
      reason: decoded.reason,
    },
  }
}

/** As much of a worker as a decoder needs. */
export interface DecodeWorker {
  postMessage(request: DecodeRequest, transfer: Transferable[]): void
  addEventListener(type: 'message', listener: (event: MessageEvent<DecodeAnswer>) => void): void
  addEventListener(type: 'error', listener: () => void): void
  terminate(): void
}
