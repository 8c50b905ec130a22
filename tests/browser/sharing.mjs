// Links: in a frame on another site, until they are taken back; with a password; a collection; the dialog that makes them.
import assert from 'node:assert/strict'
import http from 'node:http'
import { until } from './cassette.mjs'
import { assertFits, openPlayer, playerReady, recordingTime, shownText } from './screen.mjs'
import { buy, enter, leave, sessionOf } from './visits.mjs'

/** Another site, not only another port: cookies of the server do not go along there. */
const ELSEWHERE = '127.0.0.2'
const ENDS_WITHIN_MS = 1000

export async function aLinkPlaysInAFrameElsewhereUntilItIsTakenBack({ cassette, browser, artefact }) {
  const { session, lines, moments } = await aVisit(cassette, browser)
  const elsewhere = await startSite()
  try {
    const sharing = (body) => ask(cassette, 'PATCH', `session_recordings/${session}/sharing`, body)
    const { access_token: token } = await sharing({ enabled: true })
    const { page, requests } = await browser.page()
    // Logged in, so that there is a cookie that could go along.
    await cassette.login(page)
    const address = `${cassette.base}/embedded/${token}`
    const begun = requests.length
    const frame = await embed(page, elsewhere, address)
    await playerReady(frame)
    for (const at of [0, 3, 1]) {
      await frame.evaluate((ms) => window.cassette.seek(ms), recordingTime(lines, moments[at].time))
      assert.equal(await shownText(frame), moments[at].text, `text in the frame (${moments[at].name})`)
    }
    await page.screenshot({ path: artefact('embedded.png') })
    assertNothingOfTheOwner(requests.slice(begun), cassette, session)

    const taken = Date.now()
    await sharing({ enabled: false })
    await until(() => frame.evaluate(readGone).catch(() => false), 10_000, () => 'the frame plays on after the link was taken back')
    const passed = Date.now() - taken
    console.log(`     the frame ended ${passed} ms after the link was taken back`)
    assert.ok(passed <= ENDS_WITHIN_MS, `the frame ended ${passed} ms after the link was taken back`)
    await page.screenshot({ path: artefact('embedded-gone.png') })
    const again = await embed(page, elsewhere, address)
    await until(() => again.evaluate(readGone).catch(() => false), 10_000, () => 'a link that was taken back is opened again')

    await sharing({ enabled: true, allowed_origins: ['https://wiki.example'] })
    const refused = await embed(page, elsewhere, address)
    await until(() => refused.url().startsWith('chrome-error:'), 10_000, () => `a site that is not named frames ${refused.url()}`)
    await sharing({ allowed_origins: [elsewhere.origin] })
    await playerReady(await embed(page, elsewhere, address))
  } finally {
    elsewhere.close()
  }
}

export async function linksLookRight({ cassette, browser, artefact }) {
  const { session, lines, moments } = await aVisit(cassette, browser)
  const path = `session_recordings/${session}/sharing`
  const { access_token: token } = await ask(cassette, 'PATCH', path, { enabled: true, settings: { showInspector: true } })
  const looks = async (page, name) => {
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1280, 390]) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 800 })
        await assertFits(page, `${name}, ${colorScheme}, ${width}`)
        await page.screenshot({ path: artefact(`${name}-${colorScheme}-${width}.png`) })
      }
    }
  }

  const shared = await browser.page()
  const seconds = recordingTime(lines, moments[2].time) / 1000
  await shared.page.goto(`${cassette.base}/shared/${token}?t=${seconds}`, { waitUntil: 'commit' })
  await playerReady(shared.page)
  await until(async () => (await shownText(shared.page)) === moments[2].text, 10_000, () => '?t= does not show its moment')
  assert.equal(await shared.page.title(), 'Recording · Cassette')
  assert.ok((await shared.page.getByText('Events').count()) > 0, 'the panels are there')
  assert.equal(await shared.page.getByText('Visitor').count(), 0, 'nothing is told of the visitor')
  await looks(shared.page, 'shared')
  assert.deepEqual(shared.complaints, [], 'complaints of the page')
  await shared.page.goto(`${cassette.base}/shared/${token}?theme=dark&noHeader&showInspector=0&autoplay=0`, { waitUntil: 'commit' })
  await playerReady(shared.page)
  assert.equal(await shared.page.locator('.topbar, .side').count(), 0, 'neither bar nor side')
  assert.equal(await shared.page.evaluate(() => document.documentElement.dataset.theme), 'dark')

  await ask(cassette, 'POST', `${path}/passwords`, { raw_password: 'long enough' })
  await ask(cassette, 'PATCH', path, { password_required: true })
  const locked = await browser.page()
  await locked.page.goto(`${cassette.base}/shared/${token}`, { waitUntil: 'commit' })
  await locked.page.getByLabel('Password').fill('a wrong one')
  await locked.page.getByRole('button', { name: 'Open' }).click()
  await locked.page.getByText('This is not the password.').waitFor()
  await looks(locked.page, 'shared-locked')
  await locked.page.getByLabel('Password').fill('long enough')
  await locked.page.getByRole('button', { name: 'Open' }).click()
  await playerReady(locked.page)

  const gone = await browser.page()
  const answer = await gone.page.goto(`${cassette.base}/shared/${'x'.repeat(30)}`)
  assert.equal(answer.status(), 404)
  await gone.page.getByText('This link does not open anything').waitFor()
  await looks(gone.page, 'shared-gone')

  await aCollectionIsPlayed(cassette, browser, session, looks)
  await theDialogMakesALink(cassette, browser, session, looks)
}

async function aCollectionIsPlayed(cassette, browser, session, looks) {
  const made = await ask(cassette, 'POST', 'session_recording_playlists', { type: 'collection', name: 'Checkout' })
  const own = `session_recording_playlists/${made.short_id}`
  await ask(cassette, 'POST', `${own}/recordings/${session}`)
  const { access_token: token } = await ask(cassette, 'PATCH', `${own}/sharing`, { enabled: true })
  const { page } = await browser.page()
  await page.goto(`${cassette.base}/shared/${token}`, { waitUntil: 'commit' })
  await page.getByRole('heading', { name: 'Checkout' }).waitFor()
  await looks(page, 'shared-collection')
  await page.locator('.shared-list li button').click()
  await playerReady(page)
  await page.getByRole('button', { name: 'All recordings of the collection' }).click()
  await page.locator('.shared-list li button').waitFor()
}

async function theDialogMakesALink(cassette, browser, session, looks) {
  const path = `session_recordings/${session}/sharing`
  await ask(cassette, 'PATCH', path, { enabled: false, password_required: false })
  const { page } = await openPlayer(cassette, browser, session, '#t=1')
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByRole('button', { name: 'Create a link' }).click()
  const link = await page.getByLabel('Link', { exact: true }).inputValue()
  assert.equal((await page.request.get(link)).status(), 200)
  await looks(page, 'share-dialog')
  await page.getByRole('button', { name: 'Stop sharing' }).click()
  await page.getByRole('button', { name: 'Create a link' }).waitFor()
  assert.equal((await page.request.get(link)).status(), 404)
}

async function aVisit(cassette, browser) {
  const visit = await browser.page()
  await enter(visit.page, cassette.base)
  const session = await sessionOf(visit.page)
  const moments = await buy(visit.page)
  await leave(visit.page)
  return { session, moments, lines: await cassette.finished(session) }
}

async function ask(cassette, method, path, body) {
  const answer = await fetch(`${cassette.base}/api/projects/1/${path}`, {
    method,
    headers: { authorization: `Bearer ${cassette.key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`)
  return JSON.parse(text)
}

/** A site of somebody else that shows any address in a frame. */
async function startSite() {
  const server = http.createServer((request, response) => {
    const address = new URL(request.url, 'http://x').searchParams.get('show') ?? ''
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><title>elsewhere</title><h1>Somebody else's page</h1><iframe id="shown" src="${encodeURI(address)}" width="1000" height="600"></iframe>`)
  })
  await new Promise((done) => server.listen(0, ELSEWHERE, done))
  return { origin: `http://${ELSEWHERE}:${server.address().port}`, close: () => server.close() }
}

async function embed(page, site, address) {
  await page.goto(`${site.origin}/?show=${encodeURIComponent(address)}`, { waitUntil: 'commit' })
  const element = await page.waitForSelector('#shown')
  const frame = await element.contentFrame()
  assert.ok(frame, 'the page has a frame')
  return frame
}

function readGone() {
  return document.querySelectorAll('iframe, session-replay').length === 0 && document.body.innerText.includes('This link does not open anything')
}

/** The frame asks for its recording and for the files of the page, and for nothing that needs a login. */
function assertNothingOfTheOwner(requests, cassette, session) {
  const allowed = [/^\/embedded\//, /^\/app\//, new RegExp(`^/api/projects/1/session_recordings/${session}/blocks`)]
  const paths = requests.filter((url) => url.startsWith(cassette.base)).map((url) => url.slice(cassette.base.length))
  assert.deepEqual(paths.filter((path) => !allowed.some((form) => form.test(path))), [], 'requests of the frame')
  assert.ok(paths.length > 3, 'the frame asked for something')
}
