// The page of one recording: the bar, the recorded page with its controls, and what is known beside it. The same for a recording on
// a server and for one inside the page.

import type { ComponentChildren, JSX } from 'preact'
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { defineSessionReplay, type SessionReplay } from '../element/session-replay'
import type { RecordingFacts } from '../format/listing'
import { hashFor, momentOf, momentOfAddress } from '../player/moment'
import type { Player } from '../player/player'
import { offerScripting } from '../player/scripting'
import type { Neighbours } from '../replay/controls'
import { useFacts, type OpenedReplay } from '../replay/opened-replay'
import type { Panel } from '../replay/panels'
import type { RecordingSource } from '../sources/source'
import type { Mark } from '../timeline/marks'
import { shortAddress } from '../ui/addresses'
import { Icon } from '../ui/icons'
import { LiveMark } from '../ui/live-mark'
import { Avatar, personName } from '../ui/person'
import { exactTime } from '../ui/times'
import { useClipboard } from '../ui/use-clipboard'
import { CONTENT } from './skip-link'
import { TopBar } from './top-bar'

defineSessionReplay()

const NO_NEIGHBOURS: Neighbours = {}
const NO_MARKS: readonly Mark[] = []
const noMarks = (): readonly Mark[] => NO_MARKS

interface Props {
  readonly source: RecordingSource
  /** Where the product's name leads; absent where there is no such place. */
  readonly home?: string
  /** Stands in the place of everything where the recording cannot be opened; nothing for "say it in the player". */
  readonly refusal?: (error: Error) => JSX.Element | undefined
  readonly panels: readonly Panel[]
  /** Moments that the page knows of, such as comments; where the recording began is only known when it is open. */
  readonly marks?: (startedAt: number) => readonly Mark[]
  /** Counts what was changed of the recording from this page: its facts are asked for anew. */
  readonly changes?: number
  /** What stands before and after it in the list that it was opened from. */
  readonly neighbours?: Neighbours
  /** Stands in the bar. */
  readonly actions?: (player: Player) => ComponentChildren
  /** The first picture is on screen, or it is known that there is none. */
  readonly onReady?: () => void
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

/** Where the address leads, and whether it plays from there by itself. */
function beginning(autoplay: boolean | undefined): { readonly seconds: number | undefined; readonly plays: boolean } {
  const moment = momentOfAddress(location.hash, location.search)
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
  return { seconds: moment === undefined ? undefined : moment / 1000, plays: autoplay ?? (moment === undefined && !calm) }
}

export function PlayerPage({ source, home, refusal, panels, marks: marksFrom = noMarks, changes = 0, neighbours = NO_NEIGHBOURS, actions: inBar, onReady, shared }: Props) {
  const [element, setElement] = useState<SessionReplay | null>(null)
  const [isReady, setReady] = useState(false)
  const opened = useOpened(element)
  const facts = useFacts(opened)
  const startedAt = facts?.start
  const marks = useMemo(() => (startedAt === undefined ? NO_MARKS : marksFrom(startedAt)), [marksFrom, startedAt])
  const failure = useFailure(opened?.player)
  const theme = useTheme()
  const begin = useMemo(() => beginning(shared?.autoplay), [source])
  const shown = useMemo(() => (shared ? panels.filter(({ isForShares }) => shared.inspector && isForShares) : panels), [panels, shared?.inspector])
  const [copied, copy] = useClipboard()
  const current = useRef(element)
  current.current = element
  const copyLink = useCallback(() => {
    const hash = hashFor(current.current?.currentTime ?? 0)
    history.replaceState(null, '', hash)
    copy(location.href)
  }, [copy])
  const title = shared?.title
  useEffect(() => {
    if (facts) document.title = `${title ?? personName(facts.person)} · Cassette`
  }, [facts, title])
  useEffect(() => {
    if (changes > 0) opened?.facts.refresh()
  }, [changes])
  useEffect(() => {
    if (!element) return
    offerScripting(element)
    void element.ready.then(() => {
      setReady(true)
      onReady?.()
    })
    const move = (): void => {
      const moment = momentOf(location.hash)
      if (moment !== undefined) void element.seek(moment)
    }
    addEventListener('hashchange', move)
    return () => removeEventListener('hashchange', move)
  }, [element])

  const refused = failure && refusal?.(failure)
  if (refused) return refused
  return (
    <div class="player-page">
      {shared?.header !== false && (
        <TopBar {...(home === undefined ? {} : { home })} isPlain={shared?.brand === false}>
          {shared ? <SharedTitle shared={shared} start={isReady ? startedAt : undefined} /> : <Title facts={facts} isReady={isReady} />}
          {opened && inBar?.(opened.player)}
          <button type="button" class="button is-quiet" onClick={copyLink} title="Copy a link to this moment (c)">
            <Icon name={copied ? 'check' : 'link'} />
            <span class="wide-only">{copied ? 'Copied' : 'Copy link'}</span>
          </button>
        </TopBar>
      )}
      <main id={CONTENT} tabIndex={-1}>
        {shared?.header === false && <h1 class="only-read">{shared.title}</h1>}
        <session-replay
          ref={setElement}
          source={source}
          t={begin.seconds}
          autoplay={begin.plays}
          theme={theme}
          panelTable={shown}
          marks={marks}
          neighbours={neighbours}
          copyLink={copyLink}
        />
      </main>
    </div>
  )
}

/** What the element has open; another one when it was tried again. */
function useOpened(element: SessionReplay | null): OpenedReplay | undefined {
  const [opened, setOpened] = useState<OpenedReplay>()
  useLayoutEffect(() => {
    if (!element) return
    const look = (): void => setOpened(element.opened)
    look()
    element.addEventListener('opened', look)
    return () => element.removeEventListener('opened', look)
  }, [element])
  return opened
}

/** Why there is nothing to be seen. Stays when the element is taken away for it. */
function useFailure(player: Player | undefined): Error | undefined {
  const [failure, setFailure] = useState<Error>()
  useEffect(() => {
    if (!player) return
    const look = (): void => setFailure(player.phase.kind === 'failed' ? player.phase.error : undefined)
    look()
    return player.changes.add(look)
  }, [player])
  return failure
}

function useTheme(): string {
  const inForce = (): string => document.documentElement.dataset.theme ?? 'system'
  const [theme, setTheme] = useState(inForce)
  useEffect(() => {
    const look = (): void => setTheme(inForce())
    look()
    addEventListener('themechange', look)
    return () => removeEventListener('themechange', look)
  }, [])
  return theme
}

/** The first date that a browser writes takes it tens of milliseconds: it follows the picture. */
function Title({ facts, isReady }: { facts: RecordingFacts | undefined; isReady: boolean }) {
  if (!facts) return <div class="title" />
  return (
    <div class="title">
      <Avatar name={facts.person} />
      <div class="who-text">
        <h1 class="who-name">
          <span class="who-called">{personName(facts.person)}</span>
          {facts.live && <LiveMark />}
        </h1>
        <span class="title-facts">
          {isReady && <span class="title-time">{exactTime(facts.start)}</span>}
          <span class="address">{shortAddress(facts.startUrl)}</span>
        </span>
      </div>
    </div>
  )
}

function SharedTitle({ shared, start }: { shared: SharedLook; start: number | undefined }) {
  const { title, back } = shared
  return (
    <div class="title">
      {back && (
        <button type="button" class="icon-button" aria-label="All recordings of the collection" title="All recordings of the collection" onClick={back}>
          <Icon name="back" />
        </button>
      )}
      <div class="who-text">
        <h1 class="who-name">
          <span class="who-called">{title}</span>
        </h1>
        {start !== undefined && (
          <span class="title-facts">
            <span class="title-time">{exactTime(start)}</span>
          </span>
        )}
      </div>
    </div>
  )
}
