// What stands over the seek bar at the pointer: the time, there and where the visitor was, what happened, and a small picture of the page.
// The words come at once; the picture when it is made.

import { useState } from 'preact/hooks'
import type { Player } from '../player/player'
import type { LoadedRecording } from '../player/loaded-recording'
import type { Stretch } from '../timeline/activity'
import { pathOf } from '../ui/addresses'
import { clockTime, timeOfDay } from '../ui/times'
import { FramePreview, mayPreview } from './frame-preview'
import { summaryOf, wordsOf } from './mark-looks'
import type { Hovered } from './seek-bar'
import type { Mark } from '../timeline/marks'

const MOST_NAMED = 4
/** Half of the label's greatest width: it stays inside the bar. */
const HALF_PX = 130

interface Props {
  readonly hovered: Hovered
  readonly width: number
  readonly player: Player
  readonly recording: LoadedRecording
  readonly gaps: readonly Stretch[]
}

export function HoverLabel({ hovered, width, player, recording, gaps }: Props) {
  const { time, cluster } = hovered
  const [pictures] = useState(mayPreview)
  const left = Math.min(Math.max(hovered.x, Math.min(HALF_PX, width / 2)), Math.max(width - HALF_PX, width / 2))
  const page = pageAt(player, time)
  const isGap = gaps.some(({ from, to }) => time >= from && time <= to)
  const marks = cluster?.marks ?? []
  const windows = recording.windowIds
  const shown = windows.length > 1 ? windows.indexOf(recording.windowAt(time) ?? '') + 1 : 0
  return (
    <div class="hover-label" style={`left:${left}px`}>
      {hovered.isMouse && pictures && <FramePreview player={player} time={time} />}
      <span class="hover-time">
        <strong>{clockTime(time)}</strong> <Times recording={recording} time={time} />
      </span>
      {(page !== '' || shown > 0) && (
        <span>
          {page} {shown > 0 && <span class="hint">window {shown}</span>}
        </span>
      )}
      {isGap && <span class="hover-gap">Nothing was recorded here</span>}
      {marks.length > MOST_NAMED && <strong>{summaryOf(marks)}</strong>}
      {marks.slice(0, MOST_NAMED).map((mark, place) => (
        <span key={place} class={isBad(mark) ? 'error-text' : ''}>
          {wordsOf(mark)}
        </span>
      ))}
      {marks.length > MOST_NAMED && <span class="hint">and {marks.length - MOST_NAMED} more</span>}
    </div>
  )
}

function isBad({ kind }: Mark): boolean {
  return kind === 'error' || kind === 'console_error' || kind === 'failed_request' || kind === 'error_click'
}

/** On the viewer's clock, and on the visitor's where the recording knows it. */
function Times({ recording, time }: { recording: LoadedRecording; time: number }) {
  const at = recording.listing.startedAt + time
  const there = recording.timezone === '' ? undefined : timeOfDay(at, recording.timezone)
  const here = timeOfDay(at)
  return (
    <span class="hint">
      {here}
      {there !== undefined && there !== here && `, ${there} there`}
    </span>
  )
}

/** Entries are in order of time, and there may be hundreds of thousands. */
function pageAt(player: Player, time: number): string {
  const entries = player.recording?.entryList() ?? []
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle]?.timestamp ?? Infinity) <= time) low = middle + 1
    else high = middle
  }
  for (let index = low - 1; index >= 0; index--) {
    const entry = entries[index]
    if (entry?.kind === 'page') return pathOf(entry.href)
  }
  return ''
}
