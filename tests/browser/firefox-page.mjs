// A page of Firefox for a test: opened, logged in, and what it asked for.
import assert from 'node:assert/strict'
import { until } from './cassette.mjs'
import { openFirefox } from './firefox.mjs'

/** What Firefox asks its maker whatever is opened in it. */
const OF_FIREFOX = /\.mozilla\.(?:com|net|org)(?::443)?$/

/** `direct` is the one host to which requests go past the spy. */
export async function withFirefox(executable, direct, test) {
  const page = await openFirefox(executable, direct)
  try {
    await test(page)
  } finally {
    await page.close()
  }
}

export async function logInto(page, cassette) {
  await page.open(`${cassette.base}/licenses.txt`)
  await until(() => page.evaluate(() => location.pathname === '/licenses.txt').catch(() => false), 20_000, () => 'Firefox does not reach the server')
  const login = async (key) => {
    const answer = await fetch('/api/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ api_key: key }) })
    return answer.status
  }
  assert.equal(await page.evaluate(login, cassette.key), 204)
}

/** What arrived at the spy and is not Firefox's own. */
export function asked(page) {
  return page.requests.filter((request) => !OF_FIREFOX.test(request))
}
