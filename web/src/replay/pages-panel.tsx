// The pages of the visit in order: when each was opened, in which window, and for how long.

import { useCallback, useMemo, useState } from 'preact/hooks'
import type { Player } from '../player/player'
import { pageVisits, visitAt, type Visit } from '../timeline/visits'
import { shortAddress } from '../ui/addresses'
import { clockTime, counted, duration } from '../ui/times'
import { momentTitle } from './moment-title'
import { Nothing } from './nothing'
import { ReadOn } from './read-on'
import { useEntries } from './use-entries'
import { usePlayhead } from './use-player'

/** More than these are not drawn before somebody asks. */
const SHOWN = 500

export function PagesPanel({ player }: { player: Player }) {
  const entries = useEntries(player)
  const length = player.duration
  const visits = useMemo(() => pageVisits(entries, length), [entries, length])
  const windows = useMemo(() => [...new Set(visits.map(({ windowId }) => windowId))], [visits])
  const [shown, setShown] = useState(SHOWN)
  const [current, setCurrent] = useState(-1)
  usePlayhead(
    player,
    useCallback((position: number) => setCurrent(visitAt(visits, position)), [visits]),
  )
  const longest = Math.max(1, ...visits.map(({ milliseconds }) => milliseconds))
  return (
    <section class="visits" aria-label="Pages">
      <ReadOn player={player} />
      {visits.length > 0 && (
        <p class="visits-sum">
          {counted(visits.length, 'page')}
          {windows.length > 1 && ` in ${windows.length} windows`}
        </p>
      )}
      <ol>
        {visits.slice(0, shown).map((visit, place) => (
          <li key={place}>
            <button
              type="button"
              class={place === current ? 'moment-row visit is-current' : 'moment-row visit'}
              aria-current={place === current ? 'time' : undefined}
              onClick={() => void player.jump(Math.max(0, visit.timestamp))}
            >
              <span class="event-time" title={momentTitle(player, visit.timestamp)}>
                {clockTime(visit.timestamp)}
              </span>
              <VisitText visit={visit} windowNumber={windows.length > 1 ? windows.indexOf(visit.windowId) + 1 : undefined} />
              <span class="visit-time">{duration(visit.milliseconds)}</span>
              <span class="visit-bar" style={`width:${(visit.milliseconds / longest) * 100}%`} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ol>
      {visits.length > shown && (
        <button type="button" class="link-button" onClick={() => setShown(shown + SHOWN)}>
          Show more pages
        </button>
      )}
      <Nothing player={player} shown={visits.length} of={0}>
        No page is named in this recording.
      </Nothing>
    </section>
  )
}

function VisitText({ visit, windowNumber }: { visit: Visit; windowNumber: number | undefined }) {
  return (
    <span class="visit-text" title={visit.href}>
      <span class="visit-address">{shortAddress(visit.href)}</span>
      {windowNumber !== undefined && <span class="visit-window">Window {windowNumber}</span>}
    </span>
  )
}
