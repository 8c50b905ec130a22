// What the panels of entries do not know yet, said in words, and the way to know it now.

import type { Player } from '../player/player'
import { clockTime } from '../ui/times'
import { usePlayerChanges } from './use-player'

export function ReadOn({ player }: { player: Player }) {
  usePlayerChanges(player)
  const { reading, recording } = player
  if (reading.kind === 'done' || !recording) return null
  const known = recording.coverage.toldStretches().find(({ from, to }) => player.position >= from && player.position <= to)
  const percent = Math.floor(reading.share * 100)
  return (
    <div class="read-on" role="note">
      <p>
        {knownWords(known, recording.duration)} {percent} % of the recording is read{reading.kind === 'running' ? ', and the rest is coming.' : '.'}
        {reading.kind === 'full' && ' More events than these cannot be kept: go to another time to see what happened around it.'}
      </p>
      {reading.kind === 'walking' && (
        <button type="button" class="button is-small" onClick={() => player.readOn()}>
          Read all of it now
        </button>
      )}
    </div>
  )
}

function knownWords(known: { readonly from: number; readonly to: number } | undefined, length: number): string {
  if (!known) return 'Nothing is known yet of what happened here.'
  if (known.from <= 0) return `Here is what happened until ${clockTime(known.to)}.`
  if (known.to >= length) return `Here is what happened from ${clockTime(known.from)} to the end.`
  return `Here is what happened from ${clockTime(known.from)} to ${clockTime(known.to)}.`
}
