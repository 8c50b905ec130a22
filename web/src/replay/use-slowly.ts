// What is made of all that is known of a recording, made anew not at each change but every so often: a large recording comes in
// thousands of blocks, and each would cost a walk through everything before it.

import { useEffect, useState } from 'preact/hooks'
import type { Player } from '../player/player'

/** The first time at once, and then at most every `between` milliseconds; the last change is never left out. `read` stays the same function. */
export function useSlowly<T extends object>(player: Player, read: (player: Player) => T, between: number): T {
  const [value, setValue] = useState(() => read(player))
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let last = -Infinity
    const look = (): void => {
      timer = undefined
      last = performance.now()
      const next = read(player)
      setValue((now) => (isSame(now, next) ? now : next))
    }
    const changed = (): void => {
      timer ??= setTimeout(look, Math.max(0, last + between - performance.now()))
    }
    look()
    const stop = player.changes.add(changed)
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [player, read, between])
  return value
}

/** Of the same parts, each of them the same thing. */
function isSame<T extends object>(a: T, b: T): boolean {
  const parts = Object.entries(a)
  return parts.length === Object.keys(b).length && parts.every(([name, value]) => Object.is(value, Reflect.get(b, name)))
}
