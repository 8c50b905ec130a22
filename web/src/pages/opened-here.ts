// The page of the list shows a recording that is opened from it in its own place, and the list again when one goes back: what plays it was
// loaded while the list was read, so only the recording is waited for.
//
// The browser tells of every way to another address (the Navigation API): links, the buttons for the next and previous recording, Back.
// Where it has no such thing, or the player is not here yet, the browser goes to the recording's own page, which shows the same.

import { recordingIdOf } from './recording-id'

/** Written in by the build: the script of the recording's own page. */
declare const RECORDING_SCRIPT_URL: string

/** Draws into a root of its own; the answer takes it away again. */
type Show = (root: HTMLElement) => () => void

type Player = typeof import('./recording')

/** So long the list has the machine for itself, when it is drawn and while one scrolls. */
const REST_MS = 300

export function showListAndWhatItOpens(root: HTMLElement, showList: Show): void {
  let isList = true
  let takeAway = showList(root)
  const { navigation } = window
  if (!navigation) return
  let player: Player | undefined
  async function prepare(): Promise<void> {
    player ??= await import(RECORDING_SCRIPT_URL)
    await player?.prepare()
  }
  const prepareSoon = (): void =>
    whenStill(() => {
      if (isList) void prepare().catch(() => undefined)
    })
  prepareSoon()

  function replace(show: Show): void {
    takeAway()
    const fresh = document.createElement('div')
    fresh.id = 'app'
    document.getElementById('app')?.replaceWith(fresh)
    scrollTo(0, 0)
    takeAway = show(fresh)
  }

  async function goTo(id: string, signal: AbortSignal): Promise<void> {
    isList = id === ''
    if (isList) {
      replace(showList)
      prepareSoon()
      return
    }
    // The server may be of another version by now, and have another script.
    if (!player) await prepare().catch(() => location.reload())
    if (player && !signal.aborted) replace(player.showRecording(id))
  }

  navigation.addEventListener('navigate', (event) => {
    const { destination, navigationType: type, hashChange, downloadRequest, canIntercept } = event
    const { pathname } = new URL(destination.url)
    const id = recordingIdOf(pathname)
    // Between lists, and to all else.
    if (id === '' && (isList || pathname !== '/')) return
    // A script changed the address of what is shown, or one goes to another part of it.
    if (hashChange || type === 'reload' || (destination.sameDocument && type !== 'traverse')) return
    if (!canIntercept || downloadRequest !== null) return
    // Going back or forth within this page, nobody else would show it.
    if (id !== '' && !player && type !== 'traverse') return
    event.intercept({ scroll: 'manual', handler: () => goTo(id, event.signal) })
  })
}

function whenStill(run: () => void): void {
  let timer: ReturnType<typeof setTimeout>
  const wait = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      removeEventListener('scroll', wait)
      run()
    }, REST_MS)
  }
  addEventListener('scroll', wait, { passive: true })
  wait()
}
