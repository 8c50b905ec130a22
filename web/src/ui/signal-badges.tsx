// How often a visitor met trouble, beside a recording's name: one small badge for each kind that there was. What a badge means
// stands in words where the pointer rests on it, and for who listens.

import { SIGNAL_KINDS, type SignalCounts, type SignalKind } from '../format/listing'
import { Icon } from './icons'
import { number } from './times'

const WORDS: { readonly [kind in SignalKind]: { readonly short: string; readonly one: string; readonly many: string } } = {
  rage_click: { short: 'Rage', one: 'rage click: clicks in quick succession that were not all answered', many: 'rage clicks: clicks in quick succession that were not all answered' },
  dead_click: { short: 'Dead', one: 'dead click: the page did nothing', many: 'dead clicks: the page did nothing' },
  error_click: { short: 'Error', one: 'error click: an error came upon it', many: 'error clicks: an error came upon each' },
  quick_back: { short: 'Back', one: 'quick back: a page left at once for the one before', many: 'quick backs: pages left at once for the one before' },
  thrashing_mouse: { short: 'Shaken', one: 'time the mouse was shaken to and fro', many: 'times the mouse was shaken to and fro' },
}

interface Props {
  readonly counts: SignalCounts
  /** Where there is little room: one sign for all of them. */
  readonly brief?: boolean
}

export function SignalBadges({ counts, brief = false }: Props) {
  const some = SIGNAL_KINDS.map((kind) => ({ kind, count: counts[kind] ?? 0 })).filter(({ count }) => count > 0)
  if (some.length === 0) return null
  const words = some.map(({ kind, count }) => `${number(count)} ${count === 1 ? WORDS[kind].one : WORDS[kind].many}`)
  if (brief) {
    const all = some.reduce((sum, { count }) => sum + count, 0)
    return (
      <span class="signal-badge is-brief" role="img" aria-label={words.join(', ')} title={words.join('\n')}>
        <Icon name="error" />
        {number(all)}
      </span>
    )
  }
  return (
    <span class="signal-badges">
      {some.map(({ kind, count }, index) => (
        <Badge key={kind} text={count === 1 ? WORDS[kind].short : `${WORDS[kind].short} ${number(count)}`} words={words[index] ?? ''} />
      ))}
    </span>
  )
}

function Badge({ text, words }: { text: string; words: string }) {
  return (
    <span class="signal-badge" role="img" aria-label={words} title={words}>
      {text}
    </span>
  )
}
