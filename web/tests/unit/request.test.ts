import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cutter } from '../../src/format/entry'
import { readDetail } from '../../src/format/details'
import { readRequests, timingOf, typeOf } from '../../src/format/request'

const read = (requests: object[], at = 1_000_000) => readRequests({ requests }, at, new Cutter())

test('a_request_stands_where_it_began_by_the_clock_of_its_own_event', () => {
  const shifts = [{ timestamp: 999_250 }, { timestamp: 1_000_400 }, { timestamp: 17 * 3600 * 1000 * 24 }, {}].map((more) => read([{ name: 'https://a.test/', duration: 40, ...more }])[0]?.shift)
  // One that began after it was told of is not believed, and neither is a clock that is days away.
  assert.deepEqual(shifts, [-750, 0, -40, 0])
})

test('a_call_without_an_answer_has_failed_and_a_picture_that_tells_nothing_has_not', () => {
  // As posthog-js 1.449.2 sends a refused connection, and a picture of another origin.
  const [refused] = read([{ name: 'http://127.0.0.1:9/refused', initiatorType: 'fetch', method: 'GET', responseStatus: 0, transferSize: 0, encodedBodySize: 0, duration: 3 }])
  const [picture] = read([{ name: 'https://other.test/x.png', initiatorType: 'img', responseStatus: 0, transferSize: 0, duration: 3 }])
  const [error] = read([{ name: 'https://a.test/', initiatorType: 'fetch', status: 500 }])
  assert.deepEqual([refused, picture, error].map((told) => told?.content.kind === 'request' && [told.content.status, told.content.failed]), [[0, true], [0, false], [500, true]])
})

test('the_type_is_told_by_what_asked_then_by_what_came_then_by_the_address', () => {
  const cases: readonly [string, string, string, string][] = [
    ['fetch', 'text/css', 'https://a.test/x.css', 'fetch'], ['xmlhttprequest', '', '', 'xhr'], ['navigation', '', '', 'document'], ['link', 'text/css; charset=utf-8', '', 'style'],
    ['link', '', 'https://a.test/x.woff2?v=1', 'font'], ['css', '', 'https://a.test/x.png#y', 'image'], ['script', '', 'https://a.test/x', 'script'], ['img', '', 'https://a.test/x', 'image'], ['other', '', 'https://a.test/x', 'other'],
  ]
  for (const [initiator, contentType, url, type] of cases) assert.equal(typeOf(initiator, contentType, url), type, `${initiator} ${contentType} ${url}`)
})

test('phases_are_spans_and_what_did_not_happen_is_not_there', () => {
  const timing = timingOf({ startTime: 100, duration: 100, domainLookupStart: 110, domainLookupEnd: 110, connectStart: 110, connectEnd: 110, secureConnectionStart: 0, requestStart: 131, responseStart: 180, responseEnd: 200 })
  assert.deepEqual(timing, { duration: 100, blocked: 31, dns: undefined, connect: undefined, tls: undefined, send: 0, wait: 49, receive: 20, firstByte: 80 })
  assert.equal(timingOf({ startTime: 5, duration: 7, responseEnd: 12, requestStart: 0, responseStart: 0 }).wait, undefined)
  // As a browser measures a page: until its load event.
  assert.equal(timingOf({ entryType: 'navigation', startTime: 0, duration: 480.5, responseEnd: 31.4, requestStart: 7, responseStart: 30 }).duration, 31.4)
})

test('a_graphql_call_is_named_by_its_operation', () => {
  const names = ['{"operationName":"Cart","query":"query Cart { a }"}', '{"query":"mutation Buy($a: ID) { b }"}', '[{"query":"{ a }"}]', '{"query":"search words"}', 'query'].map((requestBody) => {
    const content = read([{ name: 'https://a.test/graphql', initiatorType: 'fetch', requestBody }])[0]?.content
    return content?.kind === 'request' && content.operation
  })
  assert.deepEqual(names, ['Cart', 'Buy', '', '', ''])
})

test('the_detail_of_a_request_is_found_by_its_place_among_requests_alone', () => {
  const requests = [{ name: 'first-paint', entryType: 'paint' }, { name: 'https://a.test/1' }, { name: 'mark', entryType: 'mark' }, { name: 'https://a.test/2', requestHeaders: { a: 'b', n: 1 }, responseBody: { x: 1 } }]
  const line = { type: 'event', event: { type: 6, data: { plugin: 'rrweb/network@1', payload: { requests } } } }
  const told = readRequests({ requests }, 0, new Cutter())
  assert.equal(told.length, 2)
  const detail = readDetail(line, 1)
  assert.equal(detail?.kind === 'request' && detail.url, 'https://a.test/2')
  assert.deepEqual(detail?.kind === 'request' && [detail.requestHeaders, detail.responseBody, detail.responseHeaders], [[{ name: 'a', value: 'b' }, { name: 'n', value: '1' }], '{"x":1}', undefined])
  assert.equal(readDetail(line, 2), undefined)
})

test('a_recording_with_very_many_lines_keeps_less_of_each', () => {
  const cutter = new Cutter()
  const text = 'x'.repeat(500)
  assert.equal(cutter.cut(text, 500).length, 500)
  cutter.begin(7)
  for (let index = 0; index < 40_000; index++) cutter.cut(text, 500)
  assert.equal(cutter.cut(text, 500).length, 120)
  cutter.begin(7)
  assert.equal(cutter.cut(text, 500).length, 500, 'a block that is read again is not kept twice')
})
