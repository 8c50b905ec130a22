// Comments: which times in a text are moments, and how threads stand.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partsOf, readCommentPage, threadsOf, type Comment } from '../../src/format/comment'

const HOUR = 3_600_000
const moments = (text: string, duration = 2 * HOUR): readonly (readonly [string, number])[] =>
  partsOf(text, duration).flatMap((part) => (part.kind === 'moment' ? [[part.text, part.ms] as const] : []))

test('a_time_of_the_players_clock_is_a_moment', () => {
  assert.deepEqual(moments('At 1:23, (0:05) and 1:02:03.'), [['1:23', 83_000], ['0:05', 5000], ['1:02:03', 3_723_000]])
  assert.deepEqual(moments('75:10', 2 * HOUR), [['75:10', 4_510_000]])
})

test('what_is_no_time_of_the_recording_stays_text', () => {
  for (const text of ['at 12:34:56:78', 'ratio 1:234', 'port:8080', '0:75', '1:75:00', '1:23.5', '2026-01-01T10:30:00.000Z', '3:00:00']) assert.deepEqual(moments(text), [], text)
  assert.deepEqual(moments('1:23', 60_000), [], 'behind the end')
})

test('no_letter_of_a_text_is_lost', () => {
  for (const text of ['', '1:23', 'a 0:01 b 0:02', '0:010:02', '😀0:03\n']) {
    assert.equal(partsOf(text, HOUR).map((part) => part.text).join(''), text)
  }
})

const comment = (id: string, more: Partial<Comment> = {}): Comment => ({
  id, text: id, author: { id: 'a', name: 'Ann' }, createdAt: Number(id), isEdited: false, at: undefined, answers: undefined, ...more,
})

test('threads_stand_in_order_of_their_moments_and_answers_in_order_of_age', () => {
  const threads = threadsOf([comment('4', { answers: '1' }), comment('3', { answers: '1' }), comment('2', { at: 10 }), comment('1', { at: 20 }), comment('5')])
  assert.deepEqual(threads.map(({ comment: { id }, answers }) => [id, answers.map((answer) => answer.id)]), [['5', []], ['2', []], ['1', ['3', '4']]])
})

test('an_answer_whose_comment_was_deleted_is_still_shown', () => {
  assert.deepEqual(threadsOf([comment('2', { answers: '1' })]).map(({ comment: { id } }) => id), ['2'])
})

test('what_is_no_comment_is_left_out_and_what_is_missing_has_a_stand_in', () => {
  const { comments, count } = readCommentPage({ count: 7, results: [null, { id: 5 }, { id: 'x', item_context: { time_in_recording: 'soon' } }] })
  assert.equal(count, 7)
  assert.deepEqual(comments, [{ id: 'x', text: '', author: { id: '', name: 'Somebody' }, createdAt: 0, isEdited: false, at: undefined, answers: undefined }])
})
