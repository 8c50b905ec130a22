// The keyboard: what each key does, in one table that both the handler and the sheet read.

import { useEffect } from 'preact/hooks'
import { SPEEDS, type Player } from '../player/player'
import { Sheet } from '../ui/sheet'
import type { Neighbours } from './controls'
import { listenToKeys, useHost } from './keyboard'
import type { Panel } from './panels'
import { isErrorMark, type Timeline } from './use-timeline'

export interface PageActions {
  readonly fullscreen: () => void
  readonly help: () => void
  readonly copyLink: (() => void) | undefined
  readonly moments: () => void
  readonly timeline: Pick<Timeline, 'zoomIn' | 'zoomOut' | 'showWhole' | 'jumpToMark'>
  readonly neighbours: Neighbours
}

interface Shortcut {
  readonly keys: readonly string[]
  readonly shift?: boolean
  readonly shown: readonly string[]
  readonly does: string
  readonly run: (player: Player, actions: PageActions) => unknown
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
  { keys: [','], shown: [','], does: 'One change of the page back', run: (player) => void player.stepFrame(-1) },
  { keys: ['.'], shown: ['.'], does: 'One change of the page ahead', run: (player) => void player.stepFrame(1) },
  { keys: ['n'], shown: ['n'], does: 'Next moment', run: (_, { timeline }) => timeline.jumpToMark(1) },
  { keys: ['p'], shown: ['p'], does: 'Previous moment', run: (_, { timeline }) => timeline.jumpToMark(-1) },
  { keys: ['e'], shown: ['e'], does: 'Next error', run: (_, { timeline }) => timeline.jumpToMark(1, isErrorMark) },
  { keys: ['E'], shown: ['shift', 'e'], does: 'Previous error', run: (_, { timeline }) => timeline.jumpToMark(-1, isErrorMark) },
  { keys: ['g'], shown: ['g'], does: 'List of moments', run: (_, actions) => actions.moments() },
  { keys: ['+', '='], shown: ['+'], does: 'Look closer at the time line', run: (_, { timeline }) => timeline.zoomIn() },
  { keys: ['-'], shown: ['−'], does: 'Show more of the time line', run: (_, { timeline }) => timeline.zoomOut() },
  { keys: ['0'], shown: ['0'], does: 'Show all of the time line', run: (_, { timeline }) => timeline.showWhole() },
  { keys: ['<'], shown: ['<'], does: 'Slower', run: (player) => player.setSpeed(nextSpeed(player.speed, -1)) },
  { keys: ['>'], shown: ['>'], does: 'Faster', run: (player) => player.setSpeed(nextSpeed(player.speed, 1)) },
  { keys: ['s'], shown: ['s'], does: 'Skip inactivity, or not', run: (player) => player.setSkipsIdle(!player.skipsIdle) },
  { keys: ['w'], shown: ['w'], does: 'Next window, where there are several', run: chooseNextWindow },
  { keys: ['f'], shown: ['f'], does: 'Full screen', run: (_, actions) => actions.fullscreen() },
  { keys: ['l'], shown: ['l'], does: 'To what happens now, when live', run: (player) => player.goLive() },
  { keys: ['c'], shown: ['c'], does: 'Copy a link to this moment', run: (_, actions) => actions.copyLink?.() },
  { keys: ['N'], shown: ['shift', 'n'], does: 'Next recording', run: (_, { neighbours }) => neighbours.next?.() },
  { keys: ['P'], shown: ['shift', 'p'], does: 'Previous recording', run: (_, { neighbours }) => neighbours.previous?.() },
  { keys: ['?'], shown: ['?'], does: 'This sheet', run: (_, actions) => actions.help() },
]

/** After the last one the player chooses again. */
function chooseNextWindow(player: Player): void {
  const windows = player.recording?.windowIds ?? []
  if (windows.length < 2) return
  const place = player.chosenWindow === undefined ? -1 : windows.indexOf(player.chosenWindow)
  player.chooseWindow(windows[place + 1])
}

function nextSpeed(speed: number, step: 1 | -1): number {
  const place = SPEEDS.findIndex((known) => known === speed) + step
  return SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, place))] ?? 1
}

export function useShortcuts(player: Player, actions: PageActions): void {
  const host = useHost()
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const isArrow = event.key.startsWith('Arrow')
      const shortcut = SHORTCUTS.find(({ keys, shift }) => keys.includes(event.key) && (!isArrow || (shift ?? false) === event.shiftKey))
      if (!shortcut) return
      event.preventDefault()
      shortcut.run(player, actions)
    }
    return listenToKeys(host, press)
  }, [player, actions, host])
}

interface SheetProps {
  readonly hasLinks: boolean
  /** Some have keys of their own. */
  readonly panels: readonly Panel[]
  readonly onClose: () => void
}

export function ShortcutSheet({ hasLinks, panels, onClose }: SheetProps) {
  return (
    <Sheet title="Keyboard shortcuts" class="shortcut-sheet" onClose={onClose}>
      <dl>
        {SHORTCUTS.filter(({ keys }) => hasLinks || !keys.includes('c')).map(({ shown, does }) => (
          <div key={does}>
            <dt>
              {shown.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        {panels.map(({ shortcut }) => shortcut && (
          <div key={shortcut.key}>
            <dt>
              <kbd>{shortcut.key}</kbd>
            </dt>
            <dd>{shortcut.does}</dd>
          </div>
        ))}
      </dl>
    </Sheet>
  )
}
