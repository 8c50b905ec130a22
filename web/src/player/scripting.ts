// `window.cassette`: what scripts and tests may do with a page that plays. A stable surface; see the project's
// documentation before changing it.

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

/** `replay` is asked when it is called: what it plays may change. */
export function offerScripting(replay: Scripting): void {
  window.cassette = {
    get ready() {
      return replay.ready
    },
    seek: (milliseconds) => replay.seek(milliseconds),
    play: () => replay.play(),
    pause: () => replay.pause(),
    get currentTime() {
      return replay.currentTime
    },
    get duration() {
      return replay.duration
    },
  }
}
