// The player as one sees it: the recorded page, its controls, and the panels beside it. Nothing in here knows of a server, of a page
// around it, or of its address.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Player } from '../player/player'
import type { Mark } from '../timeline/marks'
import { stretchesOf } from '../timeline/notices'
import { Controls, type Neighbours } from './controls'
import { Moments } from './moments'
import { useFacts, type OpenedReplay } from './opened-replay'
import type { Panel } from './panels'
import { SeekBar } from './seek-bar'
import { ShortcutSheet, useShortcuts } from './shortcuts'
import { Side } from './side'
import { useNotices } from './use-notices'
import { hasOpened, usePlayerValue } from './use-player'
import { useTimeline } from './use-timeline'
import { Viewport } from './viewport'

interface Props {
  readonly opened: OpenedReplay
  /** None: the recorded page has all the room. */
  readonly panels: readonly Panel[]
  /** What the page knows of this recording's moments: comments. */
  readonly marks?: readonly Mark[]
  readonly neighbours?: Neighbours
  readonly onRetry: () => void
  /** Absent where there is no address to copy. */
  readonly onCopyLink: (() => void) | undefined
}

const LATE_MS = 500
const NO_NEIGHBOURS: Neighbours = {}
const NO_PANELS: readonly Panel[] = []

export function ReplayView({ opened, panels: all, marks, neighbours = NO_NEIGHBOURS, onRetry, onCopyLink }: Props) {
  const { player, stage } = opened
  const facts = useFacts(opened)
  const panels = usePlayerValue(player, hasNothing) ? NO_PANELS : all
  const isFurnished = useFurnished(player)
  const [helping, setHelping] = useState(false)
  const [isShowingMoments, showMoments] = useState(false)
  const timeline = useTimeline(player, marks)
  const notices = useNotices(player, facts?.leftOut)
  const { gaps, remarks } = useMemo(() => stretchesOf(notices), [notices])
  const { zoomIn, zoomOut, showWhole, jumpToMark } = timeline
  const toggleMoments = useCallback(() => showMoments((now) => !now), [])
  const [isFullscreen, toggleFullscreen, frame] = useFullscreen()
  const actions = useMemo(
    () => ({
      fullscreen: toggleFullscreen,
      help: () => setHelping(true),
      copyLink: onCopyLink,
      moments: toggleMoments,
      timeline: { zoomIn, zoomOut, showWhole, jumpToMark },
      neighbours,
    }),
    [toggleFullscreen, onCopyLink, toggleMoments, zoomIn, zoomOut, showWhole, jumpToMark, neighbours],
  )
  useShortcuts(player, actions)
  return (
    <>
      <div class={panels.length > 0 ? 'player' : 'player is-alone'}>
        <div class="player-frame" ref={frame}>
          <Viewport player={player} stage={stage} notices={notices} onRetry={onRetry} />
          <div class={isFurnished ? 'deck' : 'deck is-coming'}>
            {isFurnished && (
              <>
                {isShowingMoments && <Moments player={player} timeline={timeline} onClose={() => showMoments(false)} />}
                <SeekBar player={player} timeline={timeline} gaps={gaps} remarks={remarks} />
                <Controls
                  player={player}
                  timeline={timeline}
                  isLive={facts?.live === true}
                  isFullscreen={isFullscreen}
                  neighbours={neighbours}
                  isShowingMoments={isShowingMoments}
                  onMoments={toggleMoments}
                  onFullscreen={toggleFullscreen}
                  onCopyLink={onCopyLink}
                  onHelp={() => setHelping(true)}
                />
              </>
            )}
          </div>
        </div>
        {panels.length > 0 && (isFurnished ? <Side panels={panels} context={{ player, facts, notices }} /> : <div class="side" />)}
      </div>
      {helping && <ShortcutSheet panels={panels} hasLinks={onCopyLink !== undefined} onClose={() => setHelping(false)} />}
    </>
  )
}

/**
 * Controls and panels are drawn when the picture is there, for which they would take time, and whoever waits for it has been told; where it is
 * late, before it.
 */
function useFurnished(player: Player): boolean {
  const isOpen = usePlayerValue(player, hasOpened)
  const [isFurnished, setFurnished] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setFurnished(true), isOpen ? 0 : LATE_MS)
    return () => clearTimeout(timer)
  }, [player, isOpen])
  return isFurnished
}

/** The recording could not be opened at all: the panels would wait for ever. */
const hasNothing = (player: Player): boolean => player.phase.kind === 'failed' && player.recording === undefined

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
