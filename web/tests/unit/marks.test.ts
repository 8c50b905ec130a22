import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../../src/format/entry'
import { clustersOf, countsOf, markBeside, marksOf, type Mark, type MarkKind } from '../../src/timeline/marks'
import { fitted, following, isWhole, moved, SHORTEST_MS, wholeOf, zoomed } from '../../src/timeline/view'

const origin = { block: 1, line: 0, part: 0 }
const click = (timestamp: number, target = 'Pay', windowId = 'w'): Entry => ({ ...origin, timestamp, windowId, kind: 'click', action: 'click', node: 7, target })
const log = (timestamp: number, level: 'log' | 'error'): Entry => ({ ...origin, timestamp, windowId: 'w', kind: 'console', level, text: 'said', where: '' })
const mark = (timestamp: number, kind: MarkKind = 'click'): Mark => ({ timestamp, kind })

test('what_is_worth_jumping_to_becomes_a_mark_and_the_rest_does_not', () => {
  const entries: Entry[] = [
    { ...origin, timestamp: -40, windowId: 'w', kind: 'captured', name: 'bought', preview: '' },
    { ...origin, timestamp: 0, windowId: 'w', kind: 'page', href: 'https://shop.example/' },
    click(100), log(200, 'log'), log(300, 'error'),
    { ...origin, timestamp: 350, windowId: 'w', kind: 'input', node: 1, target: 'name', text: 'A' },
    { ...origin, timestamp: 400, windowId: 'w', kind: 'exception', text: 'RangeError', where: '' },
  ]
  assert.deepEqual(marksOf(entries, [], []).map(({ timestamp, kind }) => [timestamp, kind]), [
    [0, 'page'], [0, 'event'], [100, 'click'], [300, 'console_error'], [400, 'error'],
  ])
})

test('a_signal_is_named_after_the_click_that_it_is_about', () => {
  const signal = { kind: 'rage_click', timestamp: 5000, windowId: 'w', node: 7 } as const
  const marks = marksOf([click(1000, 'far'), click(4200, 'other window', 'v'), click(4500, 'Pay now')], [signal], [])
  assert.equal(marks.find(({ kind }) => kind === 'rage_click')?.label, 'on “Pay now”')
  const alone = marksOf([click(1000)], [signal, { ...signal, kind: 'quick_back', timestamp: 1000 }], [])
  assert.deepEqual(alone.filter(({ kind }) => kind !== 'click').map(({ label }) => label), [undefined, undefined])
})

test('comments_of_the_page_stand_among_the_others_in_order_of_time', () => {
  const marks = marksOf([click(100), click(900)], [], [{ timestamp: 500, kind: 'comment', label: 'look here' }])
  assert.deepEqual(marks.map(({ kind }) => kind), ['click', 'comment', 'click'])
})

test('every_mark_that_is_seen_is_in_one_cluster_which_looks_like_its_gravest', () => {
  const marks = [mark(0), mark(10, 'error'), mark(20), mark(500), mark(995, 'comment'), mark(1000, 'page')]
  const clusters = clustersOf(marks, { from: 0, to: 1000 }, 100, 10)
  assert.deepEqual(clusters.map(({ x, kind, marks }) => [x, kind, marks.length]), [[0, 'error', 3], [50, 'click', 1], [99.5, 'comment', 2]])
  assert.deepEqual(clusters.flatMap(({ marks }) => marks), marks)
})

test('marks_outside_of_what_is_seen_are_in_no_cluster', () => {
  const clusters = clustersOf([mark(0), mark(400), mark(500), mark(900)], { from: 400, to: 500 }, 1000, 10)
  assert.deepEqual(clusters.map(({ x }) => x), [0, 1000])
})

test('going_from_mark_to_mark_stops_at_each_and_ends_at_the_last', () => {
  const marks = [mark(100), mark(200.5), mark(200.7), mark(900)]
  const walk = (start: number, step: 1 | -1): number[] => {
    const seen: number[] = []
    for (let at = markBeside(marks, start, step); at; at = markBeside(marks, at.timestamp, step)) seen.push(at.timestamp)
    return seen
  }
  assert.deepEqual(walk(0, 1), [100, 200.5, 200.7, 900])
  assert.deepEqual(walk(901, -1), [900, 200.7, 200.5, 100])
})

test('kinds_are_counted', () => {
  assert.deepEqual([...countsOf([mark(1), mark(2, 'error'), mark(3)])], [['click', 2], ['error', 1]])
})

test('looking_closer_keeps_what_is_under_the_pointer_where_it_is', () => {
  const hours = 8 * 3_600_000
  let view = wholeOf(hours)
  const at = 5 * 3_600_000
  for (let step = 0; step < 40; step++) {
    const before = (at - view.from) / (view.to - view.from)
    view = zoomed(view, hours, 0.8, at)
    const now = (at - view.from) / (view.to - view.from)
    assert.ok(Math.abs(now - before) < 1e-6)
    assert.ok(view.from >= 0 && view.to <= hours)
  }
  view = zoomed(view, hours, 1e-9, at)
  assert.equal(Math.round(view.to - view.from), SHORTEST_MS)
  assert.ok(isWhole(zoomed(view, hours, 1e9, at), hours))
})

test('a_view_stays_inside_the_recording', () => {
  assert.deepEqual(moved({ from: 10, to: 20 }, 100, 500), { from: 90, to: 100 })
  assert.deepEqual(moved({ from: 10, to: 20 }, 100, -500), { from: 0, to: 10 })
  assert.deepEqual(zoomed(wholeOf(500), 500, 0.1, 100), { from: 0, to: 500 }, 'shorter than the shortest view')
  assert.deepEqual(following({ from: 10, to: 20 }, 100, 15), { from: 10, to: 20 })
  assert.deepEqual(following({ from: 10, to: 20 }, 100, 21), { from: 20, to: 30 })
})

test('the_whole_stays_the_whole_while_a_recording_grows', () => {
  assert.deepEqual(fitted(wholeOf(100), 100, 150), { from: 0, to: 150 })
  assert.deepEqual(fitted({ from: 50, to: 100 }, 120, 150), { from: 50, to: 100 })
  assert.deepEqual(fitted({ from: 50, to: 100 }, 120, 60), { from: 10, to: 60 })
})
