import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Looker } from '../../src/format/looking-into'
import { LineReader } from '../../src/format/line'

const line = (at: number, event: object, type = 'event') => JSON.stringify({ type, timestamp: at, window_id: 'w', event: { timestamp: 1_000_000 + at, ...event } })
const plugin = (at: number, name: string, payload: object) => line(at, { type: 6, data: { plugin: name, payload } })
const requests = (...names: string[]) => ({ requests: [{ name: 'paint', entryType: 'paint' }, ...names.map((name) => ({ name, entryType: 'resource', initiatorType: 'fetch', status: 200, timestamp: 1_000_000, requestHeaders: { a: name } }))] })

const TEXT = [
  line(0, { type: 4, data: { href: 'https://a.test/', width: 10, height: 10 } }),
  '{"type":"event"',
  plugin(5, 'rrweb/network@1', requests('https://a.test/1', 'https://a.test/2')),
  '{"type":"checksum","seq":1}',
  plugin(6, 'rrweb/console@1', { level: 'log', payload: ['"first"'], trace: [] }),
  JSON.stringify({ type: 'captured', timestamp: 7, window_id: 'w', name: 'ordered', captured: { properties: { total: 12, $os: 'x' } } }),
  line(8, { type: 5, data: { tag: '$pageview', payload: { href: 'https://a.test/cart' } } }),
  plugin(9, 'rrweb/network@1', requests('https://a.test/3')),
].join('\n')
const bytes = () => new TextEncoder().encode(TEXT)
const held = (): ArrayBuffer => bytes().buffer

test('every_entry_leads_back_to_what_it_was_made_of', () => {
  const { entries } = new LineReader().readBlock(bytes(), 3)
  const looked = new Looker().look({ kind: 'details', bytes: held(), places: entries.map(({ line: place, part }) => ({ line: place, part })) })
  assert.equal(looked.kind, 'details')
  if (looked.kind !== 'details') return
  assert.deepEqual(entries.map(({ kind, block }, place) => [block, kind, looked.details[place]?.kind]).filter(([, kind]) => kind !== 'page'), [
    [3, 'request', 'request'], [3, 'request', 'request'], [3, 'console', 'console'], [3, 'captured', 'captured'], [3, 'request', 'request'],
  ])
  const urls = looked.details.flatMap((detail) => (detail?.kind === 'request' ? [detail.url] : []))
  assert.deepEqual(urls, ['https://a.test/1', 'https://a.test/2', 'https://a.test/3'])
  assert.deepEqual(looked.details.flatMap((detail) => (detail?.kind === 'captured' ? [detail.own] : [])), ['{"total":12}'])
})

test('what_a_block_tells_of_the_network_is_what_its_entries_tell', () => {
  const { entries } = new LineReader().readBlock(bytes(), 3)
  const looked = new Looker().look({ kind: 'network', bytes: held(), block: 3 })
  assert.deepEqual(looked.kind === 'network' && looked.told.map(({ entry }) => entry), entries.filter(({ kind }) => kind === 'request' || kind === 'page'))
  assert.deepEqual(looked.kind === 'network' && looked.told.map(({ detail }) => detail?.kind === 'request' && detail.requestHeaders?.[0]?.value), [false, 'https://a.test/1', 'https://a.test/2', false, 'https://a.test/3'])
})

test('a_line_that_is_not_there_has_no_detail', () => {
  const looked = new Looker().look({ kind: 'details', bytes: held(), places: [{ line: 1, part: 0 }, { line: 99, part: 0 }, { line: 2, part: 7 }] })
  assert.deepEqual(looked, { kind: 'details', details: [undefined, undefined, undefined] })
})

test('a_live_line_keeps_its_detail_because_no_block_has_it', () => {
  const { entries } = new LineReader().readTexts(TEXT.split('\n'), 4e15)
  assert.deepEqual(entries.map(({ kind, detail }) => [kind, detail?.kind]), [
    ['page', undefined], ['request', 'request'], ['request', 'request'], ['console', 'console'], ['captured', 'captured'], ['page', undefined], ['request', 'request'],
  ])
})
