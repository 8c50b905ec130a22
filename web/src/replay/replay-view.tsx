// The player as one sees it: the recorded page, its controls, and the panels beside it. Nothing in here knows of a server, of a page
// around it, or of its address.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { RecordingFacts } from '../format/listing'
import type { Player } from '../player/player'
import { Controls } from './controls'
import type { Panel } from './panels'
import { SeekBar } from './seek-bar'
import { ShortcutSheet, useShortcuts } from './shortcuts'
import { Side } from './side'
import { Viewport } from './viewport'

interface Props {
  readonly player: Player
  /** The element that the player draws into. */
  readonly stage: HTMLElement
  readonly facts: RecordingFacts | undefined
  /** None: the recorded page has all the room. */
  readonly panels: readonly Panel[]
  readonly onRetry: () => void
  readonly onCopyLink: () => void
}

export function ReplayView({ player, stage, facts, panels, onRetry, onCopyLink }: Props) {
  const [helping, setHelping] = useState(false)
  const [isFullscreen, toggleFullscreen, frame] = useFullscreen()
  const actions = useMemo(
    () => ({ fullscreen: toggleFullscreen, help: () => setHelping(true), copyLink: onCopyLink }),
    [toggleFullscreen, onCopyLink],
  )
  useShortcuts(player, actions)
  return (
    <>
      <main class={panels.length > 0 ? 'player' : 'player is-alone'}>
        <div class="player-frame" ref={frame}>
          <Viewport player={player} stage={stage} onRetry={onRetry} />
          <div class="deck">
            <SeekBar player={player} />
            <Controls player={player} isLive={facts?.live === true} isFullscreen={isFullscreen} onFullscreen={toggleFullscreen} onHelp={() => setHelping(true)} />
          </div>
        </div>
        {panels.length > 0 && <Side panels={panels} context={{ player, facts }} />}
      </main>
      {helping && <ShortcutSheet onClose={() => setHelping(false)} />}
    </>
  )
}

function useFullscreen() {
  const frame = useRef<HTMLDivElement>(null)
  const [isFullscreen, setFullscreen] = useState(false)
  useEffect(() => {
    const change = (): void => setFullscreen(document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', change)
    return () => document.removeEventListener('fullscreenchange', change)
  }, [])
  const toggle = useCallback(() => {
    // Refused where the browser has no full screen (iPhone): then nothing happens.
    if (document.fullscreenElement) void document.exitFullscreen()
    else void frame.current?.requestFullscreen?.().catch(() => undefined)
  }, [])
  return [isFullscreen, toggle, frame] as const
}
