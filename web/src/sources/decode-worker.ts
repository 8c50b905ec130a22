// The worker: bytes of a block, or lines of the live stream, to what the page holds. Parsing never blocks the page.

import { LineReader } from '../format/line'
import { decode, type DecodeRequest } from './decoding'

const reader = new LineReader()

addEventListener('message', ({ data: request }: MessageEvent<DecodeRequest>) => {
  const answer = decode(reader, request)
  postMessage(answer, { transfer: [...new Set(answer.decoded.lines.map((line) => line.held))] })
})
