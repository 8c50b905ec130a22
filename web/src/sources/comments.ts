// Comments on the server.

import { readComment, readCommentPage, type Comment } from '../format/comment'
import { callJson, PROJECT, sending } from './call'
import { SourceError } from './source'

const COMMENTS = `${PROJECT}comments`
const AT_ONCE = 500

/** All of a recording. */
export async function fetchComments(recording: string): Promise<readonly Comment[]> {
  const all: Comment[] = []
  for (let offset = 0; ; offset += AT_ONCE) {
    const query = new URLSearchParams({ scope: 'recording', item_id: recording, limit: String(AT_ONCE), offset: String(offset) })
    const { comments, count } = readCommentPage(await callJson(`${COMMENTS}?${query}`))
    all.push(...comments)
    if (offset + AT_ONCE >= count) return all
  }
}

export interface NewComment {
  readonly text: string
  /** Epoch milliseconds. */
  readonly at?: number | undefined
  readonly answers?: string
}

export async function addComment(recording: string, { text, at, answers }: NewComment): Promise<Comment> {
  const asked = {
    scope: 'recording',
    item_id: recording,
    content: text,
    ...(at !== undefined && { item_context: { time_in_recording: new Date(at).toISOString() } }),
    ...(answers !== undefined && { source_comment: answers }),
  }
  return understood(await callJson(COMMENTS, sending('POST', asked)))
}

export async function editComment(id: string, text: string): Promise<Comment> {
  return understood(await callJson(`${COMMENTS}/${encodeURIComponent(id)}`, sending('PATCH', { content: text })))
}

export async function deleteComment(id: string): Promise<void> {
  await callJson(`${COMMENTS}/${encodeURIComponent(id)}`, sending('PATCH', { deleted: true }))
}

function understood(value: unknown): Comment {
  const comment = readComment(value)
  if (!comment) throw new SourceError('unreadable', 'The server described the comment in a way that this page does not know.')
  return comment
}
