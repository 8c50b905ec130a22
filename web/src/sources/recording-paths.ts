// Where everything of a recording lies on the server.

import { PROJECT } from './call'

export const RECORDINGS = `${PROJECT}session_recordings/`

export function recordingPath(id: string): string {
  return `${RECORDINGS}${encodeURIComponent(id)}/`
}

export function listingPath(id: string): string {
  return `${recordingPath(id)}blocks`
}

/** Times in the answer are counted from `base`, in epoch milliseconds. */
export function blockPath(id: string, key: number, base: number): string {
  return `${recordingPath(id)}blocks/${key}?base=${base}`
}

export function keyframePath(id: string, key: number, base: number): string {
  return `${recordingPath(id)}keyframes/${key}?base=${base}`
}

export function livePath(id: string, base: number): string {
  return `${recordingPath(id)}live?base=${base}`
}

export type DownloadFormat = 'ndjson.zst' | 'ndjson' | 'protobuf' | 'posthog-json' | 'rrweb' | 'html'

export function downloadPath(id: string, format: DownloadFormat): string {
  return `${recordingPath(id)}recording?format=${format}`
}
