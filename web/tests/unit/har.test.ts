// HAR 1.2, as http://www.softwareishard.com/blog/har-12-spec/ writes it: which members are required, and of which type.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entry, RequestContent } from '../../src/format/entry'
import { detailOfRequest } from '../../src/format/details'
import { harText, type HarRequest } from '../../src/format/har'
import { checkHar } from '../support/har-rules.mjs'

const START = Date.UTC(2026, 4, 4, 9, 30)

function requestAt(timestamp: number, name: string, more: object = {}, windowId = 'w'): HarRequest {
  const raw = { name, entryType: 'resource', initiatorType: 'fetch', duration: 12.5, ...more }
  const detail = detailOfRequest(raw, name)
  const content: RequestContent = {
    kind: 'request', method: detail.method, url: name, status: detail.status, milliseconds: 13, waited: 13, failed: detail.status >= 400,
    isCall: true, type: detail.type, bytes: undefined, operation: '',
  }
  const entry: Entry & RequestContent = { timestamp, windowId, block: 1, line: 0, part: 0, ...content }
  return { entry, detail }
}

const MEASURED = {
  startTime: 100, fetchStart: 101, domainLookupStart: 110, domainLookupEnd: 115, connectStart: 115, secureConnectionStart: 120, connectEnd: 130, requestStart: 131,
  responseStart: 180, responseEnd: 200, duration: 100, transferSize: 700, encodedBodySize: 400, decodedBodySize: 1000, nextHopProtocol: 'h2', responseStatus: 200, contentType: 'text/css',
}

const har = (requests: readonly HarRequest[], visits = [{ timestamp: 0, windowId: 'w', href: 'https://shop.test/' }]) =>
  JSON.parse([...harText({ id: 'rec', startedAt: START, browser: 'Chrome 156', version: '1' }, visits, requests)].join(''))

test('every_request_is_an_entry_with_all_that_har_requires', () => {
  const all = [
    requestAt(2000, 'https://shop.test/a.css?x=1&y=%20z&broken=%E0', MEASURED),
    requestAt(-50, 'https://shop.test/', { entryType: 'navigation', initiatorType: 'navigation', domContentLoadedEventEnd: 220, loadEventEnd: 480, ...MEASURED }),
    requestAt(1000, 'https://shop.test/api', { method: 'POST', status: 503, requestHeaders: { 'Content-Type': 'application/json' }, requestBody: '{"a":"é"}', responseHeaders: { location: '/x', 'content-type': 'text/plain' }, responseBody: 'no' }),
    { entry: requestAt(3000, 'https://shop.test/lost').entry, detail: undefined },
  ]
  const file = har(all)
  assert.deepEqual(checkHar(file), [])
  assert.equal(file.log.entries.length, all.length)
  assert.deepEqual(file.log.entries.map((entry: { _cassette: { timestamp: number } }) => entry._cassette.timestamp), [-50, 1000, 2000, 3000])
})

test('times_are_those_of_the_replay_and_phases_add_up', () => {
  const [entry] = har([requestAt(2000, 'https://shop.test/a.css', MEASURED)]).log.entries
  assert.equal(entry.startedDateTime, new Date(START + 2000).toISOString())
  assert.deepEqual(entry.timings, { blocked: 11, dns: 5, connect: 15, ssl: 10, send: 0, wait: 49, receive: 20 })
  assert.equal(entry.time, 100)
  assert.deepEqual([entry.response.httpVersion, entry.response.bodySize, entry.response.content.size, entry.response.content.compression], ['HTTP/2.0', 400, 1000, 600])
})

test('what_was_not_measured_or_captured_is_not_guessed', () => {
  const [entry] = har([requestAt(0, 'https://other.test/x.png', { initiatorType: 'img' })]).log.entries
  assert.deepEqual(entry.timings, { blocked: -1, dns: -1, connect: -1, ssl: -1, send: 0, wait: 13, receive: 0 })
  assert.deepEqual([entry.request.headers, entry.request.bodySize, entry.response.bodySize, 'postData' in entry.request], [[], -1, -1, false])
})

test('requests_belong_to_the_page_of_their_window', () => {
  const visits = [{ timestamp: 0, windowId: 'w', href: 'https://shop.test/' }, { timestamp: 500, windowId: 'v', href: 'https://shop.test/help' }, { timestamp: 1000, windowId: 'w', href: 'https://shop.test/cart' }]
  const file = har([requestAt(-10, 'https://a.test/1'), requestAt(600, 'https://a.test/2'), requestAt(700, 'https://a.test/3', {}, 'v'), requestAt(1500, 'https://a.test/4'), requestAt(1500, 'https://a.test/5', {}, 'unknown')], visits)
  assert.deepEqual(checkHar(file), [])
  assert.deepEqual(file.log.entries.map((entry: { pageref?: string }) => entry.pageref), ['page_1', 'page_1', 'page_2', 'page_3', undefined])
  assert.equal(file.log.pages[1].startedDateTime, new Date(START + 500).toISOString())
})

test('the_query_is_taken_apart_also_where_it_is_broken', () => {
  const [entry] = har([requestAt(0, 'https://a.test/?a=1&b=x+y&c&d=%E0#frag?z=1')]).log.entries
  assert.deepEqual(entry.request.queryString, [{ name: 'a', value: '1' }, { name: 'b', value: 'x y' }, { name: 'c', value: '' }, { name: 'd', value: '%E0' }])
})

test('the_rules_notice_what_is_wrong', () => {
  const file = har([requestAt(0, 'https://a.test/')])
  delete file.log.entries[0].cache
  file.log.entries[0].time = '12'
  file.log.pages[0].startedDateTime = 'today'
  assert.equal(checkHar(file).length, 3)
})
