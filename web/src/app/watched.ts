// Marks a recording as watched by whoever looked at it for some seconds. Who may not mark leaves none, and is not told: nothing that
// they wanted failed.

import { useEffect, useRef } from 'preact/hooks'
import type { Player } from '../player/player'
import { markWatched } from '../sources/list'

const LOOKED_MS = 5000
const STEP_MS = 500

interface Props {
  readonly id: string
  readonly player: Player
  readonly onMarked: () => void
}

export function Watched({ id, player, onMarked }: Props) {
  const told = useRef(onMarked)
  told.current = onMarked
  useEffect(() => {
    let looked = 0
    const timer = setInterval(() => {
      const { kind } = player.phase
      const isSeen = kind === 'playing' || kind === 'paused' || kind === 'ended'
      if (document.visibilityState !== 'visible' || !isSeen) return
      looked += STEP_MS
      if (looked < LOOKED_MS) return
      clearInterval(timer)
      void markWatched(id).then(() => told.current(), () => undefined)
    }, STEP_MS)
    return () => clearInterval(timer)
  }, [id, player])
  return null
}
