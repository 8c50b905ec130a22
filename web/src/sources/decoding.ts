// What a decoder is asked and answers, and the doing of it: in a worker, or in the page where there is none.

import type { DecodedLines, LineReader, Wanted } from '../format/line'

export type DecodeRequest =
  | { readonly id: number; readonly kind: 'block'; readonly key: number; readonly bytes: ArrayBuffer; readonly wanted: Wanted }
  | { readonly id: number; readonly kind: 'keyframe'; readonly bytes: ArrayBuffer }
  | { readonly id: number; readonly kind: 'lines'; readonly texts: readonly string[]; readonly firstOrder: number }
  /** The page holds these no longer: blocks, and lines of the live stream before a time. */
  | { readonly id: number; readonly kind: 'forget'; readonly keys: readonly number[]; readonly liveBefore: number }

export interface DecodeAnswer {
  readonly id: number
  readonly decoded: DecodedLines
}

export function decode(reader: LineReader, request: DecodeRequest): DecodeAnswer {
  const decoded = read(reader, request)
  return {
    id: request.id,
    // A copy without methods: those do not travel.
    decoded: {
      lines: decoded.lines,
      entries: decoded.entries,
      entryBytes: decoded.entryBytes,
      signs: decoded.signs,
      newest: decoded.newest,
      hasWireframes: decoded.hasWireframes,
      traces: decoded.traces,
      device: decoded.device,
      skipped: decoded.skipped,
      reason: decoded.reason,
    },
  }
}

function read(reader: LineReader, request: DecodeRequest): DecodedLines {
  switch (request.kind) {
    case 'block':
      return reader.readBlock(new Uint8Array(request.bytes), request.key, request.wanted)
    case 'keyframe':
      return reader.readKeyframe(new Uint8Array(request.bytes))
    case 'lines':
      return reader.readTexts(request.texts, request.firstOrder)
    case 'forget':
      reader.forgetBlocks(request.keys)
      reader.forgetLiveBefore(request.liveBefore)
      return reader.readTexts([], 0)
    default:
      return request satisfies never
  }
}

/** As much of a worker as a decoder needs. */
export interface DecodeWorker {
  postMessage(request: DecodeRequest, transfer: Transferable[]): void
  addEventListener(type: 'message', listener: (event: MessageEvent<DecodeAnswer>) => void): void
  addEventListener(type: 'error', listener: () => void): void
  terminate(): void
}
