// Play, time, speed, skipping, windows, live, full screen.

import { useCallback, useRef } from 'preact/hooks'
import { SPEEDS, type Player } from '../player/player'
import { Icon, type IconName } from '../ui/icons'
import { clockTime } from '../ui/times'
import { usePlayerChanges, usePlayhead } from './use-player'

interface Props {
  readonly player: Player
  /** The visitor is at it now. */
  readonly isLive: boolean
  readonly isFullscreen: boolean
  readonly onFullscreen: () => void
  readonly onHelp: () => void
}

export function Controls({ player, isLive, isFullscreen, onFullscreen, onHelp }: Props) {
  usePlayerChanges(player)
  const playing = player.wantsToPlay
  const ended = player.phase.kind === 'ended'
  const [icon, label]: [IconName, string] = playing ? ['pause', 'Pause'] : ended ? ['again', 'Play again'] : ['play', 'Play']
  return (
    <div class="controls" role="group" aria-label="Player controls">
      <button
        type="button"
        class="icon-button play-button"
        aria-label={label}
        title={`${label} (space)`}
        disabled={player.phase.kind === 'loading' || player.phase.kind === 'failed'}
        onClick={() => player.toggle()}
      >
        <Icon name={icon} />
      </button>
      <Time player={player} />
      {isLive && <LiveButton player={player} />}
      <span class="spring" />
      <WindowPicker player={player} />
      <button
        type="button"
        class="chip"
        aria-pressed={player.skipsIdle}
        title="Skip stretches without activity (s)"
        onClick={() => player.setSkipsIdle(!player.skipsIdle)}
      >
        <Icon name="skip" /> <span class="wide-only">Skip inactivity</span>
      </button>
      <label class="speed" title="Speed (< and >)">
        <select
          class="control"
          aria-label="Speed"
          value={player.speed}
          onChange={({ currentTarget }) => player.setSpeed(Number(currentTarget.value))}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={speed}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
      <button type="button" class="icon-button wide-only" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick={onHelp}>
        <Icon name="help" />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label={isFullscreen ? 'Leave full screen' : 'Full screen'}
        title={`${isFullscreen ? 'Leave full screen' : 'Full screen'} (f)`}
        onClick={onFullscreen}
      >
        <Icon name={isFullscreen ? 'leaveFullscreen' : 'fullscreen'} />
      </button>
    </div>
  )
}

function Time({ player }: { player: Player }) {
  const text = useRef<HTMLSpanElement>(null)
  usePlayhead(
    player,
    useCallback((position: number) => {
      if (text.current) text.current.textContent = clockTime(position)
    }, []),
  )
  return (
    <span class="time">
      <span ref={text} /> <span class="time-of">/ {clockTime(player.duration)}</span>
    </span>
  )
}

function LiveButton({ player }: { player: Player }) {
  const { live } = player
  if (live.kind === 'no') return null
  const title = live.following ? 'Following the visitor' : 'Go to what is happening now'
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
    <label class="window-picker" title="Window">
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
