// The recorded page, scaled to the room there is, and what is said over it.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Player } from '../player/player'
import { noticesAt, type Notice } from '../timeline/notices'
import { Icon } from '../ui/icons'
import { clockTime, duration } from '../ui/times'
import { usePlayerChanges, usePlayhead } from './use-player'

const SKIP_MESSAGE_MS = 1800
const LATE_MS = 250

interface Props {
  readonly player: Player
  readonly stage: HTMLElement
  readonly notices: readonly Notice[]
  readonly onRetry: () => void
}

export function Viewport({ player, stage, notices, onRetry }: Props) {
  usePlayerChanges(player)
  const room = useRef<HTMLDivElement>(null)
  const size = player.picture.kind === 'shown' ? player.picture.size : undefined
  useEffect(() => {
    room.current?.prepend(stage)
  }, [stage])
  // Before anything is painted: the first frame that shows a picture shows it in its size.
  useLayoutEffect(() => {
    const element = room.current
    if (!element || !size) return
    const fit = (): void => {
      const scale = Math.min(element.clientWidth / size.width, element.clientHeight / size.height, 1.5)
      stage.style.width = `${size.width}px`
      stage.style.height = `${size.height}px`
      stage.style.transform = `translate(-50%, -50%) scale(${scale})`
      stage.style.setProperty('--unscale', String(1 / scale))
    }
    fit()
    const observer = new ResizeObserver(fit)
    observer.observe(element)
    return () => observer.disconnect()
  }, [stage, size])
  return (
    <div class="viewport" ref={room} data-shown={size ? '' : undefined} onClick={() => player.toggle()}>
      <Overlay player={player} onRetry={onRetry} />
      <PictureNote player={player} notices={notices} />
      <SkipMessage player={player} notices={notices} />
    </div>
  )
}

function Overlay({ player, onRetry }: { player: Player; onRetry: () => void }) {
  const { phase, picture } = player
  if (phase.kind === 'failed') {
    return (
      <div class="overlay is-solid" onClick={(event) => event.stopPropagation()}>
        <div class="overlay-card" role="alert">
          <h2>The recording could not be loaded</h2>
          <p>{phase.error.message}</p>
          <button type="button" class="button is-primary" onClick={onRetry}>
            Try again
          </button>
        </div>
      </div>
    )
  }
  if (picture.kind === 'impossible') return <NoPicture reason={picture.reason} />
  if (picture.kind === 'none_yet') return <LateSpinner label="Loading the recording" />
  if (phase.kind === 'waiting') return <LateSpinner label="Loading this part" />
  if (phase.kind === 'ended') {
    return (
      <div class="overlay">
        <button type="button" class="big-button" aria-label="Play again" title="Play again">
          <Icon name="again" />
        </button>
      </div>
    )
  }
  if (phase.kind === 'paused') {
    return (
      <div class="overlay is-hint" aria-hidden="true">
        <span class="big-button">
          <Icon name="play" />
        </span>
      </div>
    )
  }
  return null
}

function NoPicture({ reason }: { reason: 'mobile' | 'no_snapshot' }) {
  return (
    <div class="overlay is-solid">
      <div class="overlay-card">
        {reason === 'mobile' ? (
          <>
            <h2>A recording of a mobile app</h2>
            <p>
              It holds wireframes of the app's screens instead of a page. This player cannot draw them yet. The time line
              and the list of events work, and the download holds everything that was sent.
            </p>
          </>
        ) : (
          <>
            <h2>Nothing to show here</h2>
            <p>
              The recording holds no full picture of the page, so the changes to it have nothing to stand on. This
              happens when the visitor left before the first picture was sent. The list of events still shows what is known.
            </p>
          </>
        )}
      </div>
    </div>
  )
}

/** Most waits are over before anybody sees them: a spinner for those would only flicker, and take from the picture the time to draw itself. */
function LateSpinner({ label }: { label: string }) {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_MS)
    return () => clearTimeout(timer)
  }, [])
  if (!late) return null
  return (
    <div class="overlay" role="status" aria-label={label}>
      <span class="spinner" />
    </div>
  )
}

/** What has to be known of the picture at this moment: that it is none, or that of another time. */
function PictureNote({ player, notices }: { player: Player; notices: readonly Notice[] }) {
  const [note, setNote] = useState<Notice>()
  usePlayhead(
    player,
    useCallback((position: number) => setNote(noticesAt(notices, position, player.shownWindowId)[0]), [player, notices]),
  )
  if (!note || player.picture.kind === 'impossible') return null
  return (
    <div class="picture-note" role="status">
      <Icon name="notice" />
      <span>
        <strong>{note.title}</strong> from {clockTime(note.from)} to {clockTime(note.to)}.<span class="picture-note-why"> {note.text}</span>
      </span>
    </div>
  )
}

function SkipMessage({ player, notices }: { player: Player; notices: readonly Notice[] }) {
  const [shown, setShown] = useState<string>()
  const { skipped } = player
  useEffect(() => {
    if (!skipped) return
    const to = player.position
    const hasGap = notices.some((notice) => notice.isGap && notice.from < to && notice.to > to - skipped.milliseconds)
    setShown(`Skipped ${duration(skipped.milliseconds)} ${hasGap ? 'in which nothing was recorded' : 'without activity'}`)
    const timer = setTimeout(() => setShown(undefined), SKIP_MESSAGE_MS)
    return () => clearTimeout(timer)
  }, [skipped])
  return (
    <div class="skip-message" role="status" data-shown={shown ? '' : undefined}>
      {shown}
    </div>
  )
}
