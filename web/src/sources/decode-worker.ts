// The worker: bytes of a block, or lines of the live stream, to what the page holds. Parsing never blocks the page.
//
// In the page that is alone in its file this is a script of the page too: the worker is begun with its text, and where a browser
// begins none, the page decodes with what it left there. So the file holds the code once.

import { Decoding, type DecodeRequest, type FetchFailure, type FetchRequest } from './decoding'
import { leaveDecoding } from './decoding-beside'

function work(): void {
  const decoding = new Decoding()
  const answer = (request: DecodeRequest): void => {
    const found = decoding.answer(request)
    const transfer = 'decoded' in found ? [...new Set(found.decoded.lines.map((line) => line.held))] : []
    postMessage(found, { transfer })
  }
  const fetchAndAnswer = async (request: FetchRequest): Promise<void> => {
    try {
      answer(await fetched(request))
    } catch (error) {
      postMessage({ id: request.id, failed: String(error) } satisfies FetchFailure)
    }
  }
  addEventListener('message', ({ data: request }: MessageEvent<DecodeRequest | FetchRequest>) => {
    if (request.kind === 'fetch') void fetchAndAnswer(request)
    else answer(request)
  })
}

async function fetched({ id, path, readAs }: FetchRequest): Promise<DecodeRequest> {
  const answer = await fetch(path)
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`)
  return { ...readAs, id, bytes: await answer.arrayBuffer() }
}

if (typeof document === 'undefined') work()
else leaveDecoding(() => new Decoding())
