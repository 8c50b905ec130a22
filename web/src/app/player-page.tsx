// The page of one recording: the bar, the recorded page with its controls, and what is known beside it. The same for a recording on
// a server and for one inside the page.

import type { ComponentChildren, JSX } from 'preact'
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import type { RecordingFacts } from '../format/listing'
import { hashFor, momentOf, momentOfAddress } from '../player/moment'
import { Player } from '../player/player'
import { offerScripting } from '../player/scripting'
import type { Panel } from '../replay/panels'
import { ReplayView } from '../replay/replay-view'
import { usePlayerChanges } from '../replay/use-player'
import type { RecordingSource } from '../sources/source'
import { shortAddress } from '../ui/addresses'
import { Icon } from '../ui/icons'
import { LiveMark } from '../ui/live-mark'
import { Avatar, personName } from '../ui/person'
import { exactTime } from '../ui/times'
import { useClipboard } from '../ui/use-clipboard'
import { TopBar } from './top-bar'

const FACTS_REFRESH_MS = 10_000

interface Props {
  readonly source: RecordingSource
  /** Where the product's name leads; absent where there is no such place. */
  readonly home?: string
  /** Stands in the place of everything where the recording cannot be opened; nothing for "say it in the player". */
  readonly refusal?: (error: Error) => JSX.Element | undefined
  readonly panels: readonly Panel[]
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

export function PlayerPage({ source, home, refusal, panels, actions: inBar, shared }: Props) {
  const [attempt, setAttempt] = useState(0)
  const opened = useMemo(() => openPlayer(source, shared?.autoplay), [source, attempt])
  const { player, stage } = opened
  usePlayerChanges(player)
  const facts = useFacts(source, player, shared?.title)
  const [copied, copy] = useClipboard()
  const copyLink = useCallback(() => {
    const hash = hashFor(player.position)
    history.replaceState(null, '', hash)
    copy(location.href)
  }, [player, copy])
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
  const shown = shared ? panels.filter(({ isForShares }) => shared.inspector && isForShares) : panels
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
      <ReplayView player={player} stage={stage} facts={facts} panels={shown} onRetry={() => setAttempt((count) => count + 1)} onCopyLink={copyLink} />
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
