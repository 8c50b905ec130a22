// What the first picture of a recording needs is asked for before anything of the page that shows it runs.

import { readBlockListing } from '../format/listing'
import { momentOfAddress } from '../player/moment'
import { nameOfPart } from '../sources/block-loader'
import { askEarly, forgetEarly, keepWorkerReady, readEarly, startDecodingEarly } from '../sources/early'
import { firstPictureTime, needsOfPicture } from '../sources/loading-order'
import { blockPath, keyframePath, listingPath, recordingPath } from '../sources/recording-paths'

declare const DECODE_WORKER_URL: string

/** The address of the page says which moment of it comes first. */
export async function askForRecording(id: string): Promise<void> {
  forgetEarly()
  // It takes longest to be ready.
  const decode = startDecodingEarly(DECODE_WORKER_URL)
  const json = readEarly(listingPath(id))
  askEarly(recordingPath(id))
  const listing = readBlockListing(await json)
  // Of a running recording a block may change until the page asks for it.
  if (!listing || listing.live) return
  const time = momentOfAddress(location.hash, location.search) ?? firstPictureTime(listing.blocks)
  const { blocks, keyframe } = needsOfPicture(listing, time, undefined)
  const base = listing.startedAt
  if (keyframe) decode(nameOfPart({ kind: 'keyframe', keyframe }), keyframePath(id, keyframe.key, base), { kind: 'keyframe' })
  for (const block of blocks) {
    const { key } = block
    decode(nameOfPart({ kind: 'block', block, wanted: 'lines' }), blockPath(id, key, base), { kind: 'block', key, wanted: 'lines' })
  }
}

/** For the recording that is asked for next. */
export const keepReady = (): void => keepWorkerReady(DECODE_WORKER_URL)
