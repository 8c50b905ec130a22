// The history of the element that is looked at, as far as it has been read.

import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../../format/failures'
import type { HistoryStep, HistoryTarget } from '../../format/node-history'
import type { Player } from '../../player/player'
import type { Progress } from '../../sources/looking'

export interface ReadHistory {
  readonly steps: readonly HistoryStep[]
  readonly progress: Progress | undefined
  readonly failed: string | undefined
}

const NONE: ReadHistory = { steps: [], progress: undefined, failed: undefined }

/** Walking from element to element by the keyboard must not begin a reading at every step. */
const PATIENCE_MS = 250

export function useHistory(player: Player, target: HistoryTarget | undefined): ReadHistory {
  const [history, setHistory] = useState(NONE)
  const key = target && `${target.windowId} ${target.node} ${target.chain}`
  useEffect(() => {
    setHistory(NONE)
    if (!target) return
    const aborter = new AbortController()
    const { signal } = aborter
    const timer = setTimeout(() => {
      let steps: HistoryStep[] = []
      const found = (more: readonly HistoryStep[], progress: Progress): void => {
        if (more.length > 0) steps = [...steps, ...more]
        setHistory({ steps, progress, failed: undefined })
      }
      player.looking.history(target, found, signal).catch((error: unknown) => {
        if (!signal.aborted) setHistory((now) => ({ ...now, failed: messageOf(error) }))
      })
    }, PATIENCE_MS)
    return () => {
      clearTimeout(timer)
      aborter.abort()
    }
  }, [player, key])
  return history
}

/** What the recording says of the attributes at `time`; undefined where it is not known yet. */
export function attributesAt({ steps }: ReadHistory, time: number): (readonly [string, string])[] | undefined {
  let attributes: Record<string, string> | undefined
  for (const { timestamp, what } of steps) {
    if (timestamp > time) break
    if (what.kind === 'present' || what.kind === 'appeared') attributes = { ...what.attributes }
    else if (what.kind === 'attribute' && attributes) {
      // Of a style only what changed is told: the picture knows the whole.
      if (what.name === 'style') delete attributes.style
      else if (what.after === undefined) delete attributes[what.name]
      else attributes[what.name] = what.after
    }
  }
  return attributes && Object.entries(attributes)
}
