// Recordings on the server: the list, one of them, its blocks, its files.

import {
  readBlockListing,
  readRecordingFacts,
  readRecordingPage,
  type BlockListing,
  type RecordingFacts,
  type RecordingPage,
} from '../format/listing'
import { call, callJson, PROJECT } from './call'
import { SourceError } from './source'

const RECORDINGS = `${PROJECT}session_recordings/`

export async function fetchRecordings(query: URLSearchParams, signal: AbortSignal): Promise<RecordingPage> {
  return readRecordingPage(await callJson(`${RECORDINGS}?${query}`, { signal }))
}

export async function fetchRecording(id: string): Promise<RecordingFacts> {
  const facts = readRecordingFacts(await callJson(recordingPath(id)))
  if (!facts) throw new SourceError('unreadable', 'The server described the recording in a way that this page does not know.')
  return facts
}

export async function fetchListing(id: string): Promise<BlockListing> {
  const listing = readBlockListing(await callJson(`${recordingPath(id)}blocks`))
  if (!listing) throw new SourceError('unreadable', 'The server listed the blocks in a way that this page does not know.')
  return listing
}

export async function fetchBlock(id: string, key: number, base: number, signal: AbortSignal): Promise<ArrayBuffer> {
  const response = await call(`${recordingPath(id)}blocks/${key}?base=${base}`, { signal })
  return response.arrayBuffer()
}

export async function fetchKeyframe(id: string, key: number, base: number, signal: AbortSignal): Promise<ArrayBuffer> {
  const response = await call(`${recordingPath(id)}keyframes/${key}?base=${base}`, { signal })
  return response.arrayBuffer()
}

export function liveAddress(id: string, base: number): string {
  return `${recordingPath(id)}live?base=${base}`
}

export type DownloadFormat = 'ndjson.zst' | 'ndjson' | 'protobuf' | 'posthog-json' | 'rrweb' | 'html'

export function downloadAddress(id: string, format: DownloadFormat): string {
  return `${recordingPath(id)}recording?format=${format}`
}

/** Where everything of a recording lies. */
export function recordingPath(id: string): string {
  return `${RECORDINGS}${encodeURIComponent(id)}/`
}
