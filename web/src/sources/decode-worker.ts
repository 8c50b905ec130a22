// The worker: bytes of a block, or lines of the live stream, to what the page holds. Parsing never blocks the page.

import { LineReader, type DecodedLines } from '../format/line'

export type DecodeRequest =
  | { readonly id: number; readonly kind: 'block'; readonly key: number; readonly bytes: ArrayBuffer }
  | { readonly id: number; readonly kind: 'lines'; readonly texts: readonly string[]; readonly firstOrder: number }

export interface DecodeAnswer {
  readonly id: number
  readonly decoded: DecodedLines
}

const reader = new LineReader()

addEventListener('message', ({ data: request }: MessageEvent<DecodeRequest>) => {
  const decoded =
    request.kind === 'block'
      ? reader.readBlock(new Uint8Array(request.bytes), request.key)
      : reader.readTexts(request.texts, request.firstOrder)
  const answer: DecodeAnswer = {
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
  postMessage(answer)
})
