// Who watched a recording, as the audit has it.

import { objectOf, objectsOf, textOf } from '../format/json'
import { callJson, PROJECT } from './call'

export interface Watch {
  readonly time: number
  readonly who: string
  /** `player`, `download`, `share`, … */
  readonly via: string
}

/** The latest first. */
export async function fetchWatches(recording: string, limit: number): Promise<readonly Watch[]> {
  const query = new URLSearchParams({ subject: recording, action: 'watched', limit: String(limit) })
  return objectsOf(objectOf(await callJson(`${PROJECT}activity_log?${query}`))?.results).map((line) => {
    const user = objectOf(line.user)
    return { time: Date.parse(textOf(line.created_at) ?? '') || 0, who: textOf(user?.email) || textOf(user?.id) || 'somebody', via: textOf(line.via) ?? '' }
  })
}
