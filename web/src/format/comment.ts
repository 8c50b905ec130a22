// Comments on a recording, as the server tells them, and the moments that their text names.

import { arrayOf, numberOf, objectOf, textOf } from './json'

export interface Comment {
  readonly id: string
  readonly text: string
  readonly author: { readonly id: string; readonly name: string }
  readonly createdAt: number
  /** Somebody changed it since it was written. */
  readonly isEdited: boolean
  /** The moment that it is about, as the clock said when it was recorded; undefined: the whole recording. */
  readonly at: number | undefined
  /** The comment that it answers. */
  readonly answers: string | undefined
}

export interface CommentPage {
  readonly comments: readonly Comment[]
  /** On all pages. */
  readonly count: number
}

export function readCommentPage(value: unknown): CommentPage {
  const page = objectOf(value)
  const comments = arrayOf(page?.results).flatMap((one) => readComment(one) ?? [])
  return { comments, count: numberOf(page?.count) ?? comments.length }
}

export function readComment(value: unknown): Comment | undefined {
  const one = objectOf(value)
  const id = textOf(one?.id)
  if (!one || id === undefined) return undefined
  const author = objectOf(one.created_by)
  const at = Date.parse(textOf(objectOf(one.item_context)?.time_in_recording) ?? '')
  return {
    id,
    text: textOf(one.content) ?? '',
    author: { id: String(author?.id ?? ''), name: textOf(author?.first_name) || textOf(author?.email) || 'Somebody' },
    createdAt: Date.parse(textOf(one.created_at) ?? '') || 0,
    isEdited: (numberOf(one.version) ?? 0) > 0,
    at: Number.isNaN(at) ? undefined : at,
    answers: textOf(one.source_comment),
  }
}

export interface Thread {
  readonly comment: Comment
  /** The oldest first. */
  readonly answers: readonly Comment[]
}

/**
 * In order of the moments that they are about; what is about none comes first. An answer whose comment is gone stands alone: it was
 * not deleted, so it is not hidden.
 */
export function threadsOf(comments: readonly Comment[]): Thread[] {
  const byAge = [...comments].sort((a, b) => a.createdAt - b.createdAt)
  const ids = new Set(comments.map(({ id }) => id))
  const isAlone = ({ answers }: Comment): boolean => answers === undefined || !ids.has(answers)
  return byAge
    .filter(isAlone)
    .map((comment) => ({ comment, answers: byAge.filter(({ answers }) => answers === comment.id) }))
    .sort((a, b) => (a.comment.at ?? -Infinity) - (b.comment.at ?? -Infinity) || a.comment.createdAt - b.comment.createdAt)
}

export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  /** `ms` since the recording's start. */
  | { readonly kind: 'moment'; readonly text: string; readonly ms: number }

/** Not in a longer number, and not in a date with a time zone such as 10:30:00.5. */
const CLOCK = /(?<![\d:.,])(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?![\d:]|[.,]\d)/g

/** Cuts a text where it names a place on the player's clock, such as 1:23. What lies behind `duration` (ms) is some other time, and stays text. */
export function partsOf(text: string, duration: number): TextPart[] {
  const parts: TextPart[] = []
  let end = 0
  for (const match of text.matchAll(CLOCK)) {
    const [hours, minutes, seconds] = [match[1] ?? '0', match[2] ?? '0', match[3] ?? '0'].map(Number) as [number, number, number]
    const ms = ((hours * 60 + minutes) * 60 + seconds) * 1000
    if (seconds > 59 || (match[1] !== undefined && minutes > 59) || ms > duration) continue
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) })
    parts.push({ kind: 'moment', text: match[0], ms })
    end = match.index + match[0].length
  }
  if (end < text.length) parts.push({ kind: 'text', text: text.slice(end) })
  return parts
}
