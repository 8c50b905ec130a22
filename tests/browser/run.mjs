// The list of browser tests. Each starts from nothing: its own server, its own data, its own browser profile.
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { openBrowser } from './chromium.mjs'
import { startCassette } from './cassette.mjs'
import { attacksDoNothingInFirefox } from './attacks.mjs'
import { aLongRecordingIsSoughtByItsKeyframes } from './keyframes.mjs'
import { aLiveVisitIsOnScreenWithinThreeSeconds } from './live.mjs'
import { aFileIsPlayedAsTheVisitWas, aHostileRecordingAsksForNothing } from './offline.mjs'
import { aLiveVisitIsFollowed, aVisitIsPlayedAsItWas, theListLooksRight } from './playback.mjs'
import { aLinkPlaysInAFrameElsewhereUntilItIsTakenBack, linksLookRight } from './sharing.mjs'
import { maskingTests } from './masking.mjs'
import { aVisitIsStoredAsItWasSent, anUntouchedPageIsStored } from './recording.mjs'

const { values: options } = parseArgs({
  options: {
    binary: { type: 'string' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    firefox: { type: 'string', default: '/usr/bin/firefox-esr' },
    artefacts: { type: 'string', default: 'target/browser-tests' },
    only: { type: 'string', default: '' },
  },
})
if (!options.binary) throw new Error('--binary FILE is missing: the cassette binary to test')

/** Longer than the SDK takes between two requests: a visit shall not be finished before it is over. */
const FINISH_AFTER = '8s'

const tests = [
  ['a visit recorded by the latest SDK is stored as it was sent', aVisitIsStoredAsItWasSent('latest')],
  ['a visit recorded by the previous SDK is stored as it was sent', aVisitIsStoredAsItWasSent('previous')],
  ['a page that nobody touches is stored when it closes', anUntouchedPageIsStored],
  ...maskingTests,
  ['a finished visit is played as it was', aVisitIsPlayedAsItWas],
  ['a running visit is followed', aLiveVisitIsFollowed, '20s'],
  ['a running visit is on screen within three seconds', aLiveVisitIsOnScreenWithinThreeSeconds, '30s'],
  ['a long recording is sought by its keyframes', aLongRecordingIsSoughtByItsKeyframes],
  ['an offline file is played as the visit was, in two browsers', aFileIsPlayedAsTheVisitWas],
  ['a hostile recording makes no browser ask for anything', aHostileRecordingAsksForNothing],
  ['attacks do nothing in Firefox', attacksDoNothingInFirefox],
  ['a link plays in a frame elsewhere until it is taken back', aLinkPlaysInAFrameElsewhereUntilItIsTakenBack],
  ['links, passwords, collections and the dialog look right', linksLookRight],
  ['list and player in both themes and at two widths', theListLooksRight],
]

fs.mkdirSync(options.artefacts, { recursive: true })
let passed = 0
const failed = []
for (const [name, test, finishAfter = FINISH_AFTER] of tests) {
  if (!name.includes(options.only)) continue
  const begun = Date.now()
  const cassette = await startCassette(path.resolve(options.binary), finishAfter)
  const browser = await openBrowser(options.chromium)
  try {
    await test({ cassette, browser, firefox: options.firefox, binary: path.resolve(options.binary), artefact: (file) => path.join(options.artefacts, file) })
    passed++
    console.log(`ok   ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`)
  } catch (error) {
    failed.push(name)
    console.log(`FAIL ${name}: ${error.stack ?? error}`)
    await browser.screenshots((number) => path.join(options.artefacts, `failed-${failed.length}-${number}.png`))
  } finally {
    await browser.close()
    await cassette.stop()
    fs.writeFileSync(path.join(options.artefacts, `${name.replace(/\W+/g, '-')}.log`), cassette.output())
  }
}
console.log(`browser tests: ${passed} passed, ${failed.length} failed; artefacts in ${options.artefacts}`)
process.exit(failed.length > 0 || passed === 0 ? 1 : 0)
