// What the made-up visitors of the shop do. `look` keeps what is on the screen at that moment, to be compared with the
// replay later.
import { until } from './cassette.mjs'

const settle = (page, ms = 400) => page.waitForTimeout(ms)

/** Opens the shop and waits until the SDK records. */
export async function enter(page, base) {
  await page.goto(`${base}/demo/`)
  await page.waitForSelector('.grid .card')
  await until(
    () => page.evaluate(() => window.posthog?.sessionRecordingStarted?.() === true),
    20_000,
    () => 'the SDK does not record',
  )
  await settle(page, 1000)
}

export function sessionOf(page) {
  return page.evaluate(() => window.posthog.get_session_id())
}

/** The text of the page and when that was, by the page's own clock. Nothing may be under way at such a moment. */
export async function look(page, moments, name) {
  await settle(page, 900)
  const [time, text, url] = await page.evaluate(() => [Date.now(), document.body.innerText, location.pathname])
  moments.push({ name, time, text: normal(text), url })
  await settle(page, 300)
}

/** Spaces and empty lines are laid out, not written. */
export function normal(text) {
  return text
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter(Boolean)
    .join('\n')
}

/** A visit from the first look to the order, with five moments. */
export async function buy(page) {
  const moments = []
  await page.mouse.move(200, 300, { steps: 5 })
  await page.fill('#search', 'pencil')
  await look(page, moments, 'searched')
  await page.click('.grid .card')
  await page.waitForSelector('#add')
  await page.click('.swatch >> nth=0')
  await page.fill('#quantity', '2')
  await page.click('#returns')
  await look(page, moments, 'dialog open')
  await page.click('dialog .primary')
  await page.click('#sample') // raises the shop's own error
  await page.click('#add')
  await page.waitForSelector('.note')
  await page.click('.note a')
  await page.waitForSelector('#voucher')
  await page.fill('#voucher', 'NOSUCH')
  await page.click('#redeem')
  await look(page, moments, 'voucher refused')
  await page.fill('#voucher', 'SPOOL')
  await page.click('#redeem')
  await settle(page)
  await page.click('#checkout')
  await page.waitForSelector('#order-now')
  await page.fill('[name=name]', 'Ada Example')
  await page.fill('[name=email]', 'ada@example.test')
  await page.fill('[name=street]', 'Long Street 7')
  await page.fill('[name=town]', 'Sometown')
  await page.check('#account')
  await page.fill('[name=password]', 'correct horse battery')
  await page.fill('[name=card]', '4242 4242 4242 4242')
  await page.fill('[name=expires]', '12/29')
  await page.fill('[name=code]', '123')
  await look(page, moments, 'form filled')
  await page.click('#order-now')
  await page.waitForSelector('.thanks')
  await look(page, moments, 'thanked')
  return moments
}

/** Leaves as people do: the tab is closed, and the SDK sends what it still has. */
export async function leave(page) {
  await page.close({ runBeforeUnload: true })
  await new Promise((done) => setTimeout(done, 1500))
}
