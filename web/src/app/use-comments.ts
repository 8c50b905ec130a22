// The comments of the recording that a page is about: one copy, from which both the panel and the marks on the time line are made.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Comment } from '../format/comment'
import { messageOf } from '../format/failures'
import { addComment, deleteComment, editComment, fetchComments, type NewComment } from '../sources/comments'
import type { Mark } from '../timeline/marks'

export type CommentsState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'known'; readonly comments: readonly Comment[] }

export interface Comments {
  readonly state: CommentsState
  readonly load: () => void
  readonly add: (comment: NewComment) => Promise<void>
  readonly edit: (id: string, text: string) => Promise<void>
  readonly remove: (id: string) => Promise<void>
  /** What was begun and not sent. It outlives the panel, which goes when another is looked at. */
  readonly draft: { current: Draft }
}

export interface Draft {
  readonly text: string
  /** Milliseconds since the recording's start, of the moment in which it was begun. */
  readonly moment: number | undefined
}

export const NO_DRAFT: Draft = { text: '', moment: undefined }

/** They are asked for when they are `wanted`. */
export function useComments(recording: string, wanted: boolean): Comments {
  const [state, setState] = useState<CommentsState>({ kind: 'loading' })
  const draft = useRef(NO_DRAFT)
  const load = useCallback(() => {
    setState({ kind: 'loading' })
    fetchComments(recording).then(
      (comments) => setState({ kind: 'known', comments }),
      (error: unknown) => setState({ kind: 'failed', why: messageOf(error) }),
    )
  }, [recording])
  useEffect(() => {
    if (wanted) load()
  }, [load, wanted])
  return useMemo(() => {
    const update = (change: (comments: readonly Comment[]) => readonly Comment[]): void =>
      setState((now) => (now.kind === 'known' ? { kind: 'known', comments: change(now.comments) } : now))
    return {
      state,
      load,
      draft,
      add: async (asked) => {
        const added = await addComment(recording, asked)
        update((comments) => [...comments, added])
      },
      edit: async (id, text) => {
        const edited = await editComment(id, text)
        update((comments) => comments.map((comment) => (comment.id === id ? edited : comment)))
      },
      remove: async (id) => {
        await deleteComment(id)
        update((comments) => comments.filter((comment) => comment.id !== id))
      },
    }
  }, [state, load, recording])
}

const LABEL_LENGTH = 80

/** Answers are where their comment is. */
export function commentMarks({ state }: Comments, startedAt: number): readonly Mark[] {
  if (state.kind !== 'known') return []
  return state.comments.flatMap(({ at, author, text }) => {
    if (at === undefined) return []
    const short = text.length > LABEL_LENGTH ? `${text.slice(0, LABEL_LENGTH - 1)}…` : text
    return [{ timestamp: Math.max(0, at - startedAt), kind: 'comment' as const, label: `${author.name}, ${short}` }]
  })
}
