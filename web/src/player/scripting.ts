// `window.cassette`: what scripts and tests may do with a page that plays. A stable surface; see the project's
// documentation before changing it.

import type { Player } from './player'

export interface Scripting {
  /** Resolves when the first picture is on screen. */
  readonly ready: Promise<void>
  /** Milliseconds since the recording's start; resolves when that state is on screen, paused. */
  seek(milliseconds: number): Promise<void>
  play(): void
  pause(): void
  readonly currentTime: number
  readonly duration: number
}

declare global {
  interface Window {
    cassette?: Scripting
  }
}

export function offerScripting(player: Player, ready: Promise<void>): void {
  window.cassette = {
    ready,
    async seek(milliseconds) {
      await ready
      await player.seek(milliseconds)
    },
    play: () => player.play(),
    pause: () => player.pause(),
    get currentTime() {
      return player.position
    },
    get duration() {
      return player.duration
    },
  }
}
