import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArgument, readCall, textOfCall } from '../../src/format/console'
import { placeOf, readFrame } from '../../src/format/stack'
import { childrenOf, previewOf } from '../../src/format/value'

// As posthog-js 1.449.2 sends them.
const ERROR = '"TypeError: an error\\n    at $.onclick (http://demo.test:38443/page.js:58:29)\\nEnd of stack for Error object"'

test('an_argument_is_json_text_of_its_own', () => {
  assert.deepEqual(readArgument('"plain"'), { kind: 'value', value: 'plain' })
  assert.deepEqual(readArgument('{"nested":{"a":[1,2,3]}}'), { kind: 'value', value: { nested: { a: [1, 2, 3] } } })
  assert.deepEqual(readArgument('42'), { kind: 'value', value: 42 })
})

test('an_argument_that_is_no_json_is_shown_as_it_is', () => {
  assert.deepEqual(readArgument('undefined'), { kind: 'value', value: 'undefined' })
  assert.deepEqual(readArgument('{"cut":'), { kind: 'value', value: '{"cut":' })
})

test('an_error_is_its_message_and_its_stack', () => {
  const error = readArgument(ERROR)
  assert.equal(error.kind, 'error')
  if (error.kind !== 'error') return
  assert.equal(error.message, 'TypeError: an error')
  assert.deepEqual(error.stack.map(({ name, file, line, column }) => [name, file, line, column]), [['$.onclick', 'http://demo.test:38443/page.js', 58, 29]])
})

test('an_error_without_a_stack_and_one_with_many_lines_of_message', () => {
  assert.deepEqual(readArgument('"Error: a\\nb\\nEnd of stack for Error object"'), { kind: 'error', message: 'Error: a\nb', stack: [] })
})

test('frames_of_every_browser_are_taken_apart', () => {
  const forms: readonly [string, string, string, number, number][] = [
    ['    at cart (https://a.test/app.js:1:2)', 'cart', 'https://a.test/app.js', 1, 2],
    ['    at async load (https://a.test/app.js:1:2)', 'load', 'https://a.test/app.js', 1, 2],
    ['    at https://a.test/app.js:10:20', '', 'https://a.test/app.js', 10, 20],
    ['cart@https://a.test/app.js?v=1:3:4', 'cart', 'https://a.test/app.js?v=1', 3, 4],
    ['@https://a.test/app.js:3:4', '', 'https://a.test/app.js', 3, 4],
    ['http://demo.test:38443/page.js:60:30', '', 'http://demo.test:38443/page.js', 60, 30],
    ['$.onclick (http://demo.test:38443/page.js:55:13)', '$.onclick', 'http://demo.test:38443/page.js', 55, 13],
  ]
  for (const [text, name, file, line, column] of forms) {
    const frame = readFrame(text)
    assert.deepEqual([frame.name, frame.file, frame.line, frame.column], [name, file, line, column], text)
  }
  assert.equal(placeOf(readFrame('    at x (https://a.test/dist/app.js?v=1#x:3:4)')), 'app.js:3:4')
  assert.deepEqual(readFrame('<anonymous>'), { name: '', file: '', line: 0, column: 0, text: '<anonymous>' })
})

test('a_hostile_frame_is_read_in_no_time', () => {
  const began = performance.now()
  readFrame(`at ${'('.repeat(50_000)}`)
  readFrame(`${'a '.repeat(50_000)}(b:1:2`)
  assert.ok(performance.now() - began < 1000)
})

test('a_call_is_copied_as_a_person_would_write_it', () => {
  const call = readCall({ level: 'error', payload: ['"broken"', '{"a":1}', ERROR, 7], trace: ['f (a.js:1:2)'] })
  assert.equal(
    textOfCall(call.level, call.args, call.trace),
    'error: broken {\n  "a": 1\n} TypeError: an error\n    at $.onclick (http://demo.test:38443/page.js:58:29) 7\n    at f (a.js:1:2)',
  )
})

test('a_value_is_previewed_in_one_line_and_opened_one_level_at_a_time', () => {
  assert.equal(previewOf({ a: 1, b: [1], c: { d: 1 }, e: 'x', f: null, g: 2 }), '{a: 1, b: […], c: {…}, e: "x", f: null, …}')
  assert.equal(previewOf([1, 2]), 'Array(2) [1, 2]')
  assert.deepEqual([previewOf([]), previewOf({}), previewOf('x')], ['[]', '{}', '"x"'])
  assert.deepEqual(childrenOf({ a: 1 }), [['a', 1]])
  assert.deepEqual([childrenOf([]), childrenOf('text'), childrenOf(null)], [undefined, undefined, undefined])
})
