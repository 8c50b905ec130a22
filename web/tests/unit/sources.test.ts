import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBlockListing, readRecordingFacts, rebase } from '../../src/format/listing'
import { hashFor, momentOf } from '../../src/player/moment'
import { blocksAhead, blocksForPicture, blocksInTheBackground, furthestFirst, needsOfPicture } from '../../src/sources/loading-order'
import { clockTime, duration } from '../../src/ui/times'

const listing = readBlockListing({
  live: false,
  started_at: 1000,
  ended_at: 9000,
  windows: ['w1', 'w2'],
  blocks: [
    { key: 1, first: 0, last: 20, raw_bytes: 5, full_snapshots: [{ window_id: 'w1', timestamp: 12 }] },
    { key: 2, first: 21, last: 1000, raw_bytes: 5, full_snapshots: [] },
    { key: 3, first: 1001, last: 2000, raw_bytes: 5, full_snapshots: [{ window_id: 'w2', timestamp: 1001 }] },
    { key: 4, first: 2001, last: 3000, raw_bytes: 5, full_snapshots: [{ window_id: 'w1', timestamp: 2500 }] },
    { key: 5, first: 3001, last: 4000, raw_bytes: 5, full_snapshots: [] },
  ],
})
const blocks = listing?.blocks ?? []
const keys = (found: readonly { key: number }[]): number[] => found.map((block) => block.key)

test('the_first_picture_needs_the_block_of_the_first_full_snapshot_only', () => {
  assert.deepEqual(keys(blocksForPicture(blocks, 12, undefined)), [1])
  assert.deepEqual(keys(blocksForPicture(blocks, 0, 'w1')), [1])
})

test('a_picture_needs_everything_from_its_windows_last_full_snapshot_on', () => {
  assert.deepEqual(keys(blocksForPicture(blocks, 2400, 'w1')), [1, 2, 3, 4])
  assert.deepEqual(keys(blocksForPicture(blocks, 3500, 'w1')), [4, 5])
})

test('where_a_full_snapshot_opens_its_block_the_one_before_holds_the_size', () => {
  assert.deepEqual(keys(blocksForPicture(blocks, 1500, 'w2')), [2, 3])
})

test('in_the_background_comes_what_is_played_next_and_then_what_lies_before_it', () => {
  assert.deepEqual(keys(blocksInTheBackground(blocks, 1500)), [3, 4, 5, 1, 2])
})

test('a_listing_with_another_start_is_told_in_the_time_of_the_first', () => {
  const moved = listing && rebase(listing, 400)
  assert.deepEqual([moved?.blocks[0]?.first, moved?.blocks[0]?.fullSnapshots[0]?.timestamp, moved?.startedAt], [600, 612, 400])
})

test('a_row_without_most_of_its_facts_is_still_a_row', () => {
  const facts = readRecordingFacts({ id: 'a', recording_duration: 'long' })
  assert.deepEqual([facts?.id, facts?.durationSeconds, facts?.live, facts?.person], ['a', 0, false, ''])
  assert.equal(readRecordingFacts({ name: 'no id' }), undefined)
})

test('a_moment_in_a_link_is_in_seconds_with_a_fraction', () => {
  assert.deepEqual(['#t=12', '#t=1.5', '#a=b&t=2', '#t=x', ''].map(momentOf), [12_000, 1500, 2000, undefined, undefined])
  assert.equal(momentOf(hashFor(12_345)), 12_300)
})

test('times_are_written_as_on_a_clock', () => {
  assert.deepEqual([0, 7400, 754_000, 3_723_000, -1500].map(clockTime), ['0:00', '0:07', '12:34', '1:02:03', '−0:01'])
  assert.deepEqual([8000, 125_000, 120_000, 3_840_000].map(duration), ['8 s', '2 min 5 s', '2 min', '1 h 4 min'])
})

test('a_picture_begins_at_a_keyframe_where_that_is_newer_than_the_full_snapshot', () => {
  const keyframe = (key: number, windowId: string, timestamp: number) => ({ key, windowId, timestamp, bytes: 9 })
  const parts = { blocks, keyframes: [keyframe(7, 'w1', 1500), keyframe(8, 'w2', 1900), keyframe(9, 'w1', 2300)] }
  const needs = (time: number, windowId?: string) => {
    const found = needsOfPicture(parts, time, windowId)
    return [found.keyframe?.key, keys(found.blocks)]
  }
  assert.deepEqual(needs(2400, 'w1'), [9, [4]])
  assert.deepEqual(needs(2299, 'w1'), [7, [3, 4]])
  assert.deepEqual(needs(2300, 'w1'), [9, [4]], 'what happened at its very time is in it')
  assert.deepEqual(needs(3500, 'w1'), [undefined, [4, 5]], 'a full snapshot came since')
  assert.deepEqual(needs(1000, 'w1'), [undefined, [1, 2]])
  assert.deepEqual(needs(1950), [8, [3]], 'of the window that opened last')
})

test('ahead_is_what_is_played_soon_as_far_as_memory_allows_and_the_next_block_at_any_rate', () => {
  assert.deepEqual(keys(blocksAhead(blocks, 500, 600, 100)), [2, 3])
  assert.deepEqual(keys(blocksAhead(blocks, 500, 60_000, 10)), [2, 3])
  assert.deepEqual(keys(blocksAhead(blocks, 500, 0, 0)), [2])
  assert.deepEqual(keys(blocksAhead(blocks, 9000, 1000, 100)), [])
})

test('the_furthest_from_the_playhead_goes_first', () => {
  assert.deepEqual(keys(furthestFirst(blocks, 2500)), [1, 2, 5, 3, 4])
})
