import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventOf, LineReader, splitLines } from '../../src/format/line'

const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
const line = (value: object): string => `${JSON.stringify(value)}\n`

test('lines_are_split_at_the_line_feed_byte_and_nowhere_else', () => {
  const bytes = encode('{"a":"\u2028 \u0085"}\n\n{"b":1}')
  const lines = [...splitLines(bytes)].map((part) => new TextDecoder().decode(part))
  assert.deepEqual(lines, ['{"a":"\u2028 \u0085"}', '{"b":1}'])
})

test('half_an_emoji_survives_the_way_to_the_replayer', () => {
  const text = '{"type":"mutation","timestamp":5,"window_id":"w","event":{"type":3,"data":{"source":0,"texts":[{"id":1,"value":"cut \\ud83d"}]},"timestamp":5}}\n'
  const { lines, skipped } = new LineReader().readBlock(encode(text), 1)
  assert.equal(skipped, 0)
  assert.equal(JSON.parse(lines.map(eventOf).join()).data.texts[0].value, 'cut \ud83d')
})

test('an_event_is_found_in_its_line_wherever_it_stands', () => {
  const event = '{ "type": 5, "data": {"tag":"é","payload":{"href":"ü"}}, "timestamp": 9.5 }'
  const nested = '{"type":5,"data":{"tag":"x","payload":{"event":{"a":1}}},"timestamp":9}'
  const texts = [
    `{"type":"event","href":"https://é/","timestamp":1,"window_id":"ö","event":${event}}`, `{"event":${event},"type":"event","timestamp":1,"window_id":"w"}`,
    `{"type":"event","timestamp":1,"event" : ${event} }`, `{"type":"event","timestamp":1,"event":${event} } `, `{"type":"event","timestamp":1,"event":7,"event":${event}}`,
    `{"type":"event","timestamp":1,"event":${event},"7":1}`, `{"type":"event","timestamp":1,"name":"\\"event\\":","target":{"event":1},"event":${event}}`,
  ]
  const read = new LineReader().readBlock(encode(`${texts.join('\n')}\n{"type":"event","timestamp":2,"event":${nested}}`), 1)
  assert.deepEqual(read.lines.map((one) => JSON.parse(eventOf(one))), [...texts.map((): unknown => JSON.parse(event)), JSON.parse(nested)])
  assert.equal(read.lines.map(eventOf)[0], event, 'not written anew')
})

test('a_line_that_cannot_be_read_is_counted_and_its_neighbours_are_kept', () => {
  const good = line({ type: 'event', timestamp: 7, window_id: 'w', event: { type: 4, data: { href: 'https://a/', width: 10, height: 20 }, timestamp: 7 } })
  const deep = `{"type":"event","timestamp":8,"event":{"type":5,"data":{"tag":"x","payload":${'['.repeat(100_000)}${']'.repeat(100_000)}}}}\n`
  const text = `{"type":"event"\n{"type":"event","timestamp":"soon","event":{}}\n{"type":"event","timestamp":1,"event":7}\n${deep}${good}`
  const read = new LineReader().readBlock(encode(text), 1)
  assert.equal(read.skipped, 4)
  assert.equal(read.reason, 'a line is not a JSON object with a type')
  assert.deepEqual(read.lines.map((one) => [one.timestamp, one.role, one.size]), [[7, 'meta', { width: 10, height: 20 }]])
})

test('unknown_types_and_the_lines_of_the_file_itself_are_passed_over', () => {
  const text = line({ type: 'meta', format: 'cassette/1' }) + line({ type: 'checksum', seq: 1 }) + line({ type: 'end' }) + line({ type: 'of_the_future', timestamp: 1 })
  const read = new LineReader().readBlock(encode(text), 1)
  assert.deepEqual([read.lines.length, read.entries.length, read.skipped], [0, 0, 0])
})

test('a_live_line_that_comes_by_block_and_by_stream_is_taken_once', () => {
  const live = { type: 'event', timestamp: 3, window_id: 'w', item: 'i-1', index: 0, event: { type: 5, data: { tag: 'mine' }, timestamp: 3 } }
  const reader = new LineReader()
  assert.equal(reader.readBlock(encode(line(live)), 1).lines.length, 1)
  assert.equal(reader.readTexts([JSON.stringify(live)], 100).lines.length, 0)
  assert.equal(reader.readTexts([JSON.stringify({ ...live, index: 1 })], 101).lines.length, 1)
})

test('a_click_is_told_by_the_text_of_the_button_around_the_node', () => {
  const node = {
    type: 0, id: 1,
    childNodes: [{ type: 2, id: 2, tagName: 'button', attributes: {}, childNodes: [
      { type: 2, id: 3, tagName: 'svg', attributes: {}, childNodes: [] },
      { type: 2, id: 4, tagName: 'span', attributes: {}, childNodes: [{ type: 3, id: 5, textContent: ' Add  to\ncart ' }] },
    ] }],
  }
  const text =
    line({ type: 'full_snapshot', timestamp: 0, window_id: 'w', event: { type: 2, data: { node }, timestamp: 0 } }) +
    line({ type: 'event', timestamp: 9, window_id: 'w', event: { type: 3, data: { source: 2, type: 2, id: 3 }, timestamp: 9 } })
  const { entries } = new LineReader().readBlock(encode(text), 1)
  assert.deepEqual(entries, [{ timestamp: 9, windowId: 'w', block: 1, line: 1, part: 0, kind: 'click', action: 'click', node: 3, target: 'Add to cart' }])
})

test('a_click_is_told_by_what_the_page_was_at_that_moment_however_much_changed_before', () => {
  const button = (id: number, name: string): object => ({ type: 2, id, tagName: 'button', attributes: {}, childNodes: [{ type: 3, id: id + 1, textContent: name }] })
  const at = (timestamp: number, type: number, data: object): string => line({ type: 'event', timestamp, window_id: 'w', event: { type, data, timestamp } })
  const click = (timestamp: number, id: number): string => at(timestamp, 3, { source: 2, type: 2, id })
  const change = (timestamp: number, adds: object[], removes: object[] = []): string => at(timestamp, 3, { source: 0, adds, removes, texts: [], attributes: [] })
  const adding = (id: number, name: string): object => ({ parentId: 1, nextId: null, node: button(id, name) })
  const long = 'x'.repeat(700_000)
  const text = [
    at(0, 2, { node: { type: 0, id: 1, childNodes: [button(10, 'Buy')] } }),
    // More than is kept waiting, in two steps.
    change(1, [{ parentId: 1, nextId: null, node: { type: 3, id: 30, textContent: long } }]), change(2, [{ parentId: 1, nextId: null, node: { type: 3, id: 31, textContent: long } }]),
    change(3, [adding(20, 'Pay')], [{ parentId: 1, id: 10 }]),
    click(4, 20), click(5, 10),
    at(6, 3, { source: 0, texts: [{ id: 21, value: 'Paid' }], adds: [], removes: [], attributes: [] }),
    click(7, 20),
    at(8, 2, { node: { type: 0, id: 1, childNodes: [button(20, 'Thanks')] } }),
    click(9, 20), click(10, 31),
  ]
  const { entries, skipped } = new LineReader().readBlock(encode(text.join('')), 1)
  assert.deepEqual(entries.map((entry) => entry.kind === 'click' && entry.target), ['Pay', '', 'Paid', 'Thanks', ''])
  assert.equal(skipped, 0)
})

test('a_picture_that_rrweb_could_not_build_is_skipped_and_what_is_clicked_in_it_has_no_name', () => {
  let node: object = { type: 2, id: 5000, tagName: 'button', attributes: {}, childNodes: [] }
  for (let id = 1600; id > 0; id--) node = { type: 2, id, tagName: 'div', attributes: {}, childNodes: [node] }
  const text =
    line({ type: 'full_snapshot', timestamp: 0, window_id: 'w', event: { type: 2, data: { node }, timestamp: 0 } }) +
    line({ type: 'event', timestamp: 9, window_id: 'w', event: { type: 3, data: { source: 2, type: 2, id: 5000 }, timestamp: 9 } })
  const { entries, lines, skipped, reason, traces } = new LineReader().readBlock(encode(text), 1)
  assert.deepEqual([lines.length, skipped, reason], [1, 1, 'an event is nested too deeply'])
  assert.deepEqual(entries.map((entry) => entry.kind === 'click' && entry.target), [''])
  assert.equal(traces.windows[0]?.firstPicture, undefined)
})

test('console_arguments_are_decoded_twice', () => {
  const payload = { level: 'error', trace: ['f (a.js:1:2)'], payload: ['"broken:"', '{"a":1}'] }
  const text = line({ type: 'event', timestamp: 9, window_id: 'w', event: { type: 6, data: { plugin: 'rrweb/console@1', payload }, timestamp: 9 } })
  const { entries } = new LineReader().readBlock(encode(text), 1)
  assert.deepEqual(entries, [{ timestamp: 9, windowId: 'w', block: 1, line: 0, part: 0, kind: 'console', level: 'error', text: 'broken: {"a":1}', where: 'a.js:1:2' }])
})

test('an_exception_that_was_captured_is_an_error_with_its_message', () => {
  const captured = { event: '$exception', properties: { $exception_list: [{ type: 'TypeError', value: 'x is undefined' }] } }
  const { entries } = new LineReader().readBlock(encode(line({ type: 'captured', timestamp: -4, window_id: 'w', name: '$exception', captured })), 1)
  assert.equal(entries[0]?.kind === 'exception' && entries[0].text, 'TypeError: x is undefined')
})

test('a_block_that_is_only_told_of_gives_entries_and_signs_and_may_be_read_again', () => {
  const reader = new LineReader()
  const identified = (index: number) => ({ window_id: 'w', item: 'i', index })
  const text =
    line({ type: 'event', timestamp: 5, ...identified(0), event: { type: 3, data: { source: 2, type: 2, id: 3 }, timestamp: 5 } }) +
    line({ type: 'event', timestamp: 9, ...identified(1), event: { type: 4, data: { href: 'https://a/', width: 10, height: 20 }, timestamp: 9 } })
  const told = reader.readBlock(encode(text), 4, 'telling')
  assert.deepEqual([told.lines.length, told.entries.map(({ kind }) => kind), told.signs, told.newest], [0, ['click', 'page'], [{ timestamp: 5, windowId: 'w' }, { timestamp: 9, windowId: '' }], 9])
  assert.ok(told.entryBytes > 100)
  assert.equal(reader.readBlock(encode(text), 4).lines.length, 2)
  assert.equal(reader.readBlock(encode(text), 4).lines.length, 2, 'a block that is read again is not a repeat of itself')
  assert.equal(reader.readBlock(encode(text), 5).lines.length, 0, 'another that holds the same lines is')
  reader.forgetBlocks([4])
  assert.equal(reader.readBlock(encode(text), 5).lines.length, 2, 'until the page has let go of the first')
})

test('live_lines_are_forgotten_up_to_the_time_from_which_they_are_kept', () => {
  const reader = new LineReader()
  const texts = [10, 20, 30].map((timestamp, index) => JSON.stringify({ type: 'event', timestamp, window_id: 'w', item: 'i', index, event: { type: 5, data: { tag: 'mine' }, timestamp } }))
  assert.equal(reader.readTexts(texts, 0).lines.length, 3)
  reader.forgetLiveBefore(20)
  assert.deepEqual(reader.readBlock(encode(texts.join('\n')), 1).lines.map(({ timestamp }) => timestamp), [10])
})

test('a_keyframe_tells_nothing_that_happened', () => {
  const text = line({ type: 'event', timestamp: 9, window_id: 'w', event: { type: 4, data: { href: 'https://a/', width: 10, height: 20 }, timestamp: 9 } })
  const read = new LineReader().readKeyframe(encode(text))
  assert.deepEqual([read.lines.length, read.entries, read.signs], [1, [], []])
})
