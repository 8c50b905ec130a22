// Play, steps, time, speed, skipping, windows, moments, the recordings before and after, live, link, full screen.

import { useCallback, useRef } from 'preact/hooks'
import { SPEEDS, type Player } from '../player/player'
import { Icon, type IconName } from '../ui/icons'
import { clockTime, exactTime } from '../ui/times'
import { usePlayerChanges, usePlayhead } from './use-player'
import type { Timeline } from './use-timeline'

/** The recordings before and after this one in the list that it was opened from. */
export interface Neighbours {
  readonly previous?: () => void
  readonly next?: () => void
}

/** A shorter one needs no closer look. */
const ZOOM_FROM_MS = 60_000

interface Props {
  readonly player: Player
  readonly timeline: Timeline
  /** The visitor is at it now. */
  readonly isLive: boolean
  readonly isFullscreen: boolean
  readonly neighbours: Neighbours
  readonly isShowingMoments: boolean
  readonly onMoments: () => void
  readonly onFullscreen: () => void
  /** Absent where there is no address to copy. */
  readonly onCopyLink: (() => void) | undefined
  readonly onHelp: () => void
}

export function Controls(props: Props) {
  const { player, timeline, isLive, isFullscreen, neighbours, isShowingMoments, onMoments, onFullscreen, onCopyLink, onHelp } = props
  usePlayerChanges(player)
  return (
    <div class="controls-room">
      <div class="controls" role="group" aria-label="Player controls">
        <div class="controls-part">
          <Playing player={player} />
          <Time player={player} />
          {isLive && <LiveButton player={player} />}
          <NeighbourButtons neighbours={neighbours} />
        </div>
        <div class="controls-part is-end">
          <button
            type="button"
            class="chip"
            aria-expanded={isShowingMoments}
            aria-haspopup="dialog"
            data-opens-moments=""
            title="Moments, and what is shown of them (g)"
            onClick={onMoments}
          >
            <Icon name="moments" /> <span class="roomy-only">Moments</span>
          </button>
          {player.duration >= ZOOM_FROM_MS && <ZoomButtons timeline={timeline} />}
          <WindowPicker player={player} />
          <button
            type="button"
            class="chip"
            aria-label="Skip inactivity"
            aria-pressed={player.skipsIdle}
            title="Skip stretches without activity (s)"
            onClick={() => player.setSkipsIdle(!player.skipsIdle)}
          >
            <Icon name="skip" /> <span class="roomy-only">Skip inactivity</span>
          </button>
          <SpeedPicker player={player} />
          {onCopyLink && <IconButton icon="link" label="Copy a link to this moment" keys="c" className="wide-only" onClick={onCopyLink} />}
          <IconButton icon="help" label="Keyboard shortcuts" keys="?" className="wide-only" onClick={onHelp} />
          <IconButton
            icon={isFullscreen ? 'leaveFullscreen' : 'fullscreen'}
            label={isFullscreen ? 'Leave full screen' : 'Full screen'}
            keys="f"
            onClick={onFullscreen}
          />
        </div>
      </div>
    </div>
  )
}

interface IconButtonProps {
  readonly icon: IconName
  readonly label: string
  readonly keys: string
  readonly className?: string
  readonly disabled?: boolean
  readonly onClick: () => void
}

function IconButton({ icon, label, keys, className = '', disabled = false, onClick }: IconButtonProps) {
  return (
    <button type="button" class={`icon-button ${className}`.trim()} aria-label={label} title={`${label} (${keys})`} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
    </button>
  )
}

function Playing({ player }: { player: Player }) {
  const playing = player.wantsToPlay
  const ended = player.phase.kind === 'ended'
  const isUnable = player.phase.kind === 'loading' || player.phase.kind === 'failed'
  const [icon, label]: [IconName, string] = playing ? ['pause', 'Pause'] : ended ? ['again', 'Play again'] : ['play', 'Play']
  return (
    <>
      <IconButton icon={icon} label={label} keys="space" className="play-button" disabled={isUnable} onClick={() => player.toggle()} />
      <IconButton icon="stepBack" label="One change back" keys="," className="step-button" disabled={isUnable} onClick={() => void player.stepFrame(-1)} />
      <IconButton icon="stepAhead" label="One change ahead" keys="." className="step-button" disabled={isUnable} onClick={() => void player.stepFrame(1)} />
    </>
  )
}

/** On hover: when that was, for the viewer. */
function Time({ player }: { player: Player }) {
  const text = useRef<HTMLSpanElement>(null)
  const box = useRef<HTMLSpanElement>(null)
  usePlayhead(
    player,
    useCallback(
      (position: number) => {
        if (text.current) text.current.textContent = clockTime(position)
      },
      [player],
    ),
  )
  const say = (): void => {
    const startedAt = player.recording?.listing.startedAt
    if (box.current && startedAt !== undefined) box.current.title = exactTime(startedAt + player.position)
  }
  return (
    <span class="time" ref={box} onPointerEnter={say}>
      <span ref={text} /> <span class="time-of">/ {clockTime(player.duration)}</span>
    </span>
  )
}

function NeighbourButtons({ neighbours: { previous, next } }: { neighbours: Neighbours }) {
  if (!previous && !next) return null
  return (
    <span class="neighbours">
      <IconButton icon="previous" label="Previous recording" keys="shift p" disabled={!previous} onClick={() => previous?.()} />
      <IconButton icon="next" label="Next recording" keys="shift n" disabled={!next} onClick={() => next?.()} />
    </span>
  )
}

function ZoomButtons({ timeline }: { timeline: Timeline }) {
  return (
    <span class="zoom" role="group" aria-label="Zoom of the time line">
      <IconButton icon="zoomOut" label="Show more of the recording" keys="−" disabled={timeline.isWhole} onClick={timeline.zoomOut} />
      <IconButton icon="zoomIn" label="Look closer" keys="+" onClick={timeline.zoomIn} />
    </span>
  )
}

function SpeedPicker({ player }: { player: Player }) {
  return (
    <label class="speed" title="Speed (< and >)">
      <select class="control" aria-label="Speed" value={player.speed} onChange={({ currentTarget }) => player.setSpeed(Number(currentTarget.value))}>
        {SPEEDS.map((speed) => (
          <option key={speed} value={speed}>
            {speed}×
          </option>
        ))}
      </select>
    </label>
  )
}

function LiveButton({ player }: { player: Player }) {
  const { live } = player
  if (live.kind === 'no') return null
  const title = live.following ? 'Following the visitor' : 'Go to what is happening now (l)'
  return (
    <button type="button" class="live-button" aria-pressed={live.following} title={title} onClick={() => player.goLive()}>
      <span class="pulse" aria-hidden="true" />
      {live.connected ? 'Live' : 'Connecting…'}
    </button>
  )
}

function WindowPicker({ player }: { player: Player }) {
  const windows = player.recording?.windowIds ?? []
  if (windows.length < 2) return null
  return (
    <label class="window-picker" title="Window (w)">
      <Icon name="windows" />
      <select
        class="control"
        aria-label="Window"
        value={player.chosenWindow ?? ''}
        onChange={({ currentTarget }) => player.chooseWindow(currentTarget.value || undefined)}
      >
        <option value="">Auto ({windows.indexOf(player.shownWindowId) + 1})</option>
        {windows.map((id, index) => (
          <option key={id} value={id}>
            Window {index + 1}
          </option>
        ))}
      </select>
    </label>
  )
}
