// Filters: as an address, as what the server is asked, as what was saved, and as words.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFilters, toQuery } from '../../src/app/filters/address'
import { NO_FILTERS, type Filters, type Part } from '../../src/app/filters/part'
import { askedBy, toParameters, toRequest } from '../../src/app/filters/request'
import { readSaved } from '../../src/app/filters/saved'
import { timeWords, wordsOf } from '../../src/app/filters/words'

/** One of every kind, with what is hard to spell. */
const PARTS: readonly Part[] = [
  { kind: 'person', text: 'ann & bob=50%' },
  { kind: 'property', of: 'person', test: { key: 'plan.name', operator: 'exact', values: ['a,b', 'c\\d'] } },
  { kind: 'property', of: 'event', test: { key: '$browser', operator: 'is_set', values: [] } },
  { kind: 'page', operator: 'icontains', text: '/cart?x=1#top' },
  { kind: 'page', operator: 'not_icontains', text: '/checkout' },
  { kind: 'event', name: 'paid', properties: [] },
  { kind: 'event', name: 'a|b', properties: [{ key: 'sum', operator: 'gte', values: ['5|6'] }, { key: 'k', operator: 'is_not_set', values: [] }] },
  { kind: 'console', level: 'error', text: 'cannot read “length”' },
  { kind: 'console', level: 'warn', text: '' },
  { kind: 'console', level: undefined, text: 'slow' },
  { kind: 'number', metric: 'rage_click_count', operator: 'gte', value: 3 },
  { kind: 'number', metric: 'duration', operator: 'lt', value: 90.5 },
  { kind: 'errors' },
  { kind: 'live' },
  { kind: 'comment', text: 'look, here' },
  { kind: 'source', source: 'mobile' },
  { kind: 'unwatched', by: 'anybody' },
  { kind: 'collection', id: 'abcd1234', isNot: true },
  { kind: 'other', parameter: 'properties', filter: { type: 'OR', values: [{ key: 'a', value: 1 }] } },
]

const ALL: Filters = { dateFrom: '-7d', dateTo: '2026-05-04', parts: PARTS, match: 'any', order: 'rage' }

test('filters_survive_the_address', () => {
  assert.deepEqual(readFilters(`?${toQuery(ALL)}`), ALL)
  assert.equal(toQuery(NO_FILTERS), '')
  assert.deepEqual(readFilters(''), NO_FILTERS)
})

test('the_address_can_be_read_by_people', () => {
  const filters: Filters = { ...NO_FILTERS, dateFrom: '-7d', parts: [{ kind: 'page', operator: 'icontains', text: '/cart' }, { kind: 'number', metric: 'rage_click_count', operator: 'gte', value: 3 }] }
  assert.equal(toQuery(filters), 'date_from=-7d&page=/cart&rage_click_count.gte=3')
})

test('links_from_before_go_on_working', () => {
  const { parts, dateFrom } = readFilters('?date_from=-24h&person=ann&page=cart&errors=1&live=1')
  assert.equal(dateFrom, '-24h')
  assert.deepEqual(parts, [{ kind: 'person', text: 'ann' }, { kind: 'page', operator: 'icontains', text: 'cart' }, { kind: 'errors' }, { kind: 'live' }])
})

test('what_nobody_wrote_is_passed_over', () => {
  assert.deepEqual(readFilters('?x=1&click_count.gte=many&click_count.like=1&errors=yes&filter.properties=[&event=&order=size&unwatched=you'), NO_FILTERS)
})

test('half_an_emoji_does_no_harm_in_an_address', () => {
  assert.match(toQuery({ ...NO_FILTERS, parts: [{ kind: 'person', text: 'a\ud83d' }] }), /^person=a%EF%BF%BD$/)
})

test('filters_that_were_saved_are_the_same_when_they_are_opened', () => {
  const saved = JSON.parse(JSON.stringify(toParameters(ALL)))
  const opened = readSaved(saved)
  assert.deepEqual({ ...opened, parts: [] }, { ...ALL, parts: [] })
  const sorted = (parts: readonly Part[]): string[] => parts.map((part) => JSON.stringify(askedBy(part))).sort()
  assert.deepEqual(sorted(opened.parts), sorted(PARTS), 'another order, the same question')
  assert.deepEqual(opened.parts.filter(({ kind }) => kind === 'other'), PARTS.slice(-1), 'only what had no words before has none now')
})

test('filters_that_posthog_saved_as_a_tree_are_understood,_and_what_is_not_understood_stays', () => {
  const leaf = { type: 'person', key: 'email', value: ['ann@example.com'], operator: 'exact' }
  const odd = { type: 'cohort', key: 'id', value: 3 }
  const saved = { date_from: '-3d', date_to: null, duration: [{ type: 'recording', key: 'active_seconds', value: 5, operator: 'gt' }], filter_group: { type: 'AND', values: [{ type: 'AND', values: [leaf, odd, { id: '$pageview', name: '$pageview', type: 'events', order: 0 }] }] } }
  const { parts, match } = readSaved(saved)
  assert.equal(match, 'all')
  assert.deepEqual(parts, [
    { kind: 'property', of: 'person', test: { key: 'email', operator: 'exact', values: ['ann@example.com'] } },
    { kind: 'other', parameter: 'properties', filter: odd },
    { kind: 'event', name: '$pageview', properties: [] },
    { kind: 'number', metric: 'active_seconds', operator: 'gt', value: 5 },
  ])
})

test('what_is_asked_of_the_server_is_its_own', () => {
  const query = toRequest({ ...NO_FILTERS, dateFrom: '-7d', order: 'longest', match: 'any', parts: [{ kind: 'errors' }, { kind: 'live' }, { kind: 'console', level: 'error', text: 'cart' }] })
  assert.deepEqual(Object.fromEntries(query), {
    date_from: '-7d',
    properties: JSON.stringify([
      { type: 'OR', values: [{ type: 'recording', key: 'console_error_count', operator: 'gt', value: 0 }, { type: 'recording', key: 'exception_count', operator: 'gt', value: 0 }] },
      { type: 'log_entry', key: 'message', operator: 'icontains', value: 'cart', level: 'error' },
    ]),
    live: '1',
    operand: 'OR',
    order: 'duration',
    order_direction: 'DESC',
  })
})

test('a_day_is_the_whole_day_where_the_viewer_is', () => {
  const { date_from: from, date_to: to } = toParameters({ ...NO_FILTERS, dateFrom: '2026-05-04', dateTo: '2026-05-04' })
  assert.equal(Date.parse(String(to)) - Date.parse(String(from)), 24 * 3_600_000 - 1)
  assert.equal(new Date(String(from)).getHours(), 0)
})

test('filters_read_as_a_sentence', () => {
  const said = PARTS.map((part) => Object.values(wordsOf(part, () => 'Angry people')).join(' ').trim())
  assert.deepEqual(said, [
    'of anyone like ann & bob=50%',
    'of someone whose plan.name is a,b or c\\d',
    'where browser is there',
    'who visited /cart?x=1#top',
    'who never visited /checkout',
    'with the event paid',
    'with the event a|b where sum is at least 5|6 and k is not there',
    'with a console error that says cannot read “length”',
    'with a console warning',
    'with a console line that says slow',
    'with at least 3 rage clicks',
    'that took less than 1 min 31 s',
    'with an error',
    'live now',
    'with a comment that says look, here',
    'from a mobile app',
    'that nobody has watched',
    'not in the collection Angry people',
    'where {"type":"OR","values":[{"key":"a","value":1}]}',
  ])
  assert.deepEqual(timeWords({ dateFrom: '-7d', dateTo: '' }), { lead: 'from', what: 'the last 7 days' })
  assert.deepEqual(timeWords(NO_FILTERS), { lead: 'from', what: 'any time' })
})
