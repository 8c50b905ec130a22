// Marks a recording as watched by whoever looked at it for some seconds. Who may not mark leaves none, and is not told: nothing that
// they wanted failed.

import { useEffect } from 'preact/hooks'
import type { Player } from '../player/player'
import { markWatched } from '../sources/list'

const LOOKED_MS = 5000
const STEP_MS = 500

export function Watched({ id, player }: { id: string; player: Player }) {
  useEffect(() => {
    let looked = 0
    const timer = setInterval(() => {
      const { kind } = player.phase
      const isSeen = kind === 'playing' || kind === 'paused' || kind === 'ended'
      if (document.visibilityState !== 'visible' || !isSeen) return
      looked += STEP_MS
      if (looked < LOOKED_MS) return
      clearInterval(timer)
      void markWatched(id).catch(() => undefined)
    }, STEP_MS)
    return () => clearInterval(timer)
  }, [id, player])
  return null
}
