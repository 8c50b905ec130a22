// Recordings in files: every form is recognised by its content, and what is damaged costs no more than itself.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { FileSource } from '../../src/sources/file'
import { bytesOfBlob, type Bytes } from '../../src/sources/files/bytes'
import { JsonPicker } from '../../src/sources/files/json-picker'
import { LineReader } from '../../src/format/line'
import type { BlockListing } from '../../src/format/listing'

declare const FIXTURES: string

const bytesOf = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(FIXTURES, name)))
const sourceOf = (bytes: Uint8Array<ArrayBuffer>): FileSource => new FileSource(async () => bytesOfBlob(new Blob([bytes])))
const textBytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

interface Played {
  readonly listing: BlockListing
  readonly times: readonly number[]
  readonly windows: readonly string[]
  readonly lost: readonly string[]
}

/** All that a player would be given of the file. */
async function play(source: FileSource): Promise<Played> {
  const listing = await source.listing()
  const reader = new LineReader()
  const lines = []
  const lost: string[] = []
  for (const { key } of listing.blocks) {
    const bytes = await source.block(key, listing.startedAt).catch((error: Error) => void lost.push(error.message))
    if (bytes) lines.push(...reader.readBlock(new Uint8Array(bytes), key).lines)
  }
  return { listing, lost, times: lines.map(({ timestamp }) => timestamp), windows: lines.map(({ windowId }) => windowId) }
}

const VISIT = 'recordings/v1/visit.ndjson'

test('a_file_of_ours_is_the_same_with_and_without_its_index_and_compression', async () => {
  const plain = await play(sourceOf(bytesOf(VISIT)))
  assert.equal(plain.times.length, 9)
  assert.equal(plain.listing.startedAt, 1795245310102)
  assert.deepEqual(plain.listing.windows, ['w1', 'w2'])
  const same = [`${VISIT}.zst`, ...['', '-among-skippable', '-in-parallel', '-in-pieces', '-seekable', '-stored', '-with-size'].map((how) => `recordings/v1/recompressed${how}.ndjson.zst`)]
  for (const name of same) {
    const { times, windows, lost } = await play(sourceOf(bytesOf(name)))
    assert.deepEqual({ times, windows, lost }, { times: plain.times, windows: plain.windows, lost: [] }, name)
  }
  assert.deepEqual((await play(sourceOf(new Uint8Array(gzipSync(bytesOf(VISIT)))))).times, plain.times)
  assert.equal((await sourceOf(bytesOf(`${VISIT}.zst`)).facts()).person, 'ann')
})

test('a_file_with_an_index_is_read_where_it_is_watched', async () => {
  const whole = bytesOf('recordings/v1/many-blocks.ndjson.zst')
  const read: [number, number][] = []
  const file: Bytes = { ...bytesOfBlob(new Blob([whole])), stream: () => Promise.reject(new Error('all of it was read')) }
  const source = new FileSource(async () => ({ ...file, read: (from, to) => (read.push([from, to]), file.read(from, to)) }))
  const { blocks, startedAt } = await source.listing()
  assert.ok(blocks.length > 3, `${blocks.length} blocks`)
  read.length = 0
  await source.block(2, startedAt)
  assert.equal(read.length, 1)
})

test('a_damaged_block_is_lost_alone', async () => {
  const { listing, lost, times } = await play(sourceOf(bytesOf('recordings/damaged/frame-changed.ndjson.zst')))
  assert.equal(lost.length, 1)
  assert.match(lost[0] ?? '', /^Part \d of the recording is damaged/)
  assert.ok(listing.blocks.length > 1 && times.length > 0)
  const plain = await play(sourceOf(bytesOf('recordings/damaged/byte-changed.ndjson')))
  assert.ok(plain.lost.length > 0, 'the digest in the lines is checked')
})

test('what_breaks_off_is_played_up_to_there_and_says_so', async () => {
  for (const name of ['cut-in-a-frame.ndjson.zst', 'cut-in-a-line.ndjson', 'without-end.ndjson']) {
    const source = sourceOf(bytesOf(`recordings/damaged/${name}`))
    assert.ok((await play(source)).times.length > 0, name)
    assert.ok((await source.facts()).leftOut.length > 0, name)
  }
})

test('an_index_that_claims_too_much_is_not_believed', async () => {
  for (const name of ['claims-4-gb-of-index', 'claims-32-gb-of-seek-table', 'index-changed', 'cut-in-the-trailer', 'bytes-behind']) {
    assert.equal((await play(sourceOf(bytesOf(`recordings/damaged/${name}.ndjson.zst`)))).times.length, 9, name)
  }
})

test('exports_of_posthog_and_arrays_of_rrweb_play', async () => {
  const names = ['posthog-2022-12-02', 'posthog-2023-04-28-text-window', 'posthog-2023-04-28-number-window']
  const played = await Promise.all(names.map((name) => play(sourceOf(bytesOf(`exports/${name}.json`)))))
  for (const [place, { times, listing, windows }] of played.entries()) {
    assert.equal(times.length, 7, names[place])
    assert.deepEqual(times, played[0]?.times, names[place])
    assert.equal(listing.startedAt, 1767225600000)
    assert.equal(new Set(windows).size, 1)
  }
  const events = [{ type: 4, data: { href: 'https://a.example/', width: 10, height: 10 }, timestamp: 2000 }, { type: 2, data: { node: { type: 0, id: 1, childNodes: [] } }, timestamp: 2005 }, { type: 3, data: { source: 2, type: 2, id: 1 }, timestamp: 1990 }]
  const array = await play(sourceOf(textBytes(JSON.stringify(events, null, 1))))
  assert.equal(array.listing.startedAt, 1990, 'the earliest event need not be the first')
  assert.deepEqual([...array.times].sort((a, b) => a - b), [0, 10, 15])
  const lines = await play(sourceOf(textBytes(events.map((event) => JSON.stringify(event)).join('\n'))))
  assert.deepEqual([...lines.times].sort((a, b) => a - b), [0, 10, 15])
})

test('windows_of_numbers_get_their_names_back', async () => {
  const file = { version: '2023-04-28', cassette: { windows: ['first', 'second'] }, data: { id: 's', person: { distinct_ids: ['ann'] }, snapshots: [{ windowId: 2, type: 4, data: { href: '' }, timestamp: 5 }] } }
  const source = sourceOf(textBytes(JSON.stringify(file)))
  assert.deepEqual((await play(source)).windows, ['second'])
  assert.equal((await source.facts()).person, 'ann')
})

test('what_is_no_recording_is_refused_in_a_sentence', async () => {
  const refused: [text: string | Uint8Array<ArrayBuffer>, pattern: RegExp][] = [
    ['', /The file is empty/],
    ['<!doctype html><p>404', /Came a page of HTML/],
    ['hello there', /The file begins with “hello there”/],
    ['{"hello":"there"}', /Came an object without snapshots/],
    ['[]', /no event in this file/],
    [new Uint8Array([0xff, 0x00, 0x01]), /no text|begins with/],
    [bytesOf('recordings/damaged/wrong-version.ndjson'), /Expected a recording of the format “cassette\/1”/],
    [bytesOf('recordings/damaged/claims-100-gb-of-text.ndjson.zst'), /The file begins with “\{\}”/],
    [bytesOf('recordings/damaged/claims-100-gb-of-window.ndjson.zst'), /The file begins with “\{\}”/],
  ]
  for (const [content, pattern] of refused) {
    const source = sourceOf(typeof content === 'string' ? textBytes(content) : content)
    await assert.rejects(source.listing(), (error: Error) => pattern.test(error.message) || assert.fail(`${String(content).slice(0, 30)}: ${error.message}`))
  }
})

test('values_are_picked_out_of_json_wherever_it_is_cut', () => {
  const text = '{"a":[1,{"b":"}]\\"x"},[true,null]],"c":{"d":-1.5e3,"é":"\\u00e9"},"e":"last"}'
  const bytes = textBytes(text)
  const whole = JSON.parse(text) as { a: unknown[]; c: { d: number }; e: string }
  for (let cut = 0; cut <= bytes.length; cut++) {
    const taken: [string, unknown][] = []
    const wants = (path: readonly string[]): boolean => path[0] === 'a' ? path.length === 2 : path.join('.') === 'c.d' || path[0] === 'e'
    const picker = new JsonPicker(wants, (path, value) => taken.push([path.join('.'), JSON.parse(new TextDecoder().decode(value))]))
    picker.push(bytes.subarray(0, cut))
    picker.push(bytes.subarray(cut))
    assert.deepEqual(taken, [['a.0', whole.a[0]], ['a.1', whole.a[1]], ['a.2', whole.a[2]], ['c.d', whole.c.d], ['e', whole.e]], `cut at ${cut}`)
    assert.ok(picker.isWhole)
  }
  for (const wrong of ['[1]]', '{"a":1}}', '[1,2} ', '[1] 2']) assert.throws(() => new JsonPicker(() => false, () => undefined).push(textBytes(wrong)), SyntaxError, wrong)
})
