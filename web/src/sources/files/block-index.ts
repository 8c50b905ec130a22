// The block index at the end of a recording file (docs/format/recording.md, sections 5 and 6): where each block lies, so that a
// file of any size opens by its end.

import { arrayOf, numberOf, objectOf, parseJson, textOf, type JsonObject } from '../../format/json'
import type { Bytes } from './bytes'
import { inflateUpTo, SKIPPABLE, viewOf } from './zstd'

/** A frame of lines. */
export interface FramePlace {
  readonly offset: number
  readonly length: number
  readonly rawLength: number
  readonly sha256: string
}

export interface BlockIndex {
  readonly meta: FramePlace
  /** As they stand in the index, for whoever lists them. */
  readonly blocks: readonly { readonly place: FramePlace; readonly about: JsonObject }[]
}

const TAIL = 65_536
const TAIL_LIMIT = 64 * 1024 * 1024
const SEEK_MAGIC = 0x8f92eab1
const SEEK_TABLE = 0x184d2a5e
const INDEX_RAW_LIMIT = 64 * 1024 * 1024

/** Undefined where the file has none, or none that fits the file: then its lines have to be read from the beginning. */
export async function readBlockIndex(file: Bytes): Promise<BlockIndex | undefined> {
  try {
    const tail = await file.read(Math.max(0, file.size - TAIL), file.size)
    const wanted = trailerLength(tail)
    if (wanted === undefined || wanted > Math.min(TAIL_LIMIT, file.size)) return undefined
    const trailer = wanted <= tail.length ? tail.subarray(tail.length - wanted) : await file.read(file.size - wanted, file.size)
    return indexOf(parseJson(new TextDecoder().decode(indexText(trailer))), file.size - wanted)
  } catch {
    return undefined
  }
}

/** How many bytes index and seek table have together; the seek table's last entry but the index's own says where the index begins. */
function trailerLength(tail: Uint8Array): number | undefined {
  const view = viewOf(tail)
  const end = tail.length
  if (end < 17 || view.getUint32(end - 4, true) !== SEEK_MAGIC) return undefined
  const frames = view.getUint32(end - 9, true)
  const table = frames * 8 + 17
  if (frames < 2 || table > end || view.getUint32(end - table, true) !== SEEK_TABLE) return undefined
  return view.getUint32(end - 17, true) + table
}

function indexText(trailer: Uint8Array): Uint8Array {
  const view = viewOf(trailer)
  if (view.getUint32(0, true) !== SKIPPABLE) throw new RangeError('there is no index')
  const end = 8 + view.getUint32(4, true)
  const length = view.getUint32(end - 4, true)
  return inflateUpTo(trailer.subarray(end - 4 - length, end - 4), INDEX_RAW_LIMIT)
}

/** Frames lie one behind the other from the file's first byte to its index; what says otherwise is not the index of this file. */
function indexOf(value: unknown, linesEnd: number): BlockIndex | undefined {
  const index = objectOf(value)
  const meta = placeOf(index?.meta)
  let end = meta?.offset === 0 ? meta.length : -1
  const blocks = arrayOf(index?.blocks).flatMap((item) => {
    const place = placeOf(item)
    end = place?.offset === end ? end + place.length : -1
    return place ? [{ place, about: objectOf(item) ?? {} }] : []
  })
  return meta && end === linesEnd ? { meta, blocks } : undefined
}

function placeOf(value: unknown): FramePlace | undefined {
  const place = objectOf(value)
  const [offset, length, rawLength] = [numberOf(place?.offset), numberOf(place?.length), numberOf(place?.raw_length)]
  const sha256 = textOf(place?.sha256)
  return offset === undefined || length === undefined || rawLength === undefined || sha256 === undefined ? undefined : { offset, length, rawLength, sha256 }
}
