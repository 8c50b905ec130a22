// The pages of a visit, and the visitor.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { click, meta, snapshot } from '../support/made-up.mjs'
import { eventually, openOffline, openPlayer, shared } from '../support/pages.mjs'
import { recordingOf } from '../support/recording.mjs'

const START = meta(0).timestamp
const properties = {
  $browser: 'Chrome', $browser_version: 156, $os: 'Mac OS X', $os_version: '15.1', $screen_width: 1440, $screen_height: 900, $timezone: 'Asia/Tokyo', $browser_language: 'de-DE',
  $session_entry_referrer: 'https://search.example/?q=lamps', $session_entry_utm_source: 'letter', utm_source: 'later', token: 'phc_mock',
}
const captured = (at, event, more = {}) => ({ timestamp: START + at, windowId: 'w', name: event, distinctId: 'ann@example.com', captured: { event, properties: { ...properties, ...more.properties }, ...more.beside } })

const recording = () => recordingOf({
  id: 'visit', distinctIds: ['anonymous-1', 'ann@example.com'],
  events: [
    ...[meta(0), snapshot(5, []), click(1000, 4), meta(4000, 'https://shop.example/cart?a=1'), snapshot(4010, []), meta(4020, 'https://shop.example/cart?a=1')].map((event) => ({ windowId: 'w', event })),
    ...[meta(5000, 'https://shop.example/help'), snapshot(5010, []), click(6000, 4)].map((event) => ({ windowId: 'v', event })),
    ...[meta(8000), snapshot(8005, []), click(10_000, 4)].map((event) => ({ windowId: 'w', event })),
  ],
  captured: [
    captured(500, '$pageview'), captured(1500, '$identify', { beside: { $set: { email: 'ann@example.com', plan: 'small' }, $set_once: { $initial_referrer: '$direct' } } }),
    captured(2500, '$set', { properties: { $set: { plan: 'large', nested: { a: 1 } } } }), captured(3000, 'ordered', { properties: { order: { id: 7, note: '<b>bold</b>' }, total: 12 }, beside: { $set_once: { $initial_referrer: 'x' } } }),
  ],
})

test('pages_are_told_in_order_with_their_time_and_lead_there', async () => {
  const { page, done } = await openPlayer('visit', { recordings: [recording()] })
  await page.getByRole('tab', { name: 'Pages' }).click()
  const rows = async () => (await page.locator('.visit').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim())
  await eventually(async () => assert.deepEqual(await rows(), ['0:00 shop.example Window 1 4 s', '0:04 shop.example/cart?a=1 Window 1 4 s', '0:05 shop.example/help Window 2 5 s', '0:08 shop.example Window 1 2 s']))
  await page.getByText('4 pages in 2 windows').waitFor()
  await page.locator('.visit', { hasText: 'help' }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 5000)
  await page.locator('.visit.is-current', { hasText: 'help' }).waitFor()
  await done()
})

test('the_person_is_asked_for_and_the_recording_tells_the_rest', async () => {
  const { page, done } = await openPlayer('visit', { recordings: [recording()] })
  const person = { id: 7, name: 'Ann Example', distinct_ids: ['ann@example.com', 'older-id'], properties: { email: 'ann@example.com', roles: ['buyer', 'admin'], $initial_utm_source: 'letter' }, created_at: '2026-01-02T03:04:05Z' }
  const asked = []
  shared.server.state.answers['GET /api/projects/@current/persons/'] = ({ url }) => (asked.push(url.searchParams.get('distinct_id')), { results: [person] })
  await page.getByRole('tab', { name: 'Person' }).click()
  await page.getByText('Ann Example').waitFor()
  await eventually(async () => {
    const text = (await page.getByRole('region', { name: 'Person' }).innerText()).replace(/\s+/g, ' ')
    for (const part of ['older-id', 'anonymous-1', 'Array(2) ["buyer", "admin"]', 'Chrome 156', 'Mac OS X 15.1', '1440 × 900', 'Asia/Tokyo', 'de-DE', 'https://search.example/?q=lamps', 'UTM source letter', 'set email, plan and 1 more', 'set plan, nested as']) assert.ok(text.includes(part), `${part} in ${text}`)
  })
  assert.deepEqual(asked, ['anonymous-1'], 'asked once, for any of the ids')
  await page.getByRole('button', { name: '0:02' }).click()
  await page.waitForFunction(() => window.cassette.currentTime === 2500)
  delete shared.server.state.answers['GET /api/projects/@current/persons/']
  await done()
})

test('without_an_answer_the_recordings_own_events_tell_the_properties', async () => {
  const { page, done } = await openPlayer('visit', { recordings: [recording()], allow: (text) => text.includes('503') })
  shared.server.state.answers['GET /api/projects/@current/persons/'] = [503, { detail: 'The catalog is being rebuilt.' }]
  await page.getByRole('tab', { name: 'Person' }).click()
  await page.getByText('The catalog is being rebuilt.').waitFor()
  await page.getByText('"large"').or(page.getByText('large', { exact: true })).first().waitFor()
  delete shared.server.state.answers['GET /api/projects/@current/persons/']
  await done()
})

test('an_offline_page_asks_nobody_and_knows_what_the_recording_says', async () => {
  const { page, done } = await openOffline(recording())
  await page.getByRole('tab', { name: 'Person' }).click()
  await page.getByText('As this recording’s own events tell them.').waitFor()
  await page.getByText('large', { exact: true }).waitFor()
  await page.getByRole('tab', { name: 'Events' }).click()
  await page.locator('.event', { hasText: 'ordered' }).click()
  await page.getByRole('region', { name: 'Details' }).getByRole('button', { name: /^order:/ }).click()
  await page.getByText('"<b>bold</b>"', { exact: true }).waitFor()
  await done()
})

test('a_time_tells_the_clock_of_the_viewer_and_that_of_the_visitor', async () => {
  const { page, done } = await openPlayer('visit', { recordings: [recording()] })
  const title = await page.locator('.event', { hasText: 'ordered' }).locator('.event-time').getAttribute('title')
  assert.match(title, /9:30:03.AM\n.*6:30:03.PM for the visitor, in Asia\/Tokyo/)
  await done()
})
