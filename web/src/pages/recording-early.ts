// Runs before the other scripts of `/recordings/:id` are here: asks for the recording, and has the blocks of its first picture read.

import { readBlockListing } from '../format/listing'
import { momentOfAddress } from '../player/moment'
import { nameOfPart } from '../sources/block-loader'
import { askEarly, readEarly, startDecodingEarly } from '../sources/early'
import { firstPictureTime, needsOfPicture } from '../sources/loading-order'
import { blockPath, keyframePath, listingPath, recordingPath } from '../sources/recording-paths'
import { beginTheme } from '../ui/theme'
import { recordingIdOf } from './recording-id'

declare const DECODE_WORKER_URL: string

async function begin(id: string): Promise<void> {
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

const id = recordingIdOf(location.pathname)
if (id !== '') void begin(id)
// When everything is asked for: to read what is stored takes milliseconds.
beginTheme()
