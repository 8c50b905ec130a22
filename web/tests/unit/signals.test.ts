import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRecordingFacts } from '../../src/format/listing'
import { readOfflineListing } from '../../src/format/offline-listing'

test('counts_of_trouble_are_those_that_are_known', () => {
  const row = { id: 's', rage_click_count: 2, dead_click_count: 0, error_click_count: null, thrashing_count: 'many' }
  assert.deepEqual(readRecordingFacts(row)?.signalCounts, { rage_click: 2, dead_click: 0 })
})

test('an_offline_file_carries_its_moments_and_they_are_counted', () => {
  const signal = (kind: string, timestamp: number) => ({ timestamp, kind, window_id: 'w', node: null, x: null, y: null })
  const file = {
    format: 'cassette-offline/1',
    recording: { session_id: 's', started_at: 1000, ended_at: 9000 },
    left_out: [],
    blocks: [],
    signals: [signal('dead_click', 700), signal('rage_click', 500), signal('dead_click', 900), signal('mood', 5)],
  }
  const read = readOfflineListing(file)
  assert.deepEqual(read?.facts.signalCounts, { dead_click: 2, rage_click: 1 })
  assert.deepEqual(
    read?.listing.signals.map(({ kind, timestamp }) => [kind, timestamp]),
    [['rage_click', 500], ['dead_click', 700], ['dead_click', 900]],
  )
})
