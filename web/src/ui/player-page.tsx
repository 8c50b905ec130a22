// The page of one recording: the bar, the recorded page with its controls, and what is known beside it. The same for a recording on
// a server and for one inside the page.

import type { ComponentChildren, JSX } from 'preact'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { RecordingFacts } from '../format/listing'
import { hashFor, momentOf, momentOfAddress } from '../player/moment'
import { Player } from '../player/player'
import { offerScripting } from '../player/scripting'
import type { RecordingSource } from '../sources/source'
import { shortAddress } from './addresses'
import { Controls } from './controls'
import { EntryPanel } from './entry-panel'
import { CONSOLE, EVENTS, NETWORK } from './entry-views'
import { FactsPanel } from './facts-panel'
import { Icon } from './icons'
import { LiveMark } from './live-mark'
import { Avatar, personName } from './person'
import { SeekBar } from './seek-bar'
import { ShortcutSheet, useShortcuts } from './shortcuts'
import { exactTime } from './times'
import { TopBar } from './top-bar'
import { useClipboard } from './use-clipboard'
import { usePlayerChanges } from './use-player'
import { Viewport } from './viewport'

const FACTS_REFRESH_MS = 10_000

interface Props {
  readonly source: RecordingSource
  /** Where the product's name leads; absent where there is no such place. */
  readonly home?: string
  /** Stands in the place of everything where the recording cannot be opened; nothing for "say it in the player". */
  readonly refusal?: (error: Error) => JSX.Element | undefined
  /** Stands behind the facts. */
  readonly details?: ComponentChildren
  /** Stands in the bar. */
  readonly actions?: (player: Player) => ComponentChildren
  /** The page of a link: nothing is known of the visitor, and the owner chose what is shown. */
  readonly shared?: SharedLook
}

export interface SharedLook {
  readonly title: string
  readonly header: boolean
  readonly brand: boolean
  readonly inspector: boolean
  /** Undefined: as everywhere. */
  readonly autoplay: boolean | undefined
  /** Where the recording came from, if there is such a place. */
  readonly back?: () => void
}

interface Opened {
  readonly player: Player
  readonly stage: HTMLElement
}

function openPlayer(source: RecordingSource, autoplay: boolean | undefined): Opened {
  const stage = document.createElement('div')
  stage.className = 'stage'
  const player = new Player(source, stage)
  const moment = momentOfAddress(location.hash, location.search)
  const ready = player.open(moment).then(() => {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
    if (autoplay ?? (moment === undefined && !calm)) player.play()
  })
  offerScripting(player, ready)
  return { player, stage }
}

export function PlayerPage({ source, home, refusal, details, actions: inBar, shared }: Props) {
  const [attempt, setAttempt] = useState(0)
  const opened = useMemo(() => openPlayer(source, shared?.autoplay), [source, attempt])
  const { player, stage } = opened
  usePlayerChanges(player)
  const facts = useFacts(source, player, shared?.title)
  const [helping, setHelping] = useState(false)
  const [isFullscreen, toggleFullscreen, frame] = useFullscreen()
  const [copied, copy] = useClipboard()
  const copyLink = useCallback(() => {
    const hash = hashFor(player.position)
    history.replaceState(null, '', hash)
    copy(location.href)
  }, [player, copy])
  const actions = useMemo(
    () => ({ fullscreen: toggleFullscreen, help: () => setHelping(true), copyLink }),
    [toggleFullscreen, copyLink],
  )
  useShortcuts(player, actions)
  useEffect(() => {
    const move = (): void => {
      const moment = momentOf(location.hash)
      if (moment !== undefined) void player.seek(moment)
    }
    addEventListener('hashchange', move)
    return () => {
      removeEventListener('hashchange', move)
      player.close()
    }
  }, [player])

  const refused = player.phase.kind === 'failed' ? refusal?.(player.phase.error) : undefined
  if (refused) return refused
  const hasSide = shared?.inspector !== false
  return (
    <div class="player-page">
      {shared?.header !== false && (
        <TopBar {...(home === undefined ? {} : { home })} isPlain={shared?.brand === false}>
          {shared ? <SharedTitle shared={shared} facts={facts} /> : <Title facts={facts} />}
          {inBar?.(player)}
          <button type="button" class="button is-quiet" onClick={copyLink} title="Copy a link to this moment (c)">
            <Icon name={copied ? 'check' : 'link'} />
            <span class="wide-only">{copied ? 'Copied' : 'Copy link'}</span>
          </button>
        </TopBar>
      )}
      <main class={hasSide ? 'player' : 'player is-alone'}>
        <div class="player-frame" ref={frame}>
          <Viewport player={player} stage={stage} onRetry={() => setAttempt((count) => count + 1)} />
          <div class="deck">
            <SeekBar player={player} />
            <Controls player={player} isLive={facts?.live === true} isFullscreen={isFullscreen} onFullscreen={toggleFullscreen} onHelp={() => setHelping(true)} />
          </div>
        </div>
        {hasSide && <Side player={player} facts={facts} details={details} isShared={shared !== undefined} />}
      </main>
      {helping && <ShortcutSheet onClose={() => setHelping(false)} />}
    </div>
  )
}

function Title({ facts }: { facts: RecordingFacts | undefined }) {
  if (!facts) return <div class="title" />
  return (
    <div class="title">
      <Avatar name={facts.person} />
      <div class="who-text">
        <h1 class="who-name">
          {personName(facts.person)} {facts.live && <LiveMark />}
        </h1>
        <span class="title-facts">
          <span>{exactTime(facts.start)}</span>
          <span class="address">{shortAddress(facts.startUrl)}</span>
        </span>
      </div>
    </div>
  )
}

function SharedTitle({ shared, facts }: { shared: SharedLook; facts: RecordingFacts | undefined }) {
  const { title, back } = shared
  return (
    <div class="title">
      {back && (
        <button type="button" class="icon-button" aria-label="All recordings of the collection" title="All recordings of the collection" onClick={back}>
          <Icon name="back" />
        </button>
      )}
      <div class="who-text">
        <h1 class="who-name">{title}</h1>
        {facts && <span class="title-facts">{exactTime(facts.start)}</span>}
      </div>
    </div>
  )
}

const TABS = ['Events', 'Console', 'Network', 'Details'] as const
/** Those that tell what the recording itself holds: of the visitor nothing is known behind a link. */
const SHARED_TABS = ['Events', 'Console', 'Network'] as const
const VIEWS = { Events: EVENTS, Console: CONSOLE, Network: NETWORK } as const

interface SideProps {
  readonly player: Player
  readonly facts: RecordingFacts | undefined
  readonly details: ComponentChildren
  readonly isShared: boolean
}

function Side({ player, facts, details, isShared }: SideProps) {
  const [tab, setTab] = useState<(typeof TABS)[number]>('Events')
  return (
    <aside class="side" aria-label="About this recording">
      <div class="tabs" role="tablist">
        {(isShared ? SHARED_TABS : TABS).map((name) => (
          <button key={name} type="button" role="tab" aria-selected={tab === name} onClick={() => setTab(name)}>
            {name}
          </button>
        ))}
      </div>
      {tab === 'Details' ? (
        <FactsPanel player={player} facts={facts}>
          {details}
        </FactsPanel>
      ) : (
        <EntryPanel key={tab} player={player} view={VIEWS[tab]} />
      )}
    </aside>
  )
}

function useFacts(source: RecordingSource, player: Player, title: string | undefined): RecordingFacts | undefined {
  const [facts, setFacts] = useState<RecordingFacts>()
  const isLive = player.live.kind === 'running'
  useEffect(() => {
    // The player itself says what is wrong where there is no answer.
    const load = (): void => void source.facts().then(setFacts, () => undefined)
    load()
    if (!isLive) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') load()
    }, FACTS_REFRESH_MS)
    return () => clearInterval(timer)
  }, [source, isLive])
  useEffect(() => {
    if (facts) document.title = `${title ?? personName(facts.person)} · Cassette`
  }, [facts, title])
  return facts
}

function useFullscreen() {
  const frame = useRef<HTMLDivElement>(null)
  const [isFullscreen, setFullscreen] = useState(false)
  useEffect(() => {
    const change = (): void => setFullscreen(document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', change)
    return () => document.removeEventListener('fullscreenchange', change)
  }, [])
  const toggle = useCallback(() => {
    // Refused where the browser has no full screen (iPhone): then nothing happens.
    if (document.fullscreenElement) void document.exitFullscreen()
    else void frame.current?.requestFullscreen?.().catch(() => undefined)
  }, [])
  return [isFullscreen, toggle, frame] as const
}
