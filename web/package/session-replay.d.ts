// Types of <session-replay>. Times are milliseconds since the recording's start, except in the attribute `t`, which has seconds.

export type Theme = 'light' | 'dark' | 'system'

export type FailureKind = 'not_logged_in' | 'not_found' | 'unreachable' | 'refused' | 'unreadable' | 'other'

export interface Notice {
  readonly kind: 'lost_parts' | 'unreadable_events' | 'inexact_changes'
  readonly count: number
  readonly message: string
}

export type MarkKind =
  | 'comment' | 'event' | 'page' | 'click'
  | 'error' | 'console_error' | 'failed_request'
  | 'error_click' | 'rage_click' | 'dead_click' | 'thrashing_mouse' | 'quick_back'

/** A moment that stands on the time line. */
export interface Mark {
  readonly timestamp: number
  readonly kind: MarkKind
  readonly label?: string
}

/** The details of the element's events, by name. All of them bubble and leave shadow roots. */
export interface SessionReplayEvents {
  /** The first picture is on screen. */
  readonly ready: { readonly duration: number }
  /** Ten times a second while it plays, and at each jump. */
  readonly timechange: { readonly currentTime: number; readonly duration: number }
  readonly play: { readonly currentTime: number }
  readonly pause: { readonly currentTime: number }
  readonly ended: { readonly currentTime: number }
  /** The recording cannot be played; `message` is a sentence for people. */
  readonly failed: { readonly kind: FailureKind; readonly message: string }
  /** Something could not be shown as it was; the rest plays on. */
  readonly notice: Notice
}

type SessionReplayEventMap = { [Name in keyof SessionReplayEvents]: CustomEvent<SessionReplayEvents[Name]> }

export declare class SessionReplay extends HTMLElement {
  /** A recording file, `…/api/projects/ID/session_recordings/ID`, or the link of one recording. */
  src: string
  /** Instead of `src`: a file at hand. */
  file: Blob | undefined
  /** Goes along with requests to an API address. Whoever can read the page can read it. */
  apiKey: string | undefined
  /** Seconds: where it begins, or jumps to. */
  t: number | undefined
  /** 0.1 to 16. */
  speed: number
  autoplay: boolean
  /** Names of the panels beside the recorded page, in their order; empty: none; undefined: all. */
  panels: readonly string[] | undefined
  theme: string
  /** Moments that your page knows of. */
  marks: readonly Mark[]
  /** Resolves when the first picture is on screen, or it is known that there is none. */
  readonly ready: Promise<void>
  readonly currentTime: number
  readonly duration: number
  readonly paused: boolean
  /** Resolves when that state is on screen, standing still. */
  seek(milliseconds: number): Promise<void>
  play(): void
  pause(): void
  addEventListener<Name extends keyof SessionReplayEvents>(
    type: Name,
    listener: (this: SessionReplay, event: SessionReplayEventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener<Name extends keyof HTMLElementEventMap>(
    type: Name,
    listener: (this: HTMLElement, event: HTMLElementEventMap[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void
  removeEventListener<Name extends keyof SessionReplayEvents>(
    type: Name,
    listener: (this: SessionReplay, event: SessionReplayEventMap[Name]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void
  removeEventListener<Name extends keyof HTMLElementEventMap>(
    type: Name,
    listener: (this: HTMLElement, event: HTMLElementEventMap[Name]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void
}

declare global {
  interface HTMLElementTagNameMap {
    'session-replay': SessionReplay
  }
}
