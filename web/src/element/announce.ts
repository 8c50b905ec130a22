// What the element tells the page around it, as events that bubble and leave the shadow.

import type { Notice, SessionReplayEvents } from '../../package/session-replay'
import type { Player } from '../player/player'
import { SourceError } from '../sources/source'
import { counted } from '../ui/times'

/** While it plays, the page hears of the time this often. */
const TIME_EVERY_MS = 100

export type Announce = <Name extends keyof SessionReplayEvents>(name: Name, detail: SessionReplayEvents[Name]) => void

/** Announces what the player does; the answer ends that. */
export function announceChanges(player: Player, announce: Announce): () => void {
  let wasPlaying = player.wantsToPlay
  let phase = player.phase.kind
  let told = player.position
  let toldAt = -Infinity
  const noticed = new Map<Notice['kind'], number>()
  const tellTime = (): void => {
    const now = performance.now()
    if (player.position === told || (player.phase.kind === 'playing' && now - toldAt < TIME_EVERY_MS)) return
    told = player.position
    toldAt = now
    announce('timechange', { currentTime: told, duration: player.duration })
  }
  const change = (): void => {
    const before = phase
    phase = player.phase.kind
    tellTime()
    const detail = { currentTime: player.position }
    if (player.wantsToPlay !== wasPlaying) {
      wasPlaying = player.wantsToPlay
      announce(wasPlaying ? 'play' : 'pause', detail)
    }
    if (phase !== before && phase === 'ended') announce('ended', detail)
    if (phase !== before && player.phase.kind === 'failed') announce('failed', failureOf(player.phase.error))
    for (const notice of noticesOf(player)) {
      if (notice.count === (noticed.get(notice.kind) ?? 0)) continue
      noticed.set(notice.kind, notice.count)
      announce('notice', notice)
    }
  }
  const stops = [player.ticks.add(tellTime), player.changes.add(change)]
  return () => {
    for (const stop of stops) stop()
  }
}

function failureOf(error: Error): SessionReplayEvents['failed'] {
  return { kind: error instanceof SourceError ? error.kind : 'other', message: error.message }
}

function noticesOf({ recording, lostBlocks, troubles }: Player): Notice[] {
  const unreadable = recording?.skippedLines ?? 0
  return [
    { kind: 'lost_parts', count: lostBlocks, message: `${counted(lostBlocks, 'part')} of the recording could not be loaded` },
    { kind: 'unreadable_events', count: unreadable, message: `${counted(unreadable, 'event')} could not be read` },
    { kind: 'inexact_changes', count: troubles, message: `${counted(troubles, 'change')} of the page could not be replayed exactly` },
  ]
}
