// The real posthog-js, recording this visit into the server that the shop comes from.

/** What the shop uses of posthog-js, which `/static/array.js` puts on the window. */
interface PostHog {
  init(token: string, options: Readonly<Record<string, unknown>>): void
  capture(event: string, properties?: Properties): void
  identify(distinctId: string, properties?: Properties): void
  reset(): void
  get_session_id(): string
  onSessionId(listener: (sessionId: string) => void): void
  sessionRecordingStarted(): boolean
}

type Properties = Readonly<Record<string, unknown>>

declare global {
  interface Window {
    posthog?: PostHog
    CASSETTE_DEMO?: { readonly token: string; readonly apiHost: string }
  }
}

export type RecorderState =
  | { readonly kind: 'starting' }
  /** It runs, but keeps what it sees to itself until the visitor does something. */
  | { readonly kind: 'waiting' }
  /** The server has at least the beginning of this recording. */
  | { readonly kind: 'recording'; readonly sessionId: string }
  | { readonly kind: 'absent'; readonly reason: string }

const DELIVERED = 'side-b-delivered'
const START_WITHIN_MS = 10_000

export class Recorder {
  #posthog: PostHog | undefined
  #state: RecorderState = { kind: 'starting' }
  #listeners: ((state: RecorderState) => void)[] = []

  start(): void {
    const config = window.CASSETTE_DEMO
    const posthog = window.posthog
    if (!config) return this.#become({ kind: 'absent', reason: 'the server did not say which project to record into' })
    if (!posthog?.init) return this.#become({ kind: 'absent', reason: 'a content blocker may have stopped its script' })
    this.#posthog = posthog
    posthog.init(config.token, {
      api_host: config.apiHost,
      capture_pageview: 'history_change',
      capture_exceptions: true,
      enable_recording_console_log: true,
      disable_surveys: true,
      persistence: 'localStorage',
      // Browsers driven by tests count as visitors here.
      opt_out_useragent_filter: true,
    })
    posthog.onSessionId(() => this.#look())
    this.#watchDeliveries(new URL('/s/', config.apiHost).href)
    this.#awaitStart(performance.now() + START_WITHIN_MS)
  }

  onChange(listener: (state: RecorderState) => void): void {
    this.#listeners.push(listener)
    listener(this.#state)
  }

  capture(event: string, properties?: Properties): void {
    this.#posthog?.capture(event, properties)
  }

  /** From here on the visit has a name. */
  identify(distinctId: string, properties: Properties): void {
    this.#posthog?.identify(distinctId, properties)
  }

  /** The next click belongs to another visitor, in another recording. */
  startOver(): void {
    this.#posthog?.reset()
    this.#look()
  }

  #awaitStart(deadline: number): void {
    if (this.#posthog?.sessionRecordingStarted()) return this.#look()
    if (performance.now() > deadline) this.#become({ kind: 'absent', reason: 'the server may not be recording this project' })
    setTimeout(() => this.#awaitStart(deadline), this.#state.kind === 'absent' ? 2000 : 200)
  }

  /** The browser's own list of requests says when a piece of the recording has arrived. */
  #watchDeliveries(endpoint: string): void {
    new PerformanceObserver((list) => {
      const arrived = list.getEntriesByType('resource').some((entry) => {
        if (!(entry instanceof PerformanceResourceTiming) || !entry.name.startsWith(endpoint)) return false
        // Browsers that do not tell the status (Safari) leave it out.
        return entry.responseStatus === undefined || entry.responseStatus === 200
      })
      if (!arrived || !this.#posthog) return
      sessionStorage.setItem(DELIVERED, this.#posthog.get_session_id())
      this.#look()
    }).observe({ type: 'resource', buffered: true })
  }

  #look(): void {
    const posthog = this.#posthog
    if (!posthog?.sessionRecordingStarted()) return
    const sessionId = posthog.get_session_id()
    const delivered = sessionStorage.getItem(DELIVERED) === sessionId
    this.#become(delivered ? { kind: 'recording', sessionId } : { kind: 'waiting' })
  }

  #become(state: RecorderState): void {
    this.#state = state
    for (const listener of this.#listeners) listener(state)
  }
}
