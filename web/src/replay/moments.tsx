// The marks of the time line as words: a legend that says what each shape means and hides kinds, and every moment as a button. It is
// all that a screen reader needs of the time line, and for everybody else the way to a moment by its name.

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Player } from '../player/player'
import { MARK_KINDS, type Mark, type MarkKind } from '../timeline/marks'
import { Icon } from '../ui/icons'
import { clockTime, number } from '../ui/times'
import { useVisibleRows } from '../ui/use-visible-rows'
import { MARK_LOOKS, upperFirst, wordsOf } from './mark-looks'
import { ReadOn } from './read-on'
import type { Timeline } from './use-timeline'

const ROW_HEIGHT = 32
const LEAST_ROOM = 180

interface Props {
  readonly player: Player
  readonly timeline: Timeline
  readonly onClose: () => void
}

export function Moments({ player, timeline, onClose }: Props) {
  const box = useRef<HTMLDivElement>(null)
  useClosing(box, onClose)
  const kinds = MARK_KINDS.filter((kind) => (timeline.counts.get(kind) ?? 0) > 0)
  return (
    <div
      class="moments card"
      ref={box}
      role="dialog"
      aria-label="Moments"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onClose()
      }}
    >
      <div class="moments-head">
        <h2>Moments</h2>
        <button type="button" class="icon-button" aria-label="Close moments" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <ReadOn player={player} />
      {kinds.length === 0 ? (
        <p class="nothing">Nothing is marked in what was read of this recording.</p>
      ) : (
        <>
          <div class="legend" role="group" aria-label="Kinds that are shown">
            {kinds.map((kind) => (
              <label key={kind} class="legend-kind">
                <input type="checkbox" checked={!timeline.hidden.has(kind)} onChange={() => timeline.toggle(kind)} />
                <Shape kind={kind} />
                <span>{upperFirst(MARK_LOOKS[kind].many)}</span>
                <span class="count">{number(timeline.counts.get(kind) ?? 0)}</span>
              </label>
            ))}
          </div>
          <MomentList player={player} marks={timeline.marks} />
        </>
      )}
    </div>
  )
}

function Shape({ kind }: { kind: MarkKind }) {
  const { shape, colour } = MARK_LOOKS[kind]
  return (
    <svg class="mark-shape" viewBox="0 0 10 10" width="11" height="11" aria-hidden="true" focusable="false">
      <path d={shape} fill={`var(${colour})`} fill-rule="evenodd" />
    </svg>
  )
}

function MomentList({ player, marks }: { player: Player; marks: readonly Mark[] }) {
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const { first, last } = useVisibleRows(list, scroller, ROW_HEIGHT, marks.length)
  useEffect(() => {
    const place = marks.findIndex(({ timestamp }) => timestamp >= player.position)
    if (scroller.current && place > 3) scroller.current.scrollTop = (place - 3) * ROW_HEIGHT
  }, [])
  if (marks.length === 0) return <p class="nothing">All kinds are hidden.</p>
  return (
    <div class="moment-scroller" ref={scroller} tabIndex={-1}>
      <ol class="rows" ref={list} aria-label="Moments" style={`height:${marks.length * ROW_HEIGHT}px`}>
        {marks.slice(first, last).map((mark, index) => (
          <li key={first + index} class="row-place" style={`top:${(first + index) * ROW_HEIGHT}px;height:${ROW_HEIGHT}px`}>
            <button type="button" class="moment-row moment" onClick={() => void player.jump(mark.timestamp)}>
              <span class="event-time">{clockTime(mark.timestamp)}</span>
              <Shape kind={mark.kind} />
              <span class="event-text">{wordsOf(mark)}</span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  )
}

/** Takes the focus, and gives it back to where it came from before anybody can see that nothing has it; a press outside closes. */
function useClosing(box: { readonly current: HTMLElement | null }, onClose: () => void): void {
  const latest = useRef(onClose)
  latest.current = onClose
  useLayoutEffect(() => {
    const element = box.current
    const root = element?.getRootNode()
    const before = root instanceof Document || root instanceof ShadowRoot ? root.activeElement : null
    element?.focus({ preventScroll: true })
    // What is above the time line; a player on somebody's page may be lower than its window.
    const room = element?.offsetParent?.closest('.player-frame')?.querySelector('.viewport')?.clientHeight
    if (room !== undefined) element?.style.setProperty('--room', `${Math.max(LEAST_ROOM, room)}px`)
    const press = (event: PointerEvent): void => {
      const path = event.composedPath()
      const isOutside = element !== null && !path.includes(element)
      // Its own button closes it by itself.
      const isOwnButton = path.some((part) => part instanceof HTMLElement && part.dataset.opensMoments !== undefined)
      if (isOutside && !isOwnButton) latest.current()
    }
    addEventListener('pointerdown', press, true)
    return () => {
      removeEventListener('pointerdown', press, true)
      if (before instanceof HTMLElement) before.focus({ preventScroll: true })
    }
  }, [box])
}
