// The worker: bytes of a block, or lines of the live stream, to what the page holds. Parsing never blocks the page.
//
// In the page that is alone in its file this is a script of the page too: the worker is begun with its text, and where a browser
// begins none, the page decodes with what it left there. So the file holds the code once.

import { Decoding, type DecodeRequest } from './decoding'
import { leaveDecoding } from './decoding-beside'

function work(): void {
  const decoding = new Decoding()
  addEventListener('message', ({ data: request }: MessageEvent<DecodeRequest>) => {
    const answer = decoding.answer(request)
    const transfer = 'decoded' in answer ? [...new Set(answer.decoded.lines.map((line) => line.held))] : []
    postMessage(answer, { transfer })
  })
}

if (typeof document === 'undefined') work()
else leaveDecoding(() => new Decoding())
