// What the server recognised in what a visitor did, as small badges: a mark, a number, and words for who asks.

import type { SignalCount } from '../format/list-row'
import type { SignalKind } from '../format/listing'
import { counted } from '../ui/times'

const SIGNALS: Readonly<Record<SignalKind, readonly [mark: string, one: string, many: string]>> = {
  rage_click: ['rage', 'rage click', 'rage clicks'],
  dead_click: ['dead', 'dead click', 'dead clicks'],
  error_click: ['error', 'click that caused an error', 'clicks that caused an error'],
  quick_back: ['back', 'quick way back', 'quick ways back'],
  thrashing_mouse: ['thrash', 'thrash of the mouse', 'thrashes of the mouse'],
}

export function SignalBadges({ signals }: { signals: readonly SignalCount[] }) {
  if (signals.length === 0) return null
  return (
    <span class="signals">
      {signals.map(({ kind, count }) => {
        const [mark, one, many] = SIGNALS[kind]
        const words = counted(count, one, many)
        return (
          <span key={kind} class={`signal is-${kind}`} title={words}>
            <span aria-hidden="true">
              {mark} {count}
            </span>
            <span class="only-read">{words}</span>
          </span>
        )
      })}
    </span>
  )
}
