// The player inside components: drawn again when something changes, not at every frame.

import { useEffect, useReducer, useState } from 'preact/hooks'
import type { Player } from '../player/player'

/** Draws the component again on each change of the player; several in one frame count once. */
export function usePlayerChanges(player: Player): void {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0)
  useEffect(() => {
    let frame = 0
    const stop = player.changes.add(() => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => redraw())
    })
    redraw()
    return () => {
      cancelAnimationFrame(frame)
      stop()
    }
  }, [player])
}

/** Draws the component again when what is read of the player is another. `read` stays the same function. */
export function usePlayerValue<T>(player: Player, read: (player: Player) => T): T {
  const [value, setValue] = useState(() => read(player))
  useEffect(() => {
    const look = (): void => setValue(() => read(player))
    look()
    return player.changes.add(look)
  }, [player, read])
  return value
}

/** The first picture is there, or it is known that there is none: what stands around it comes after it. */
export const hasOpened = ({ phase }: Player): boolean => phase.kind !== 'loading'

/** Calls `draw` whenever the playhead has moved, without drawing the component again. */
export function usePlayhead(player: Player, draw: (position: number) => void): void {
  useEffect(() => {
    const move = (): void => draw(player.position)
    move()
    const stops = [player.ticks.add(move), player.changes.add(move)]
    return () => {
      for (const stop of stops) stop()
    }
  }, [player, draw])
}
