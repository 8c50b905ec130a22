// The inspector: an element of the recorded page at the moment on screen, what it is made of, and what became of it in this recording.
// It is picked with the mouse or a finger, or walked to with the arrow keys.

import { useEffect, useRef, useState } from 'preact/hooks'
import { isRecorders, type HistoryTarget } from '../../format/node-history'
import type { Player } from '../../player/player'
import { Icon } from '../../ui/icons'
import { useClipboard } from '../../ui/use-clipboard'
import { Pair } from '../pairs'
import { usePlayerChanges } from '../use-player'
import { LongText } from '../value-tree'
import { HistoryList } from './history-list'
import { describe, elementOf, type Described } from './looking-at'
import { overlayOn, type Overlay } from './overlay'
import { attributesAt, useHistory } from './use-history'

/** The picture is looked at anew so often while it plays. */
const LOOK_EVERY_MS = 300

export function InspectorPanel({ player }: { player: Player }) {
  usePlayerChanges(player)
  const [target, setTarget] = useState<HistoryTarget>()
  const [picking, setPicking] = useState(false)
  const overlay = useOverlay(player)
  const time = useSlowTime(player)
  const page = player.recordedPage
  const isItsWindow = target !== undefined && target.windowId === player.shownWindowId
  const element = page && isItsWindow ? elementOf(page, target.node) : undefined
  const found = page && element ? describe(page, element) : undefined
  // After a reload the number may be another element's.
  const described = found?.chain === target?.chain ? found : undefined
  const history = useHistory(player, target)
  useEffect(() => overlay.current()?.show(page, described && element))

  const choose = (one: Element | undefined): void => {
    const now = player.recordedPage
    if (!one || !now) return
    const { id, chain } = describe(now, one)
    setTarget({ windowId: player.shownWindowId, node: id, chain })
  }
  const chooseNode = (id: number | undefined): void => {
    const now = player.recordedPage
    if (now && id !== undefined) choose(elementOf(now, id))
  }
  const pick = (): void => {
    player.pause()
    if (picking) {
      overlay.current()?.stopPicking()
      return setPicking(false)
    }
    setPicking(true)
    overlay.current()?.pick(
      () => player.recordedPage,
      (one) => {
        setPicking(false)
        choose(one)
      },
    )
  }
  const walk = (event: KeyboardEvent): void => {
    if (!described || event.ctrlKey || event.metaKey || event.altKey) return
    const moves: Record<string, (number | undefined)[]> = {
      ArrowLeft: [described.ancestors.at(-1)?.id],
      ArrowRight: [described.children[0]?.id],
      ArrowUp: [described.before],
      ArrowDown: [described.after],
    }
    const move = moves[event.key]
    if (!move) return
    event.preventDefault()
    chooseNode(move[0])
  }

  return (
    <section class="inspector" aria-label="Inspect">
      <div class="inspector-bar">
        <button type="button" class="button is-small" aria-pressed={picking} disabled={!page} onClick={pick}>
          <Icon name="click" />
          {picking ? 'Stop picking' : 'Pick an element'}
        </button>
        <button type="button" class="button is-small" disabled={!page} onClick={() => choose(page?.frame.contentDocument?.body)}>
          Start at the body
        </button>
      </div>
      <div class="inspector-scroller">
        {!page && <p class="nothing">There is no picture to look into at this moment.</p>}
        {page && !target && (
          <p class="nothing">{picking ? 'Click something in the recorded page. Escape gives up.' : 'Pick something in the recorded page to see what it is made of, and when it appeared, was changed or was clicked.'}</p>
        )}
        {target && !described && page && (
          <p class="nothing" role="status">
            The element is not in the page at this moment.{isItsWindow ? '' : ' It is in another window of the recording.'} Its history says when it was.
          </p>
        )}
        {described && <Walker described={described} onWalk={walk} onChoose={chooseNode} />}
        {described && <ElementFacts described={described} recorded={attributesAt(history, time)} />}
        {target && <HistoryList player={player} history={history} time={time} />}
      </div>
    </section>
  )
}

/** The overlay stands over the picture as long as the panel is there. */
function useOverlay(player: Player): { readonly current: () => Overlay | undefined } {
  const held = useRef<Overlay | undefined>(undefined)
  const isHere = useRef(false)
  useEffect(() => {
    isHere.current = true
    return () => {
      isHere.current = false
      held.current?.close()
      held.current = undefined
    }
  }, [player])
  return {
    current: () => {
      const room = isHere.current ? player.recordedPage?.frame.closest<HTMLElement>('.viewport') : undefined
      return (held.current ??= room ? overlayOn(room) : undefined)
    },
  }
}

function useSlowTime(player: Player): number {
  const [time, setTime] = useState(player.position)
  useEffect(() => {
    let last = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    const take = (): void => {
      clearTimeout(timer)
      timer = undefined
      last = performance.now()
      setTime(player.position)
    }
    const moved = (): void => {
      if (performance.now() - last > LOOK_EVERY_MS) take()
      else timer ??= setTimeout(take, LOOK_EVERY_MS)
    }
    const stops = [player.ticks.add(moved), player.changes.add(moved)]
    addEventListener('resize', moved)
    return () => {
      clearTimeout(timer)
      removeEventListener('resize', moved)
      for (const stop of stops) stop()
    }
  }, [player])
  return time
}

interface WalkerProps {
  readonly described: Described
  readonly onWalk: (event: KeyboardEvent) => void
  readonly onChoose: (id: number) => void
}

/** Above, itself, below. */
function Walker({ described, onWalk, onChoose }: WalkerProps) {
  const { ancestors, label, children } = described
  const [all, setAll] = useState(false)
  const shown = all ? children : children.slice(0, 12)
  return (
    <div class="walker" onKeyDown={onWalk}>
      <nav aria-label="Elements above">
        {ancestors.map(({ id, label: name }) => (
          <span key={id}>
            <button type="button" class="crumb" onClick={() => onChoose(id)}>
              {name}
            </button>
            <span aria-hidden="true"> › </span>
          </span>
        ))}
        <button type="button" class="crumb is-current" aria-current="true" aria-describedby="walker-keys" title="The arrow keys walk: left to what is above, right into it, up and down to what stands beside it">
          {label}
        </button>
        <span id="walker-keys" hidden>
          The arrow keys walk: left to what is above, right into it, up and down to what stands beside it.
        </span>
      </nav>
      {children.length > 0 && (
        <ul aria-label="Elements below">
          {shown.map(({ id, label: name }) => (
            <li key={id}>
              <button type="button" class="crumb" onClick={() => onChoose(id)}>
                {name}
              </button>
            </li>
          ))}
          {children.length > shown.length && (
            <li>
              <button type="button" class="link-button" onClick={() => setAll(true)}>
                Show all {children.length}
              </button>
            </li>
          )}
        </ul>
      )}
    </div>
  )
}

function ElementFacts({ described, recorded }: { described: Described; recorded: readonly (readonly [string, string])[] | undefined }) {
  const { tag, id, selector, text, value, box, isSeen, styles } = described
  const [copied, copy] = useClipboard()
  const attributes = withStyle(recorded, described.attributes)
  return (
    <>
      <dl class="pairs">
        <Pair name="Tag">
          <code>{tag}</code>
        </Pair>
        <Pair name="Selector">
          <code class="selector">{selector}</code>{' '}
          <button type="button" class="link-button" onClick={() => copy(selector)}>
            {copied ? 'Copied' : 'Copy'}
          </button>
        </Pair>
        {text !== '' && (
          <Pair name="Text">
            <LongText text={text} limit={160} />
          </Pair>
        )}
        {value !== undefined && <Pair name="Value">{value === '' ? <span class="hint">empty</span> : <LongText text={value} limit={160} />}</Pair>}
        <Pair name="Box">
          {Math.round(box.width)} × {Math.round(box.height)} at {Math.round(box.x)}, {Math.round(box.y)}
          {!isSeen && <span class="hint"> (not to be seen)</span>}
        </Pair>
        <Pair name="Node">{id}</Pair>
      </dl>
      <h2>Attributes</h2>
      {attributes.length === 0 ? (
        <p class="hint">None.</p>
      ) : (
        <dl class="pairs is-mono">
          {attributes.map(([name, own]) => (
            <Pair key={name} name={name}>
              {own === '' ? <span class="hint">set, without a value</span> : <LongText text={own} limit={160} />}
            </Pair>
          ))}
        </dl>
      )}
      <details>
        <summary>Computed styles</summary>
        <dl class="pairs is-mono">
          {styles.map(([name, own]) => (
            <Pair key={name} name={name}>
              {own}
            </Pair>
          ))}
        </dl>
      </details>
    </>
  )
}

/** What the recording says, where it has been read; what the picture is without is then there too. */
function withStyle(recorded: Described['attributes'] | undefined, shown: Described['attributes']): Described['attributes'] {
  if (!recorded) return shown
  const style = shown.find(([name]) => name === 'style')
  const rest = recorded.filter(([name]) => !isRecorders(name) && (name !== 'style' || !style))
  return style ? [...rest, style] : rest
}
