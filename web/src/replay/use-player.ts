// The player inside components: drawn again when something changes, not at every frame.

import { useEffect, useReducer } from 'preact/hooks'
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
