// zstd, undone by a small decoder in JavaScript: browsers have none of their own that can be relied on, and one in WebAssembly needs a
// content policy that many pages do not give.

import { Decompress, decompress } from 'fzstd'
import { joined } from './json-picker'

const MAGIC = 0xfd2fb528
const SKIPPABLE = 0x184d2a50
/** A frame may claim any size; none of ours comes near. */
const FRAME_LIMIT = 256 * 1024 * 1024

export function isZstd(head: Uint8Array): boolean {
  if (head.length < 4) return false
  const magic = viewOf(head).getUint32(0, true)
  return magic === MAGIC || (magic & 0xfffffff0) >>> 0 === SKIPPABLE
}

/** One frame, of which it is known how large it becomes. */
export function inflateFrame(frame: Uint8Array, rawLength: number): Uint8Array<ArrayBuffer> {
  if (!(rawLength >= 0 && rawLength <= FRAME_LIMIT)) throw new RangeError(`a frame of ${rawLength} bytes is too large`)
  const raw = new Uint8Array(rawLength)
  const filled = decompress(frame, raw)
  if (filled.length !== rawLength) throw new RangeError(`expected ${rawLength} bytes, found ${filled.length}`)
  return raw
}

/** One frame that does not say how large it becomes. */
export function inflateUpTo(frame: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  let length = 0
  const decoder = new Decompress((bytes) => {
    length += bytes.length
    if (length > limit) throw new RangeError(`it becomes more than ${limit} bytes`)
    parts.push(bytes.slice())
  })
  decoder.push(frame, true)
  return joined(parts)
}

/** All frames, one behind the other. Where they break off, all that came before is given first. */
export function inflateZstd(stream: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader()
  const ready: Uint8Array<ArrayBuffer>[] = []
  // A copy: the decoder goes on writing where these lie.
  const decoder = new Decompress((bytes) => void (bytes.length > 0 && ready.push(new Uint8Array(bytes))))
  let end: { readonly error?: unknown } | undefined
  const readOn = async (): Promise<void> => {
    try {
      const { done, value } = await reader.read()
      decoder.push(value ?? new Uint8Array(0), done)
      if (done) end = {}
    } catch (error) {
      end = { error }
    }
  }
  return new ReadableStream({
    async pull(controller) {
      while (ready.length === 0 && !end) await readOn()
      const bytes = ready.shift()
      if (bytes) controller.enqueue(bytes)
      else if (end && 'error' in end) controller.error(end.error)
      else controller.close()
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

export { SKIPPABLE }
