// What became of one element, step by step; each step leads to its moment.

import { useState } from 'preact/hooks'
import type { HistoryEvent, HistoryStep } from '../../format/node-history'
import type { Player } from '../../player/player'
import { clockTime, counted } from '../../ui/times'
import { momentTitle } from '../moment-title'
import { LongText } from '../value-tree'
import type { ReadHistory } from './use-history'

const SHOWN = 100

export function HistoryList({ player, history, time }: { player: Player; history: ReadHistory; time: number }) {
  const { steps, progress, failed } = history
  const [shown, setShown] = useState(SHOWN)
  const isWhole = progress !== undefined && progress.done === progress.of
  const folded = foldScrolls(steps)
  return (
    <>
      <h2>In this recording</h2>
      {!isWhole && failed === undefined && (
        <p class="hint" role="status">
          Reading the recording{progress && progress.of > 1 ? `, part ${progress.done} of ${progress.of}` : ''}…
        </p>
      )}
      {failed !== undefined && <p class="hint">It could not be read to its end. {failed}</p>}
      {progress !== undefined && progress.lost > 0 && <p class="hint">{counted(progress.lost, 'part')} of the recording could not be loaded; what happened there is missing.</p>}
      {isWhole && steps.length === 0 && <p class="hint">Nothing is told of this element by itself.</p>}
      <ol class="history">
        {folded.slice(0, shown).map(({ timestamp, what }, place) => (
          <li key={place} class={timestamp > time ? 'is-ahead' : ''}>
            <button type="button" class="history-step" onClick={() => void player.seek(Math.max(0, timestamp))}>
              <span class="event-time" title={momentTitle(player, timestamp)}>
                {clockTime(timestamp)}
              </span>
              <span class="history-what">
                <What what={what} />
              </span>
            </button>
          </li>
        ))}
      </ol>
      {folded.length > shown && (
        <button type="button" class="link-button" onClick={() => setShown(shown + 5 * SHOWN)}>
          Show more, {folded.length - shown} are left
        </button>
      )}
    </>
  )
}

function What({ what }: { what: HistoryEvent }) {
  switch (what.kind) {
    case 'present':
      return <>Was there when the page was recorded</>
    case 'appeared':
      return <>Appeared</>
    case 'removed':
      return <>Was removed</>
    case 'absent':
      return <>Was not there when the page was recorded anew</>
    case 'used':
      return <>Was {what.how}</>
    case 'typed':
      return what.text === '' ? <>Was emptied</> : <>Was given the value “{what.text}”</>
    case 'scrolled':
      return (
        <>
          Was scrolled to {Math.round(what.x)}, {Math.round(what.y)}
        </>
      )
    case 'text':
      return (
        <>
          Text: <Change before={what.before} after={what.after} />
        </>
      )
    case 'attribute':
      return (
        <>
          <code>{what.name}</code>: <Change before={what.before} after={what.after} ofAttribute />
        </>
      )
    default:
      return what satisfies never
  }
}

function Change({ before, after, ofAttribute = false }: { before: string | undefined; after: string | undefined; ofAttribute?: boolean }) {
  const empty = ofAttribute ? 'set, without a value' : 'empty'
  return (
    <>
      {before ? (
        <del>
          <LongText text={before} limit={80} />
        </del>
      ) : (
        <span class="hint">{before === undefined ? 'none' : empty}</span>
      )}
      <span aria-hidden="true"> → </span>
      {after ? (
        <ins>
          <LongText text={after} limit={80} />
        </ins>
      ) : (
        <span class="hint">{after === undefined ? 'none' : empty}</span>
      )}
    </>
  )
}

/** Scrolling comes as many steps: where it ended tells enough. */
function foldScrolls(steps: readonly HistoryStep[]): HistoryStep[] {
  return steps.filter(({ timestamp, what }, place) => {
    const next = steps[place + 1]
    return !(what.kind === 'scrolled' && next?.what.kind === 'scrolled' && next.timestamp - timestamp < 1000)
  })
}
