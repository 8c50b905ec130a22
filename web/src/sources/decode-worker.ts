// The worker: bytes of a block, or lines of the live stream, to what the page holds. Parsing never blocks the page.

import { Decoding, type DecodeRequest } from './decoding'

const decoding = new Decoding()

addEventListener('message', ({ data: request }: MessageEvent<DecodeRequest>) => {
  const answer = decoding.answer(request)
  const transfer = 'decoded' in answer ? [...new Set(answer.decoded.lines.map((line) => line.held))] : []
  postMessage(answer, { transfer })
})
