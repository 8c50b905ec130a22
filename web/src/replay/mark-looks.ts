// How each kind of mark looks and what it is called: one table for the time line, its legend and the list of moments.
//
// Invariant: no two kinds have the same shape. Colours only say how grave it is.

import type { Entry } from '../format/entry'
import type { Mark, MarkKind } from '../timeline/marks'
import { counted } from '../ui/times'
import { titleOf } from './entry-words'

interface Look {
  readonly one: string
  readonly many: string
  /** A variable of the theme. */
  readonly colour: string
  /** Drawn in a square of ten by ten, filled by the rule `evenodd`. */
  readonly shape: string
}

export const MARK_LOOKS: Readonly<Record<MarkKind, Look>> = {
  error: { one: 'exception', many: 'exceptions', colour: '--mark-error', shape: 'M5 .6 9.8 9.2H.2z' },
  console_error: { one: 'console error', many: 'console errors', colour: '--mark-error', shape: 'M5 .8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4Z' },
  error_click: {
    one: 'click with an error', many: 'clicks with an error', colour: '--mark-error',
    shape: 'M2 .4 5 3.4 8 .4 9.6 2l-3 3 3 3L8 9.6l-3-3-3 3L.4 8l3-3-3-3z',
  },
  rage_click: {
    one: 'rage click', many: 'rage clicks', colour: '--mark-signal',
    shape: 'M5 0 6.2 3 9.3 1.5 7.6 4.4 10 6 7 6.6 7.4 9.8 5 7.6 2.6 9.8 3 6.6 0 6l2.4-1.6L.7 1.5 3.8 3z',
  },
  failed_request: { one: 'failed request', many: 'failed requests', colour: '--mark-error', shape: 'M.2 .8h9.6L5 9.4z' },
  dead_click: {
    one: 'dead click', many: 'dead clicks', colour: '--mark-signal',
    shape: 'M5 .6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8ZM5 2.7a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6Z',
  },
  thrashing_mouse: { one: 'thrashing mouse', many: 'thrashing mice', colour: '--mark-signal', shape: 'M0 5.4 2.5 1 5 5.4 7.5 1 10 5.4V9L7.5 4.6 5 9 2.5 4.6 0 9z' },
  quick_back: { one: 'quick way back', many: 'quick ways back', colour: '--mark-signal', shape: 'M5 .6v2.7h4.6v3.4H5v2.7L.4 5z' },
  comment: { one: 'comment', many: 'comments', colour: '--mark-comment', shape: 'M.6 1h8.8v6H5.6L3 9.6V7H.6z' },
  page: { one: 'page', many: 'pages', colour: '--mark-page', shape: 'M1.4.4h7.8L7.3 3.2l1.9 2.8H3v3.6H1.4z' },
  event: { one: 'event', many: 'events', colour: '--mark-click', shape: 'M5 .2 9.8 5 5 9.8.2 5z' },
  click: { one: 'click', many: 'clicks', colour: '--mark-click', shape: 'M3.8.6h2.4v8.8H3.8z' },
}

/** "Rage click on “Pay”", "/checkout". */
export function wordsOf(mark: Mark): string {
  const said = mark.label ?? (mark.entry ? saidBy(mark.entry) : '')
  const name = upperFirst(MARK_LOOKS[mark.kind].one)
  switch (mark.kind) {
    case 'click':
      return said || name
    case 'page':
    case 'event':
    case 'comment':
    case 'error':
    case 'console_error':
    case 'failed_request':
      return said === '' ? name : `${name}: ${said}`
    case 'error_click':
    case 'rage_click':
    case 'dead_click':
    case 'thrashing_mouse':
    case 'quick_back':
      return said === '' ? name : `${name} ${said}`
    default:
      return mark.kind satisfies never
  }
}

/** "3 console errors, 1 rage click". */
export function summaryOf(marks: readonly Mark[]): string {
  const counts = new Map<MarkKind, number>()
  for (const { kind } of marks) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts].map(([kind, count]) => counted(count, MARK_LOOKS[kind].one, MARK_LOOKS[kind].many)).join(', ')
}

function saidBy(entry: Entry): string {
  return titleOf(entry).trim()
}

export function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
