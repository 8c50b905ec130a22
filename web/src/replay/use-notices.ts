// The notices of what is loaded, made anew when more is known; at most once a second, because a large recording comes in thousands of
// blocks.

import { useEffect, useState } from 'preact/hooks'
import type { LeftOut } from '../format/listing'
import type { Player } from '../player/player'
import { noticesOf, type Notice } from '../timeline/notices'

const BETWEEN_MS = 1000
const NONE: readonly Notice[] = []
const NOTHING: readonly LeftOut[] = []

export function useNotices(player: Player, leftOut: readonly LeftOut[] = NOTHING): readonly Notice[] {
  const [notices, setNotices] = useState(NONE)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let last = -Infinity
    let known = ''
    const look = (): void => {
      timer = undefined
      const now = stateOf(player)
      if (now === known) return
      known = now
      last = performance.now()
      setNotices(noticesFor(player, leftOut))
    }
    const changed = (): void => {
      timer ??= setTimeout(look, Math.max(0, last + BETWEEN_MS - performance.now()))
    }
    look()
    const stop = player.changes.add(changed)
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [player, leftOut])
  return notices
}

/** All that notices are made of goes up with one of these. */
function stateOf({ recording, lostBlocks, troubles }: Player): string {
  return recording ? `${recording.traces.version} ${recording.duration} ${recording.skippedLines} ${lostBlocks} ${troubles}` : ''
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
