// What an empty list says: that it is still being read, that nothing fits, or why there may be none.

import type { ComponentChildren } from 'preact'
import type { Player } from '../player/player'
import { usePlayerChanges } from './use-player'

interface Props {
  readonly player: Player
  readonly shown: number
  readonly of: number
  /** Where there is none at all. */
  readonly children: ComponentChildren
}

export function Nothing({ player, shown, of, children }: Props) {
  usePlayerChanges(player)
  if (shown > 0) return null
  return (
    <p class="nothing" role="status">
      {of > 0 ? 'Nothing fits.' : player.recording?.isRead ? children : 'Loading…'}
    </p>
  )
}
