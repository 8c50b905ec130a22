// What is asked for before it is looked for, where one recording follows another in the same page.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forgetEarly, keepWorkerReady, startDecodingEarly, takeDecoded, takeEarlyWorker } from '../../src/sources/early'

class FakeWorker extends EventTarget {
  static readonly begun: FakeWorker[] = []
  isEnded = false

  constructor() {
    super()
    FakeWorker.begun.push(this)
  }

  postMessage(): void {}

  terminate(): void {
    this.isEnded = true
  }
}

Object.assign(globalThis, { window: globalThis, Worker: FakeWorker })

test('what_comes_late_of_a_recording_that_was_left_is_not_taken_for_the_next', () => {
  const first = startDecodingEarly('/worker.js')
  forgetEarly()
  const second = startDecodingEarly('/worker.js')
  // Its listing was on its way when one went on.
  first('lines 1000000', '/first', { kind: 'keyframe' })
  assert.equal(takeDecoded('lines 1000000'), undefined)
  second('lines 1000000', '/second', { kind: 'keyframe' })
  assert.ok(takeDecoded('lines 1000000'))
  assert.equal(takeDecoded('lines 1000000'), undefined, 'each is found once')
})

test('a_worker_that_nobody_took_ends_and_the_one_that_is_ready_is_used', () => {
  forgetEarly()
  FakeWorker.begun.length = 0
  keepWorkerReady('/worker.js')
  keepWorkerReady('/worker.js')
  assert.equal(FakeWorker.begun.length, 1)
  const [ready] = FakeWorker.begun
  startDecodingEarly('/worker.js')
  assert.equal(FakeWorker.begun.length, 1, 'it is the one that was ready')
  forgetEarly()
  assert.equal(ready?.isEnded, true)
  startDecodingEarly('/worker.js')
  assert.equal(FakeWorker.begun.length, 2)
  const taken = takeEarlyWorker()
  forgetEarly()
  assert.equal(FakeWorker.begun[1]?.isEnded, false, 'whoever took it ends it')
  assert.equal(taken, FakeWorker.begun[1])
})
