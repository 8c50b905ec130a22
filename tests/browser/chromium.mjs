// Chromium with a profile of its own, cut off from everything but this machine, and a watch over each page.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'

const web = createRequire(new URL('../../web/package.json', import.meta.url))
const { chromium } = web('playwright-core')

/** A file of an SDK that the web package has installed. */
export function sdkFile(name, file) {
  const packages = { latest: 'posthog-js', previous: 'posthog-js-previous' }
  return fs.readFileSync(new URL(`../../web/node_modules/${packages[name]}/dist/${file}`, import.meta.url))
}

export async function openBrowser(executablePath) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'cassette-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: 1280, height: 800 },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A name that is looked up is a request to somewhere else: it must fail loudly, not hang.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE 127.0.0.2',
    ],
  })
  return {
    /** A new page; `watch` collects what it asks for and what it complains about. */
    async page() {
      const page = await context.newPage()
      const requests = []
      const complaints = []
      page.on('request', (request) => requests.push(request.url()))
      page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`))
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`console: ${message.text()}`)
      })
      return { page, requests, complaints }
    },
    async screenshots(file) {
      for (const [number, page] of context.pages().entries()) await page.screenshot({ path: file(number) }).catch(() => {})
    },
    async close() {
      await context.close()
      fs.rmSync(profile, { recursive: true, force: true })
    },
  }
}

/** Everything a page asked for came from the server: nothing was asked of anybody else. */
export function assertOnlyFrom(base, requests) {
  const strangers = requests.filter((url) => !url.startsWith(`${base}/`) && !/^(data|blob|about):/.test(url))
  if (strangers.length > 0) throw new Error(`requests to somewhere else: ${strangers.join(', ')}`)
}
