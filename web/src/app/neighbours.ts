// The ways to the next and the previous recording of the list that this one was opened from.

import { useEffect, useState } from 'preact/hooks'
import type { Neighbours } from '../replay/controls'
import { findNeighbours, goToRecording } from './list-memory'

const NONE: Neighbours = {}

/** Undefined: not yet. */
export function useNeighbours(id: string | undefined): Neighbours {
  const [neighbours, setNeighbours] = useState(NONE)
  useEffect(() => {
    if (id === undefined) return
    let isCurrent = true
    findNeighbours(id).then(
      ({ previous, next }) => {
        if (!isCurrent) return
        setNeighbours({
          ...(previous !== undefined && { previous: () => goToRecording(previous) }),
          ...(next !== undefined && { next: () => goToRecording(next) }),
        })
      },
      // The player says itself what is wrong with the server; without neighbours there are no buttons for them.
      () => undefined,
    )
    return () => {
      isCurrent = false
    }
  }, [id])
  return neighbours
}
