import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineReader } from '../../src/format/line'
import type { Block, LeftOut } from '../../src/format/listing'
import { GatheredTraces } from '../../src/timeline/gathered-traces'
import { noticesAt, noticesOf, type Known, type Notice } from '../../src/timeline/notices'

const MINUTE = 60_000
const START = 1_777_000_000_000

interface Line {
  readonly timestamp: number
  readonly windowId?: string
  readonly event: object
  /** How far the visitor's clock is off. */
  readonly offset?: number
}

const element = (id: number, tagName: string, attributes: object = {}, childNodes: readonly object[] = []): object => ({ type: 2, id, tagName, attributes, childNodes })
const text = (id: number, textContent: string, more: object = {}): object => ({ type: 3, id, textContent, ...more })
const page = (...body: readonly object[]): object => ({ type: 0, id: 1, childNodes: [element(2, 'html', {}, [element(3, 'head'), element(4, 'body', {}, body)])] })
const snapshot = (timestamp: number, ...body: readonly object[]): Line => ({ timestamp, event: { type: 2, data: { node: page(...body) } } })
const meta = (timestamp: number): Line => ({ timestamp, event: { type: 4, data: { href: 'https://shop.example/', width: 1000, height: 700 } } })
const says = (timestamp: number, tag: string): Line => ({ timestamp, event: { type: 5, data: { tag, payload: { href: 'https://shop.example/' } } } })
const change = (timestamp: number, value = 'plain'): Line => ({ timestamp, event: { type: 3, data: { source: 0, texts: [{ id: 99, value }], attributes: [], removes: [], adds: [] } } })
const move = (timestamp: number): Line => ({ timestamp, event: { type: 3, data: { source: 1, positions: [{ x: 1, y: 1, id: 4, timeOffset: 0 }] } } })

/** Lines as the server sends them: numbered, and with a checksum line behind each block. */
function blocksOf(lines: readonly Line[], perBlock = 1000, without: readonly number[] = []): string[] {
  const blocks: string[] = []
  let seq = 0
  for (let from = 0; from < lines.length; from += perBlock) {
    const texts = lines.slice(from, from + perBlock).map(({ timestamp, windowId = 'w1', event, offset = 0 }) => {
      return JSON.stringify({ type: 'event', seq: seq++, timestamp, window_id: windowId, name: 'x', event: { ...event, timestamp: START + timestamp + offset } })
    })
    const first = seq - texts.length
    blocks.push([...texts.filter((_, place) => !without.includes(first + place)), JSON.stringify({ type: 'checksum', seq: seq++, lines: texts.length, sha256: '0' })].join('\n'))
  }
  return blocks
}

interface Case {
  readonly blocks: readonly string[]
  readonly listed?: readonly Block[]
  readonly lost?: readonly Block[]
  readonly leftOut?: readonly LeftOut[]
  readonly shuffled?: boolean
}

function noticesIn({ blocks, listed = [], lost = [], leftOut = [], shuffled = false }: Case): Notice[] {
  const reader = new LineReader()
  const traces = new GatheredTraces()
  const windows = new Set<string>()
  let duration = 0
  let unreadable = 0
  let reason = ''
  const numbered = blocks.map((block, key) => ({ block, key }))
  for (const { block, key } of shuffled ? numbered.reverse() : numbered) {
    const decoded = reader.readBlock(new TextEncoder().encode(block), key)
    traces.add(decoded.traces)
    duration = Math.max(duration, decoded.newest)
    unreadable += decoded.skipped
    reason ||= decoded.reason
    for (const line of decoded.lines) windows.add(line.windowId)
  }
  const known: Known = {
    traces, duration, isMobile: false, blocks: listed, lostBlocks: lost, isRead: () => true, windows: [...windows].sort(),
    unreadable, unreadableReason: reason, inexact: 0, inexactReason: '', leftOut,
  }
  return noticesOf(known)
}

const kinds = (notices: readonly Notice[]): string[] => notices.map(({ kind }) => kind).sort()
const one = (lines: readonly Line[], more: Partial<Case> = {}): Notice[] => noticesIn({ blocks: blocksOf(lines), ...more })

const opening = [meta(0), snapshot(10, element(12, 'p', {}, [text(13, 'Hello')])), says(12, '$pageview')]

test('nothing_is_invented_for_a_recording_of_which_nothing_is_missing', () => {
  const body = [
    element(12, 'p', {}, [text(13, 'Required fields have a *')]), element(14, 'p', {}, [text(15, '*')]), element(16, 'p', {}, [text(17, '**** 4242')]),
    element(18, 'img', { src: 'data:image/png;base64,AAAA' }), element(20, 'img', { src: 'https://cdn.example/a.png', rr_dataURL: 'data:image/png;base64,AAAA' }),
    element(21, 'link', { rel: 'stylesheet', href: 'https://cdn.example/a.css', _cssText: 'p { color: red; background: url(data:image/png;base64,AAAA) }' }),
    element(22, 'link', { rel: 'icon', href: 'https://cdn.example/a.ico' }), element(23, 'canvas', { rr_dataURL: 'data:image/png;base64,AAAA' }), element(24, 'canvas'),
    element(25, 'iframe', {}), element(26, 'input', { value: 'plain' }), element(27, 'input', { value: '*' }),
  ]
  const drawing: Line = { timestamp: 300, event: { type: 3, data: { source: 9, id: 24, type: 0, commands: [] } } }
  const lines = [meta(0), snapshot(10, ...body), says(12, '$pageview'), change(200), drawing, move(400), ...Array.from({ length: 100 }, (_, index) => move(1000 + index * 290_000)), says(29_002_000, 'sessionIdle'), move(40_000_000)]
  for (const perBlock of [1000, 3, 1]) {
    for (const shuffled of [false, true]) assert.deepEqual(noticesIn({ blocks: blocksOf(lines, perBlock), shuffled }), [], `${perBlock} to a block`)
  }
})

const PLANTED: readonly [kind: string, count: number, lines: readonly Line[]][] = [
  ['masked_text', 2, [meta(0), snapshot(10, element(12, 'p', {}, [text(13, '*** ***')]), element(14, 'p', {}, [text(15, 'plain')])), change(500, '*****')]],
  ['masked_input', 2, [meta(0), snapshot(10, element(12, 'input', { value: '****' })), { timestamp: 400, event: { type: 3, data: { source: 5, id: 14, text: '**', isChecked: false } } }, { timestamp: 500, event: { type: 3, data: { source: 5, id: 14, text: '***', isChecked: false } } }]],
  ['blocked', 1, [meta(0), snapshot(10, element(12, 'div', { class: 'ph-no-capture', rr_width: '200px', rr_height: '40px' }))]],
  ['picture', 3, [meta(0), snapshot(10, element(12, 'img', { src: 'https://cdn.example/a.png' }), element(13, 'div', { style: 'background: url("https://cdn.example/b.jpg")' }), element(14, 'style', {}, [text(15, 'p { background: url(/c.gif) }', { isStyle: true })]))]],
  ['style_sheet', 2, [meta(0), snapshot(10, element(12, 'link', { rel: 'stylesheet', href: 'https://cdn.example/a.css' }), element(14, 'style', {}, [text(15, '@import url("/b.css");', { isStyle: true })]))]],
  ['font', 1, [meta(0), snapshot(10, element(14, 'style', {}, [text(15, '@font-face { font-family: x; src: url(https://cdn.example/x.woff2?v=1) format("woff2") }', { isStyle: true })]))]],
  ['media', 2, [meta(0), snapshot(10, element(12, 'video', {}), element(13, 'audio', {}))]],
  ['canvas', 1, [meta(0), snapshot(10, element(12, 'canvas'), element(13, 'canvas', { rr_dataURL: 'data:,x' }))]],
  ['frame', 1, [meta(0), snapshot(10, element(12, 'iframe', { rr_src: 'https://pay.example/' }))]],
]

test('what_is_missing_of_a_page_is_counted_once_however_often_it_was_recorded', () => {
  for (const [kind, count, lines] of PLANTED) {
    const again = [...lines, ...lines.map((line) => ({ ...line, timestamp: line.timestamp + 300_000 }))].sort((a, b) => a.timestamp - b.timestamp)
    for (const perBlock of [1000, 1]) {
      const notices = noticesIn({ blocks: blocksOf(again, perBlock), shuffled: perBlock === 1 })
      assert.deepEqual(notices.map((notice) => [notice.kind, notice.count]), [[kind, count]])
      assert.match(notices[0]?.text ?? '', /^[A-Z0-9].*\.$/)
      assert.ok((notices[0]?.to ?? 0) >= 300_000 && (notices[0]?.from ?? Infinity) <= 500)
    }
  }
})

test('files_that_are_missing_are_named_and_elements_are_not', () => {
  const notices = one([meta(0), snapshot(10, element(12, 'img', { src: 'https://cdn.example/a.png' }), element(13, 'p', {}, [text(14, '****')]))])
  assert.deepEqual(notices.map(({ examples }) => examples), [[], ['https://cdn.example/a.png']])
})

test('silence_that_the_recorder_did_not_announce_is_a_gap', () => {
  const notices = one([...opening, move(MINUTE), move(9 * MINUTE), move(10 * MINUTE)])
  assert.deepEqual(notices.map(({ kind, from, to, isGap }) => [kind, from, to, isGap]), [['gap', MINUTE, 9 * MINUTE, true]])
  assert.match(notices[0]?.text ?? '', /8 minutes/)
  for (const perBlock of [1, 2]) {
    assert.deepEqual(kinds(noticesIn({ blocks: blocksOf([...opening, move(MINUTE), move(9 * MINUTE), move(10 * MINUTE)], perBlock), shuffled: true })), ['gap'])
  }
})

test('an_idle_visitor_a_hidden_tab_and_another_recorder_are_no_gaps', () => {
  for (const tag of ['sessionIdle', 'window hidden', 'browser offline', '$session_ending']) {
    assert.deepEqual(one([...opening, move(MINUTE), says(MINUTE + 1, tag), move(30 * MINUTE)]), [], tag)
  }
  assert.deepEqual(one([meta(0), snapshot(10), move(MINUTE), move(30 * MINUTE)]), [])
  assert.deepEqual(kinds(one([...opening, says(MINUTE, 'sessionIdle'), says(2 * MINUTE, 'sessionNoLongerIdle'), move(3 * MINUTE), move(30 * MINUTE)])), ['gap'])
})

test('another_window_at_work_is_no_gap', () => {
  const other = Array.from({ length: 20 }, (_, minute) => ({ ...move(minute * MINUTE + 500), windowId: 'w2' }))
  const first = { ...snapshot(100), windowId: 'w2' }
  assert.deepEqual(one([...opening, first, ...other, move(21 * MINUTE)].sort((a, b) => a.timestamp - b.timestamp)), [])
})

test('a_pause_by_a_rule_lasts_until_the_recorder_goes_on', () => {
  const notices = one([...opening, says(MINUTE, 'recording paused'), says(3 * MINUTE, 'recording resumed'), move(4 * MINUTE)])
  assert.deepEqual(notices.map(({ kind, from, to }) => [kind, from, to]), [['paused', MINUTE, 3 * MINUTE]])
})

test('lines_whose_numbers_are_missing_are_counted', () => {
  const lines = [...opening, ...Array.from({ length: 20 }, (_, index) => move(1000 + index))]
  const notices = noticesIn({ blocks: blocksOf(lines, 8, [4, 5, 12]) })
  assert.deepEqual(notices.map(({ kind, count }) => [kind, count]), [['lost_lines', 3]])
})

test('a_line_that_cannot_be_read_is_told_once_and_not_as_lost', () => {
  const block = blocksOf([...opening, move(1000), move(2000)])[0]?.split('\n') ?? []
  block[3] = (block[3] ?? '').slice(0, 40)
  const notices = noticesIn({ blocks: [block.join('\n')] })
  assert.deepEqual(notices.map(({ kind, count }) => [kind, count]), [['unreadable', 1]])
})

test('a_clock_that_jumps_is_told_once_with_how_far', () => {
  const jumped = [...opening, move(1000), ...[2000, 3000, 4000].map((timestamp) => ({ ...move(timestamp), offset: -120_000 }))]
  for (const perBlock of [1000, 2, 1]) {
    const notices = noticesIn({ blocks: blocksOf(jumped, perBlock), shuffled: perBlock === 1 })
    assert.deepEqual(notices.map(({ kind, from }) => [kind, from]), [['clock_jump', 2000]], `${perBlock} to a block`)
    assert.match(notices[0]?.text ?? '', /back by 2 minutes/)
  }
})

test('what_comes_before_the_first_picture_of_a_window_is_said', () => {
  const late = one([change(0), move(2000), meta(12_000), snapshot(12_010), move(13_000)])
  assert.deepEqual(late.map(({ kind, from, to }) => [kind, from, to]), [['no_picture', 0, 12_010]])
  assert.equal(noticesAt(late, 5000, 'w1').length, 1)
  assert.equal(noticesAt(late, 5000, 'w2').length, 0)
  assert.equal(noticesAt(late, 12_010, 'w1').length, 0)
  const never = one([...opening, { ...change(3000), windowId: 'w2' }, { ...move(9000), windowId: 'w2' }])
  assert.deepEqual(never.map(({ kind, from, to, windowId }) => [kind, from, to, windowId]), [['no_picture', 3000, 9000, 'w2']])
  assert.match(never[0]?.text ?? '', /of window 2/)
})

test('a_picture_that_is_listed_and_not_read_yet_is_a_picture', () => {
  const listed = [{ key: 1, first: 0, last: 5, rawBytes: 1, fullSnapshots: [{ windowId: 'w1', timestamp: 1 }] }]
  assert.deepEqual(one([move(10), change(5000)], { listed }), [])
})

test('a_part_that_could_not_be_had_is_told_as_that_and_not_as_silence_too', () => {
  const lost = [{ key: 9, first: 2 * MINUTE, last: 14 * MINUTE, rawBytes: 1, fullSnapshots: [] }]
  const notices = one([...opening, move(MINUTE), move(15 * MINUTE)], { lost })
  assert.deepEqual(notices.map(({ kind, from, to, isGap }) => [kind, from, to, isGap]), [['lost_part', 2 * MINUTE, 14 * MINUTE, true]])
})

test('what_a_copy_was_made_without_is_said', () => {
  const notices = one(opening, { leftOut: [{ what: 'captured events', count: 3, reason: 'they tell of persons' }] })
  assert.deepEqual(notices.map(({ kind, text }) => [kind, text]), [['left_out', '3 captured events: they tell of persons.']])
})

test('a_page_with_ten_thousand_missing_pictures_takes_bounded_memory', () => {
  const many = Array.from({ length: 10_000 }, (_, index) => element(100 + index, 'img', { src: `https://cdn.example/${index}.png` }))
  const reader = new LineReader()
  const { traces } = reader.readBlock(new TextEncoder().encode(blocksOf([meta(0), snapshot(10, ...many)])[0]), 1)
  assert.equal(traces.found[0]?.names.length, 300)
  assert.match(one([meta(0), snapshot(10, ...many)])[0]?.text ?? '', /not all counted/)
})
