// A recording on the server: what is known of it, its blocks, its keyframes.

import { readBlockListing, readRecordingFacts, type BlockListing, type RecordingFacts } from '../format/listing'
import { call, callJson } from './call'
import { blockPath, keyframePath, listingPath, recordingPath } from './recording-paths'
import { SourceError } from './source'

export async function fetchRecording(id: string): Promise<RecordingFacts> {
  const facts = readRecordingFacts(await callJson(recordingPath(id)))
  if (!facts) throw new SourceError('unreadable', 'The server described the recording in a way that this page does not know.')
  return facts
}

export async function fetchListing(id: string): Promise<BlockListing> {
  const listing = readBlockListing(await callJson(listingPath(id)))
  if (!listing) throw new SourceError('unreadable', 'The server listed the blocks in a way that this page does not know.')
  return listing
}

export async function fetchBlock(id: string, key: number, base: number, signal: AbortSignal): Promise<ArrayBuffer> {
  const response = await call(blockPath(id, key, base), { signal })
  return response.arrayBuffer()
}

export async function fetchKeyframe(id: string, key: number, base: number, signal: AbortSignal): Promise<ArrayBuffer> {
  const response = await call(keyframePath(id, key, base), { signal })
  return response.arrayBuffer()
}
