// The keyboard: what each key does, in one table that both the handler and the sheet read.

import { useEffect, useRef } from 'preact/hooks'
import { SPEEDS, type Player } from '../player/player'
import { Icon } from '../ui/icons'

export interface PageActions {
  readonly fullscreen: () => void
  readonly help: () => void
  readonly copyLink: () => void
}

interface Shortcut {
  readonly keys: readonly string[]
  readonly shift?: boolean
  readonly shown: readonly string[]
  readonly does: string
  readonly run: (player: Player, actions: PageActions) => void
}

const STEP_MS = 5000
const LONG_STEP_MS = 30_000

const SHORTCUTS: readonly Shortcut[] = [
  { keys: [' ', 'k'], shown: ['space'], does: 'Play or pause', run: (player) => player.toggle() },
  { keys: ['ArrowLeft'], shown: ['←'], does: 'Back 5 seconds', run: (player) => void player.jump(player.position - STEP_MS) },
  { keys: ['ArrowRight'], shown: ['→'], does: 'Ahead 5 seconds', run: (player) => void player.jump(player.position + STEP_MS) },
  { keys: ['ArrowLeft'], shift: true, shown: ['shift', '←'], does: 'Back 30 seconds', run: (player) => void player.jump(player.position - LONG_STEP_MS) },
  { keys: ['ArrowRight'], shift: true, shown: ['shift', '→'], does: 'Ahead 30 seconds', run: (player) => void player.jump(player.position + LONG_STEP_MS) },
  { keys: ['Home'], shown: ['Home'], does: 'To the start', run: (player) => void player.jump(0) },
  { keys: ['End'], shown: ['End'], does: 'To the end', run: (player) => void player.jump(player.duration) },
  { keys: ['<', ','], shown: ['<'], does: 'Slower', run: (player) => player.setSpeed(nextSpeed(player.speed, -1)) },
  { keys: ['>', '.'], shown: ['>'], does: 'Faster', run: (player) => player.setSpeed(nextSpeed(player.speed, 1)) },
  { keys: ['s'], shown: ['s'], does: 'Skip inactivity, or not', run: (player) => player.setSkipsIdle(!player.skipsIdle) },
  { keys: ['f'], shown: ['f'], does: 'Full screen', run: (_, actions) => actions.fullscreen() },
  { keys: ['l'], shown: ['l'], does: 'To what happens now, when live', run: (player) => player.goLive() },
  { keys: ['c'], shown: ['c'], does: 'Copy a link to this moment', run: (_, actions) => actions.copyLink() },
  { keys: ['?'], shown: ['?'], does: 'This sheet', run: (_, actions) => actions.help() },
]

function nextSpeed(speed: number, step: 1 | -1): number {
  const place = SPEEDS.findIndex((known) => known === speed) + step
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, place))] ?? 1
}

export function useShortcuts(player: Player, actions: PageActions): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event)) return
      const isArrow = event.key.startsWith('Arrow')
      const shortcut = SHORTCUTS.find(({ keys, shift }) => keys.includes(event.key) && (!isArrow || (shift ?? false) === event.shiftKey))
      if (!shortcut) return
      event.preventDefault()
      shortcut.run(player, actions)
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [player, actions])
}

/** Keys belong to fields, and the space bar to the button that has the focus. */
function isTyping(event: KeyboardEvent): boolean {
  const { target } = event
  if (!(target instanceof HTMLElement)) return false
  if (target.closest('input, textarea, select, dialog, [contenteditable]')) return true
  return event.key === ' ' && target.closest('button, a, summary') !== null
}

export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      class="sheet card"
      ref={dialog}
      aria-label="Keyboard shortcuts"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close()
      }}
    >
      <div class="sheet-head">
        <h2>Keyboard shortcuts</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </div>
      <dl>
        {SHORTCUTS.map(({ shown, does }) => (
          <div key={does}>
            <dt>
              {shown.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  )
}
