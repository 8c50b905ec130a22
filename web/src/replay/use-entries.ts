// All entries that are known by now. A recording that is being read tells of new ones many times a second, and to put 500,000 of
// them in order takes a while: so this takes its time, and more of it the more there are.

import { useEffect, useState } from 'preact/hooks'
import type { Entry } from '../format/entry'
import type { Player } from '../player/player'

const NONE: readonly Entry[] = []
const MANY = 20_000
const SOON_MS = 30
const LATER_MS = 500

export function useEntries(player: Player): readonly Entry[] {
  const [entries, setEntries] = useState<readonly Entry[]>(() => player.recording?.entryList() ?? NONE)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let count = 0
    const take = (): void => {
      timer = undefined
      const list = player.recording?.entryList() ?? NONE
      count = list.length
      setEntries(list)
    }
    take()
    const stop = player.changes.add(() => (timer ??= setTimeout(take, count > MANY ? LATER_MS : SOON_MS)))
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [player])
  return entries
}
