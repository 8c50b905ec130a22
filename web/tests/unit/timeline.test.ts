import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry } from '../../src/format/entry'
import type { ReplayLine } from '../../src/format/line'
import { Activity } from '../../src/timeline/activity'
import { Coverage } from '../../src/timeline/coverage'
import { foldEntries } from '../../src/timeline/entries'
import { TimeOrdered } from '../../src/timeline/time-ordered'
import { WindowLines } from '../../src/timeline/window-lines'

const at = (timestamp: number, windowId = 'w') => ({ timestamp, windowId })

test('things_that_come_out_of_order_stand_in_order_of_time_then_of_place', () => {
  const list = new TimeOrdered<{ timestamp: number; order: number }>()
  list.add([{ timestamp: 5, order: 10 }, { timestamp: 9, order: 11 }])
  assert.equal(list.add([{ timestamp: 5, order: 2 }, { timestamp: 1, order: 1 }]), 0)
  assert.deepEqual(list.items.map((item) => item.order), [1, 2, 10, 11])
  assert.equal(list.countUntil(5), 3)
  assert.equal(list.lastUntil(0), undefined)
  assert.equal(list.firstAfter(5)?.timestamp, 9)
})

test('merging_in_any_order_gives_the_same_list', () => {
  const blocks = Array.from({ length: 12 }, (_, block) =>
    Array.from({ length: 20 }, (_, place) => ({ timestamp: Math.floor((block * 20 + place) / 3), order: block * 100 + place })),
  )
  const ordered = blocks.flat()
  for (let seed = 1; seed < 40; seed++) {
    const list = new TimeOrdered<{ timestamp: number; order: number }>()
    let state = seed
    const shuffled = [...blocks].sort(() => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5)
    for (const block of shuffled) list.add(block)
    assert.deepEqual(list.items, ordered)
  }
})

test('a_pause_of_more_than_five_seconds_is_idle_but_for_a_second_at_either_end', () => {
  const activity = new Activity()
  activity.add([at(1000), at(5500), at(20_000)])
  assert.equal(activity.idleAt(3000, 30_000), undefined)
  assert.deepEqual(activity.idleAt(10_000, 30_000), { from: 6500, to: 19_000 })
  assert.deepEqual(activity.idleAt(25_000, 30_000), { from: 21_000, to: 30_000 })
  assert.deepEqual(activity.idleStretches(30_000), [{ from: 6500, to: 19_000 }, { from: 21_000, to: 30_000 }])
})

test('a_recording_that_nobody_touched_is_not_skipped', () => {
  assert.equal(new Activity().idleAt(10_000, 60_000), undefined)
})

test('the_window_shown_is_the_one_in_which_something_was_done_last', () => {
  const activity = new Activity()
  activity.add([at(0, 'one'), at(4000, 'two'), at(4500, ''), at(8000, 'one')])
  assert.deepEqual([0, 3999, 4000, 5000, 9000].map((time) => activity.windowAt(time)), ['one', 'one', 'two', 'two', 'one'])
})

test('playing_stops_before_the_first_block_that_is_not_here', () => {
  const block = (key: number, first: number, last: number) => ({ key, first, last, rawBytes: 0, fullSnapshots: [] })
  const blocks = [block(1, 0, 100), block(2, 101, 200), block(3, 150, 300)]
  const coverage = new Coverage(blocks)
  coverage.arrived(blocks[0] ?? block(0, 0, 0))
  assert.equal(coverage.playableUntil(0), 101)
  coverage.arrived(blocks[1] ?? block(0, 0, 0))
  assert.equal(coverage.playableUntil(0), 150)
  assert.equal(coverage.isWhole(0, 149), true)
  coverage.gaveUp(blocks[2] ?? block(0, 0, 0))
  assert.equal(coverage.playableUntil(0), Infinity)
})

test('typing_into_a_field_is_one_entry_with_what_stood_there_at_last', () => {
  const input = (timestamp: number, node: number, text: string): Entry => ({ timestamp, windowId: 'w', block: 1, line: 0, part: 0, kind: 'input', node, target: 'name', text })
  const folded = foldEntries([input(0, 1, 'A'), input(200, 1, 'An'), input(300, 2, 'x'), input(400, 1, 'Ann'), input(9000, 1, 'Anna')])
  assert.deepEqual(folded.map((entry) => [entry.timestamp, entry.kind === 'input' && entry.text]), [[0, 'Ann'], [300, 'x'], [9000, 'Anna']])
})

test('a_picture_begins_at_the_last_full_snapshot_with_the_size_that_held_then', () => {
  const line = (timestamp: number, order: number, role: ReplayLine['role'], width?: number): ReplayLine => ({
    timestamp, order, windowId: 'w', role, held: new ArrayBuffer(0), from: 0, to: 0, ...(width === undefined ? {} : { size: { width, height: 1 } }),
  })
  const lines = new WindowLines()
  lines.add([line(0, 1, 'meta', 100), line(10, 2, 'full_snapshot'), line(20, 3, 'change'), line(30, 4, 'resize', 200), line(40, 5, 'full_snapshot')])
  assert.deepEqual([lines.pictureAt(39)?.snapshot.order, lines.pictureAt(39)?.size.width], [2, 100])
  assert.deepEqual([lines.pictureAt(40)?.snapshot.order, lines.pictureAt(40)?.size.width], [5, 200])
  assert.equal(lines.pictureAt(5)?.snapshot.order, 2)
  const snapshot = lines.pictureAt(39)?.snapshot ?? line(0, 0, 'other')
  assert.deepEqual(lines.after(snapshot, 30).map((one) => one.order), [3, 4])
  lines.drop((one) => one.order === 2)
  assert.deepEqual(lines.after(snapshot, 30).map((one) => one.order), [3, 4])
})

test('a_picture_begins_at_a_keyframe_and_goes_on_with_what_comes_after_its_time', () => {
  const line = (timestamp: number, order: number, role: ReplayLine['role'], width?: number): ReplayLine => ({
    timestamp, order, windowId: 'w', role, held: new ArrayBuffer(0), from: 0, to: 0, ...(width === undefined ? {} : { size: { width, height: 1 } }),
  })
  const lines = new WindowLines()
  lines.add([line(0, 1, 'meta', 100), line(10, 2, 'full_snapshot'), line(20, 3, 'change'), line(20, 4, 'change'), line(30, 5, 'change'), line(90, 6, 'full_snapshot')])
  assert.equal(lines.addKeyframe(20, [line(20, 0, 'meta', 300)]), false, 'there is no picture in it')
  assert.equal(lines.addKeyframe(20, [line(20, 0, 'meta', 300), line(20, 1, 'full_snapshot'), line(20, 2, 'change')]), true)
  const start = lines.pictureAt(35)
  assert.deepEqual([start?.snapshot.order, start?.size.width, start?.rest.map(({ order }) => order)], [1, 300, [2]])
  assert.deepEqual(start && lines.after(start.until, 35).map(({ order }) => order), [5], 'what is of its own time is in it')
  assert.deepEqual([lines.pictureAt(19)?.snapshot.order, lines.pictureAt(95)?.snapshot.order], [2, 6])
  lines.dropKeyframe(20)
  assert.equal(lines.pictureAt(35)?.snapshot.order, 2)
})

test('changes_are_found_on_either_side_of_a_moment', () => {
  const line = (timestamp: number, role: ReplayLine['role']): ReplayLine => ({ timestamp, order: timestamp, windowId: 'w', role, held: new ArrayBuffer(0), from: 0, to: 0 })
  const lines = new WindowLines()
  lines.add([line(10, 'full_snapshot'), line(20, 'other'), line(30.5, 'change'), line(40, 'meta')])
  assert.deepEqual([lines.changeAfter(9), lines.changeAfter(10), lines.changeAfter(30.5)], [10, 30.5, undefined])
  assert.deepEqual([lines.changeBefore(50), lines.changeBefore(30.5), lines.changeBefore(10)], [30.5, 10, undefined])
})

test('what_is_told_of_is_known_by_stretches_and_a_block_that_is_lost_breaks_none', () => {
  const block = (key: number) => ({ key, first: key * 10, last: key * 10 + 9, rawBytes: 1, fullSnapshots: [] })
  const blocks = [0, 1, 2, 3, 4, 5].map(block)
  const coverage = new Coverage(blocks)
  for (const key of [0, 1, 3, 5]) coverage.toldOf(blocks[key] ?? block(9))
  assert.deepEqual(coverage.toldStretches(), [{ from: 0, to: 19 }, { from: 30, to: 39 }, { from: 50, to: 59 }])
  coverage.gaveUp(blocks[2] ?? block(9))
  assert.deepEqual(coverage.toldStretches(), [{ from: 0, to: 39 }, { from: 50, to: 59 }])
  assert.deepEqual(coverage.missingStretches().map(({ from }) => from), [20, 40], 'what was lost is missing all the same')
})

test('blocks_that_the_server_moved_together_are_waited_for_under_their_new_key_only', () => {
  const block = (key: number, first: number, last: number) => ({ key, first, last, rawBytes: 1, fullSnapshots: [] })
  const [a, b, moved] = [block(1, 0, 9), block(2, 10, 19), block(7, 0, 19)]
  const coverage = new Coverage([a, b])
  coverage.arrived(a)
  coverage.extend([moved])
  assert.deepEqual(coverage.all.map(({ key }) => key), [1, 7], 'what is here stays')
  assert.deepEqual(coverage.missingOf([a, b, moved]).map(({ key }) => key), [7])
})
