// The notices of what is loaded, made anew when more is known.

import { useMemo } from 'preact/hooks'
import type { LeftOut } from '../format/listing'
import type { Player } from '../player/player'
import { noticesOf, type Notice } from '../timeline/notices'
import { useSlowly } from './use-slowly'

const BETWEEN_MS = 1000
const NONE: readonly Notice[] = []
const NOTHING: readonly LeftOut[] = []

export function useNotices(player: Player, leftOut: readonly LeftOut[] = NOTHING): readonly Notice[] {
  const state = useSlowly(player, stateOf, BETWEEN_MS)
  return useMemo(() => noticesFor(player, leftOut), [player, leftOut, state])
}

/** All that notices are made of changes with one of these. */
function stateOf({ recording, lostBlocks, troubles }: Player): object {
  return { recording, lostBlocks, troubles, version: recording?.traces.version, duration: recording?.duration, unread: recording?.skippedLines, isMobile: recording?.isMobile }
}

function noticesFor(player: Player, leftOut: readonly LeftOut[]): readonly Notice[] {
  const { recording } = player
  if (!recording) return NONE
  const { coverage } = recording
  return noticesOf({
    traces: recording.traces,
    duration: recording.duration,
    isMobile: recording.isMobile,
    blocks: coverage.all,
    lostBlocks: coverage.all.filter((block) => coverage.isBroken(block)),
    isRead: (from, to) => coverage.isToldBetween(from, to),
    windows: recording.windowIds,
    unreadable: recording.skippedLines,
    unreadableReason: recording.skippedReason,
    inexact: player.troubles,
    inexactReason: player.lastTrouble,
    leftOut,
  })
}
