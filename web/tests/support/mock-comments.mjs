// The comments of the stand-in, with the refusals of the server.

let made = 0

/** `[status, body]`; `id` is what stands behind `comments/`. */
export function mockComments(state, method, id, query, body) {
  if (!id && method === 'GET') {
    const found = state.comments.filter(({ deleted, item_id }) => !deleted && item_id === query.get('item_id'))
    const offset = Number(query.get('offset') ?? 0)
    return [200, { count: found.length, next: null, previous: null, results: found.slice(offset, offset + Number(query.get('limit') ?? 100)) }]
  }
  if (!id) {
    if (body.content === 'refuse me') return [400, { type: 'validation_error', code: 'invalid_input', detail: 'Expected something else.', attr: 'content' }]
    const comment = commentOf({ ...body, id: `comment-${++made}`, created_by: { id: 'ann', email: 'ann@example.com', first_name: 'ann' } })
    state.comments.unshift(comment)
    return [201, comment]
  }
  const one = state.comments.find((comment) => comment.id === id && !comment.deleted)
  if (!one) return [404, { type: 'invalid_request', code: 'not_found', detail: 'Not found.', attr: null }]
  if (one.created_by.id !== 'ann') return [403, { type: 'authentication_error', code: 'permission_denied', detail: 'You can only modify your own comments', attr: null }]
  Object.assign(one, body, { version: one.version + 1 })
  return [200, one]
}

export function commentOf(more) {
  return {
    content: '', rich_content: null, version: 0, created_at: new Date().toISOString(), created_by: { id: 'ben', email: 'ben@example.com', first_name: 'ben' },
    item_context: null, scope: 'recording', source_comment: null, deleted: false, is_task: false, completed_at: null, completed_by: null, slack_thread: null, ...more,
  }
}
