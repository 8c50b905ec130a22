// What stands over a time when somebody points at it: the viewer's own clock, and the visitor's, where it is known and another one.

import type { Player } from '../player/player'
import { exactTime } from '../ui/times'

export function momentTitle(player: Player, timestamp: number): string {
  const { recording } = player
  if (!recording) return ''
  const at = recording.listing.startedAt + timestamp
  const own = exactTime(at)
  const zone = recording.timezone
  const theirs = zone === '' ? undefined : timeIn(zone, at)
  return theirs === undefined || theirs === own ? own : `${own}\n${theirs} for the visitor, in ${zone}`
}

const formats = new Map<string, Intl.DateTimeFormat | undefined>()

function timeIn(zone: string, at: number): string | undefined {
  if (!formats.has(zone)) formats.set(zone, formatFor(zone))
  return formats.get(zone)?.format(at)
}

/** A stranger's page names the zone: it may be none. */
function formatFor(zone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', timeZone: zone })
  } catch {
    return undefined
  }
}
