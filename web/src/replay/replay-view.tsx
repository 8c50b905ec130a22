// The player as one sees it: the recorded page, its controls, and the panels beside it. Nothing in here knows of a server, of a page
// around it, or of its address.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Controls } from './controls'
import { useFacts, type OpenedReplay } from './opened-replay'
import type { Panel } from './panels'
import { SeekBar } from './seek-bar'
import { ShortcutSheet, useShortcuts } from './shortcuts'
import { Side } from './side'
import { Viewport } from './viewport'

interface Props {
  readonly opened: OpenedReplay
  /** None: the recorded page has all the room. */
  readonly panels: readonly Panel[]
  readonly onRetry: () => void
  readonly onCopyLink: () => void
}

export function ReplayView({ opened, panels, onRetry, onCopyLink }: Props) {
  const { player, stage } = opened
  const facts = useFacts(opened)
  const [helping, setHelping] = useState(false)
  const [isFullscreen, toggleFullscreen, frame] = useFullscreen()
  const actions = useMemo(
    () => ({ fullscreen: toggleFullscreen, help: () => setHelping(true), copyLink: onCopyLink }),
    [toggleFullscreen, onCopyLink],
  )
  useShortcuts(player, actions)
  return (
    <>
      <div class={panels.length > 0 ? 'player' : 'player is-alone'}>
        <div class="player-frame" ref={frame}>
          <Viewport player={player} stage={stage} onRetry={onRetry} />
          <div class="deck">
            <SeekBar player={player} />
            <Controls player={player} isLive={facts?.live === true} isFullscreen={isFullscreen} onFullscreen={toggleFullscreen} onHelp={() => setHelping(true)} />
          </div>
        </div>
        {panels.length > 0 && <Side panels={panels} context={{ player, facts }} />}
      </div>
      {helping && <ShortcutSheet onClose={() => setHelping(false)} />}
    </>
  )
}

function useFullscreen() {
  const frame = useRef<HTMLDivElement>(null)
  const [isFullscreen, setFullscreen] = useState(false)
  useEffect(() => {
    const change = (): void => setFullscreen(fullscreenIn(frame.current) !== null)
    document.addEventListener('fullscreenchange', change)
    return () => document.removeEventListener('fullscreenchange', change)
  }, [])
  const toggle = useCallback(() => {
    // Refused where the browser has no full screen (iPhone): then nothing happens.
    if (fullscreenIn(frame.current)) void document.exitFullscreen()
    else void frame.current?.requestFullscreen?.().catch(() => undefined)
  }, [])
  return [isFullscreen, toggle, frame] as const
}

/** From outside, what is in a shadow and fills the screen is the shadow's host. */
function fullscreenIn(element: Element | null): Element | null {
  const root = element?.getRootNode()
  return root instanceof ShadowRoot || root instanceof Document ? root.fullscreenElement : null
}
