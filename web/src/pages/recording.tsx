// The page `/recordings/:id`: the player.

import { render } from 'preact'
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { RecordingFacts } from '../format/listing'
import { hashFor, momentOf } from '../player/moment'
import { Player } from '../player/player'
import { offerScripting } from '../player/scripting'
import { ApiError, fetchRecording } from '../sources/api'
import { shortAddress } from '../ui/addresses'
import { Controls } from '../ui/controls'
import { EventList } from '../ui/event-list'
import { FactsPanel } from '../ui/facts-panel'
import { Icon } from '../ui/icons'
import { Avatar, personName } from '../ui/person'
import { LiveMark } from '../ui/recording-list'
import { SeekBar } from '../ui/seek-bar'
import { LoginScreen, Message, TopBar } from '../ui/shell'
import { ShortcutSheet, useShortcuts } from '../ui/shortcuts'
import { exactTime } from '../ui/times'
import { useClipboard } from '../ui/use-clipboard'
import { usePlayerChanges } from '../ui/use-player'
import { Viewport } from '../ui/viewport'

const FACTS_REFRESH_MS = 10_000

interface Opened {
  readonly player: Player
  readonly stage: HTMLElement
}

function openPlayer(id: string): Opened {
  const stage = document.createElement('div')
  stage.className = 'stage'
  const player = new Player(id, stage)
  const moment = momentOf(location.hash)
  const ready = player.open(moment).then(() => {
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
    if (moment === undefined && !calm) player.play()
  })
  offerScripting(player, ready)
  return { player, stage }
}

function RecordingPage({ id }: { id: string }) {
  const [attempt, setAttempt] = useState(0)
  const opened = useMemo(() => openPlayer(id), [id, attempt])
  const { player, stage } = opened
  usePlayerChanges(player)
  const facts = useFacts(id, player)
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

  if (player.phase.kind === 'failed' && player.phase.error instanceof ApiError) {
    if (player.phase.error.kind === 'not_logged_in') return <Refused what="login" />
    if (player.phase.error.kind === 'not_found') return <Refused what="missing" />
  }
  return (
    <div class="player-page">
      <TopBar>
        <Title facts={facts} />
        <button type="button" class="button is-quiet" onClick={copyLink} title="Copy a link to this moment (c)">
          <Icon name={copied ? 'check' : 'link'} />
          <span class="wide-only">{copied ? 'Copied' : 'Copy link'}</span>
        </button>
      </TopBar>
      <main class="player">
        <div class="player-frame" ref={frame}>
          <Viewport player={player} stage={stage} onRetry={() => setAttempt((count) => count + 1)} />
          <div class="deck">
            <SeekBar player={player} />
            <Controls player={player} isLive={facts?.live === true} isFullscreen={isFullscreen} onFullscreen={toggleFullscreen} onHelp={() => setHelping(true)} />
          </div>
        </div>
        <Side player={player} facts={facts} />
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

function Side({ player, facts }: { player: Player; facts: RecordingFacts | undefined }) {
  const [tab, setTab] = useState<'events' | 'details'>('events')
  return (
    <aside class="side" aria-label="About this recording">
      <div class="tabs" role="tablist">
        {(['events', 'details'] as const).map((name) => (
          <button key={name} type="button" role="tab" aria-selected={tab === name} onClick={() => setTab(name)}>
            {name === 'events' ? 'Events' : 'Details'}
          </button>
        ))}
      </div>
      {tab === 'events' ? <EventList player={player} /> : <FactsPanel player={player} facts={facts} />}
    </aside>
  )
}

function Refused({ what }: { what: 'login' | 'missing' }) {
  return (
    <>
      <TopBar />
      {what === 'login' ? (
        <LoginScreen />
      ) : (
        <main class="list-page">
          <Message title="There is no such recording" icon="search">
            <p>It may have been erased, or the link is not complete.</p>
            <a class="button is-primary" href="/">
              All recordings
            </a>
          </Message>
        </main>
      )}
    </>
  )
}

function useFacts(id: string, player: Player): RecordingFacts | undefined {
  const [facts, setFacts] = useState<RecordingFacts>()
  const isLive = player.live.kind === 'running'
  useEffect(() => {
    // The player itself says what is wrong where the server does not answer.
    const load = (): void => void fetchRecording(id).then(setFacts, () => undefined)
    load()
    if (!isLive) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') load()
    }, FACTS_REFRESH_MS)
    return () => clearInterval(timer)
  }, [id, isLive])
  useEffect(() => {
    if (facts) document.title = `${personName(facts.person)} · Cassette`
  }, [facts])
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

const root = document.getElementById('app')
const id = decodeURIComponent(/^\/recordings\/([^/]+)\/?$/.exec(location.pathname)?.[1] ?? '')
if (root) render(id === '' ? <Refused what="missing" /> : <RecordingPage id={id} />, root)
