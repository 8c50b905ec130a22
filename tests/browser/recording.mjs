// Stored = sent.
import assert from 'node:assert/strict'
import { until } from './cassette.mjs'
import { sdkFile } from './chromium.mjs'
import { startProxy } from './proxy.mjs'
import { buy, enter, leave, sessionOf } from './visits.mjs'
import { countByLabel, sentEvents } from './wire.mjs'

/** The secrets that a visitor types: they must not be anywhere in a recording. */
const SECRETS = ['correct horse battery', '4242 4242', 'Long Street 7']

export function aVisitIsStoredAsItWasSent(sdk) {
  return async ({ cassette, browser }) => {
    const replaced = sdk === 'latest' ? {} : { '/static/array.js': sdkFile(sdk, 'array.js') }
    const proxy = await startProxy(cassette.base, replaced)
    try {
      const { page } = await browser.page()
      await enter(page, proxy.base)
      const session = await sessionOf(page)
      await buy(page)
      await leave(page)
      const lines = await assertStored(cassette, proxy, session)
      const captured = lines.filter((line) => line.type === 'captured').map((line) => line.name)
      for (const name of ['$pageview', '$identify', 'order placed']) assert.ok(captured.includes(name), `captured: ${captured}`)
      const text = JSON.stringify(lines)
      for (const secret of SECRETS) assert.ok(!text.includes(secret), `the recording holds ${JSON.stringify(secret)}`)
      const [row] = await cassette.recordings()
      assert.equal(row.id, session)
      assert.ok(row.person.distinct_ids.includes('ada@example.test'), `distinct ids: ${row.person.distinct_ids}`)
      assert.ok(row.click_count > 5, `clicks: ${row.click_count}`)
      assert.ok(row.keypress_count > 5, `inputs: ${row.keypress_count}`)
      assert.ok(row.console_error_count + row.exception_count > 0, 'the error of the shop is counted')
    } finally {
      proxy.stop()
    }
  }
}

export async function anUntouchedPageIsStored({ cassette, browser }) {
  const proxy = await startProxy(cassette.base)
  try {
    const { page } = await browser.page()
    await enter(page, proxy.base)
    const session = await sessionOf(page)
    await page.waitForTimeout(3000)
    assert.equal(proxy.posts.filter((post) => post.path === '/s/').length, 0, 'nothing is sent before the page closes')
    await leave(page)
    await assertStored(cassette, proxy, session)
  } finally {
    proxy.stop()
  }
}

/** Every event that was answered 200 is in the finished recording, once, with the same content. */
async function assertStored(cassette, proxy, session) {
  const refused = proxy.posts.filter((post) => post.status !== 200)
  assert.deepEqual(refused.map((post) => `${post.status} ${post.url}`), [], 'every request is answered 200')
  const sent = sentEvents(proxy.posts).get(session)
  assert.ok(sent?.length > 0, 'the SDK sent snapshots')
  // The page's analytics events come before its snapshots, so the recording may have been finished without these.
  let stored, lines
  await until(
    async () => {
      lines = await cassette.finished(session)
      stored = lines.filter((line) => line.event).map((line) => line.event)
      return stored.length >= sent.length
    },
    30_000,
    () => `of ${sent.length} events ${stored.length} are stored`,
  )
  assert.deepEqual(countByLabel(stored), countByLabel(sent))
  const texts = (events) => events.map((event) => JSON.stringify(event)).sort()
  assert.deepEqual(texts(stored), texts(sent), 'the events are the sent ones')
  return lines
}
