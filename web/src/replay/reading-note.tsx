// Says that a list is not whole yet: a large recording is read by and by, and of a very large one not everything can be kept at once.

import { useEffect, useState } from 'preact/hooks'
import type { Player } from '../player/player'
import { usePlayerChanges } from './use-player'

/** Most recordings are read sooner than anybody could read this. */
const PATIENCE_MS = 1500

export function ReadingNote({ player }: { player: Player }) {
  usePlayerChanges(player)
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [])
  const { reading } = player
  if (!isLate || reading.kind === 'done' || !player.recording) return null
  const share = Math.floor(reading.share * 100)
  return (
    <p class="reading-note" role="status">
      {reading.kind === 'full' ? `The list holds what happened around the playhead, ${share} % of the recording: more than fits into memory. It follows the playhead.` : `So far ${share} % of the recording has been read.`}
      {reading.kind === 'walking' && (
        <>
          {' '}
          <button type="button" class="link-button" onClick={() => player.readOn()}>
            Read the rest now
          </button>
        </>
      )}
    </p>
  )
}
