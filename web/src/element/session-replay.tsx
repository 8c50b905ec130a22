// <session-replay>: the player as an element, in a shadow of its own, so that the page around it and the player do not change each
// other's look. Everything that plays is one of these: the app, links, files that play by themselves, and other people's pages.
//
// ## Invariants
// 1. It is open exactly while it is in a page and has something to play. Out of the page it holds no worker, no timer and no
//    picture; put back, it opens again where it was. Moving it inside the page closes nothing.
// 2. Setting what is played (`source`, `file`, the attribute `src`) opens that, once, after the script that set it has ended.
// 3. It makes no request but those of its source.

import { render } from 'preact'
import type { SessionReplay as Published, SessionReplayEvents } from '../../package/session-replay'
import { detailsPanel, PANELS, type Panel } from '../replay/panels'
import { openReplay, type OpenedReplay } from '../replay/opened-replay'
import type { Neighbours } from '../replay/controls'
import { Host } from '../replay/keyboard'
import { ReplayView } from '../replay/replay-view'
import { refusingSource, SourceError, type RecordingSource } from '../sources/source'
import { isMark, type Mark } from '../timeline/marks'
import { announceChanges } from './announce'
import { momentOfAttribute, panelsOfAttribute, speedOfAttribute, themeOfAttribute } from './attributes'
import { Empty } from './empty'
import styles from './element.css?text'

/** What is played, as it was set. */
export type Playable =
  | { readonly kind: 'source'; readonly source: RecordingSource }
  | { readonly kind: 'file'; readonly file: Blob }
  | { readonly kind: 'address'; readonly address: string; readonly apiKey: string | undefined }

/** Makes a source of a file or an address. The app has none: it brings its own sources. */
export type SourceMaker = (playable: Exclude<Playable, { kind: 'source' }>) => RecordingSource

const ATTRIBUTES = ['src', 't', 'speed', 'panels', 'theme'] as const

const EARLY = ['source', 'src', 'file', 'panels', 'panelTable', 'theme', 't', 'speed', 'autoplay', 'marks', 'neighbours', 'copyLink', 'apiKey'] as const

let sheet: CSSStyleSheet | undefined

/** One for all: the browser shares it. */
function styleSheet(): CSSStyleSheet {
  if (sheet) return sheet
  sheet = new CSSStyleSheet()
  sheet.replaceSync(styles)
  return sheet
}

const darkSystem = matchMedia('(prefers-color-scheme: dark)')

/** What other people's pages know of it is written in `package/session-replay.d.ts`. */
export class SessionReplay extends HTMLElement implements Omit<Published, keyof HTMLElement> {
  static readonly observedAttributes = ATTRIBUTES
  static makeSource: SourceMaker | undefined

  readonly #root: ShadowRoot
  #panelTable: readonly Panel[] = [...PANELS, detailsPanel()]
  #neighbours: Neighbours = {}
  #marks: readonly Mark[] = []
  #copyLink: (() => void) | undefined
  #apiKey: string | undefined
  #given: Playable | undefined
  #opened: OpenedReplay | undefined
  #stopAnnouncing: (() => void) | undefined
  /** Where it was when it left the page. */
  #resumeAt: number | undefined
  #isOpening = false
  #isDrawing = false
  #ready = deferred()

  constructor() {
    super()
    this.#root = this.attachShadow({ mode: 'open' })
    this.#root.adoptedStyleSheets = [styleSheet()]
  }

  connectedCallback(): void {
    this.#takeEarly()
    darkSystem.addEventListener('change', this.#showTheme)
    this.#showTheme()
    // Where it was only moved, the browser has emptied the frame that the picture stands in.
    if (this.#opened) this.#opened.player.drawAgain()
    else this.#openSoon()
  }

  /** What a script set before the element was defined stands on it as a member of its own, and hides what does something. */
  #takeEarly(): void {
    for (const name of EARLY) {
      if (!Object.hasOwn(this, name)) continue
      const value: unknown = this[name]
      // The accessor stays: it is the class's.
      Reflect.deleteProperty(this, name)
      Object.assign(this, { [name]: value })
    }
  }

  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (this.isConnected) return
      darkSystem.removeEventListener('change', this.#showTheme)
      this.#resumeAt = this.#opened?.player.position
      this.#close()
    })
  }

  /** A move that keeps its frames, where the browser has such moves: nothing is to be done. */
  connectedMoveCallback(): void {
    this.#showTheme()
  }

  attributeChangedCallback(name: (typeof ATTRIBUTES)[number], before: string | null, now: string | null): void {
    if (before === now) return
    switch (name) {
      case 'src':
        this.#given = this.#address()
        return this.#play()
      case 't': {
        const moment = momentOfAttribute(now)
        if (this.#opened && moment !== undefined) void this.seek(moment)
        return
      }
      case 'speed':
        return this.#opened?.player.setSpeed(speedOfAttribute(now) ?? 1)
      case 'panels':
        return this.#drawSoon()
      case 'theme':
        return this.#showTheme()
      default:
        return name satisfies never
    }
  }

  // What is played

  get src(): string {
    return this.getAttribute('src') ?? ''
  }

  set src(address: string) {
    this.setAttribute('src', address)
  }

  get source(): RecordingSource | undefined {
    return this.#given?.kind === 'source' ? this.#given.source : undefined
  }

  set source(source: RecordingSource | undefined) {
    if (source === this.source) return
    this.#given = source ? { kind: 'source', source } : this.#address()
    this.#play()
  }

  get file(): Blob | undefined {
    return this.#given?.kind === 'file' ? this.#given.file : undefined
  }

  set file(file: Blob | undefined) {
    this.#given = file ? { kind: 'file', file } : this.#address()
    this.#play()
  }

  #address(): Playable | undefined {
    const address = this.getAttribute('src')
    return address === null ? undefined : { kind: 'address', address, apiKey: undefined }
  }

  /** Goes along with the requests to an API address. */
  get apiKey(): string | undefined {
    return this.#apiKey
  }

  set apiKey(key: string | undefined) {
    this.#apiKey = key
  }

  // How it looks and begins

  /** All panels there are; the attribute `panels` chooses among them. For the app, which has panels of its own. */
  get panelTable(): readonly Panel[] {
    return this.#panelTable
  }

  set panelTable(panels: readonly Panel[]) {
    this.#panelTable = panels
    this.#drawSoon()
  }

  /** Where the recordings before and after this one are, for the app, which has lists. */
  get neighbours(): Neighbours {
    return this.#neighbours
  }

  set neighbours(neighbours: Neighbours) {
    this.#neighbours = neighbours
    this.#drawSoon()
  }

  /** What "copy a link to this moment" does; without it there is no such button. For the app, which has addresses. */
  get copyLink(): (() => void) | undefined {
    return this.#copyLink
  }

  set copyLink(copy: (() => void) | undefined) {
    this.#copyLink = copy
    this.#drawSoon()
  }

  /** Moments that the page around the player knows of, such as comments: `{ timestamp, kind: 'comment', label }`. */
  get marks(): readonly Mark[] {
    return this.#marks
  }

  set marks(marks: readonly Mark[]) {
    // Anybody's script may set them.
    this.#marks = marks.filter(isMark)
    this.#drawSoon()
  }

  /** Names of panels; undefined: all. */
  get panels(): readonly string[] | undefined {
    const names = this.getAttribute('panels')?.split(/[\s,]+/)
    return names?.filter((name) => name !== '' && name !== 'none')
  }

  set panels(names: readonly string[] | undefined) {
    this.#setAttribute('panels', names && (names.join(' ') || 'none'))
  }

  get theme(): string {
    return themeOfAttribute(this.getAttribute('theme'))
  }

  set theme(theme: string) {
    this.setAttribute('theme', theme)
  }

  get t(): number | undefined {
    const moment = momentOfAttribute(this.getAttribute('t'))
    return moment === undefined ? undefined : moment / 1000
  }

  set t(seconds: number | undefined) {
    this.#setAttribute('t', seconds?.toString())
  }

  get speed(): number {
    return this.#opened?.player.speed ?? speedOfAttribute(this.getAttribute('speed')) ?? 1
  }

  set speed(speed: number) {
    this.setAttribute('speed', String(speed))
  }

  get autoplay(): boolean {
    return this.hasAttribute('autoplay')
  }

  set autoplay(plays: boolean) {
    this.toggleAttribute('autoplay', plays)
  }

  // What scripts may do. Times are milliseconds since the recording's start.

  /** Resolves when the first picture is on screen, or it is known that there is none. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Resolves when that state is on screen, standing still. */
  async seek(milliseconds: number): Promise<void> {
    await this.ready
    await this.#opened?.player.seek(milliseconds)
  }

  play(): void {
    this.#opened?.player.play()
  }

  pause(): void {
    this.#opened?.player.pause()
  }

  get currentTime(): number {
    return this.#opened?.player.position ?? 0
  }

  get duration(): number {
    return this.#opened?.player.duration ?? 0
  }

  get paused(): boolean {
    return this.#opened?.player.wantsToPlay !== true
  }

  /** What is open now. For the app; an event `opened` says when it is another. */
  get opened(): OpenedReplay | undefined {
    return this.#opened
  }

  // Opening and closing

  #play(): void {
    this.#resumeAt = undefined
    this.#close()
    this.#openSoon()
  }

  /** A script may set the source, the key and the moment in any order. */
  #openSoon(): void {
    if (this.#isOpening) return
    this.#isOpening = true
    queueMicrotask(() => {
      this.#isOpening = false
      if (this.isConnected && !this.#opened) this.#open()
    })
  }

  #open(): void {
    const given = this.#given
    if (!given) return this.#drawEmpty()
    const moment = this.#resumeAt ?? momentOfAttribute(this.getAttribute('t'))
    const opened = openReplay(this.#sourceOf(given), moment)
    this.#opened = opened
    const { player } = opened
    player.setSpeed(speedOfAttribute(this.getAttribute('speed')) ?? 1)
    this.#stopAnnouncing = announceChanges(player, (name, detail) => this.#announce(name, detail))
    this.#draw()
    this.dispatchEvent(new Event('opened'))
    const { settle } = this.#ready
    void opened.ready.then(() => {
      settle()
      if (this.#opened !== opened || player.phase.kind === 'failed') return
      this.#announce('ready', { duration: player.duration })
      if (this.autoplay && this.#resumeAt === undefined) player.play()
    })
  }

  #sourceOf(given: Playable): RecordingSource {
    if (given.kind === 'source') return given.source
    const playable = given.kind === 'address' ? { ...given, apiKey: this.#apiKey } : given
    return SessionReplay.makeSource?.(playable) ?? refusingSource(new SourceError('refused', 'This page plays its own recordings only.'))
  }

  #close(): void {
    this.#stopAnnouncing?.()
    const opened = this.#opened
    render(null, this.#root)
    if (!opened) return
    this.#opened = undefined
    this.#ready.settle()
    this.#ready = deferred()
    opened.close()
  }

  readonly #retry = (): void => {
    this.#close()
    this.#open()
  }

  // Drawing

  /** A page sets several members one after the other: they are drawn together. */
  #drawSoon(): void {
    if (this.#isDrawing) return
    this.#isDrawing = true
    queueMicrotask(() => {
      this.#isDrawing = false
      this.#draw()
    })
  }

  #draw(): void {
    if (!this.#opened) return this.#drawEmpty()
    const panels = panelsOfAttribute(this.getAttribute('panels'), this.panelTable)
    const view = <ReplayView opened={this.#opened} panels={panels} marks={this.#marks} neighbours={this.#neighbours} onRetry={this.#retry} onCopyLink={this.#copyLink} />
    render(<Host value={this}>{view}</Host>, this.#root)
  }

  /** Only where a file can be played, and nothing is on its way. */
  #drawEmpty(): void {
    if (this.#given || !this.isConnected || !SessionReplay.makeSource) return
    render(<Empty onFile={(file) => (this.file = file)} />, this.#root)
  }

  readonly #showTheme = (): void => {
    const theme = themeOfAttribute(this.getAttribute('theme'))
    this.dataset.theme = theme === 'system' ? (darkSystem.matches ? 'dark' : 'light') : theme
    dispatchEvent(new Event('themechange'))
  }

  #announce<Name extends keyof SessionReplayEvents>(name: Name, detail: SessionReplayEvents[Name]): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }))
  }

  #setAttribute(name: string, value: string | undefined): void {
    if (value === undefined) this.removeAttribute(name)
    else this.setAttribute(name, value)
  }
}

interface Deferred {
  readonly promise: Promise<void>
  readonly settle: () => void
}

function deferred(): Deferred {
  let settle = (): void => undefined
  const promise = new Promise<void>((resolve) => (settle = resolve))
  return { promise, settle }
}

export function defineSessionReplay(): void {
  if (!customElements.get('session-replay')) customElements.define('session-replay', SessionReplay)
}
