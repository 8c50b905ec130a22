// A browser that nobody looks into: Chromium over its debugging pipe, with scripts run in the page and nothing else switched on. A driver
// that watches the network makes a tab keep a copy of every answer (up to 200 MB) and tell of each on the way: both would be measured.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const END = '\0'
const SIZE = { width: 1280, height: 800 }
/** A new tab's process starts for so long, on both cores of a small machine, and so does one kept ready for the next tab. */
const STARTS_MS = 1000

export async function startBareBrowser(executable, args) {
  const profile = mkdtempSync(join(tmpdir(), 'cassette-bench-'))
  const flags = ['--headless', '--remote-debugging-pipe', `--user-data-dir=${profile}`, `--window-size=${SIZE.width},${SIZE.height}`]
  const program = spawn(executable, [...flags, ...args, 'about:blank'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
  const send = speak(program)
  return {
    /**
     * Opens `url` in a context of its own, with nothing in its cache, in a tab that stands still, as that of somebody who follows a link:
     * the page is measured, and not the browser's own beginning. `before` is a script that runs before the page's own. `beside` is a tab:
     * then in its context, with its cache.
     */
    async open(url, { cookies, before, beside }) {
      const browserContextId = beside?.context ?? (await send('Target.createBrowserContext')).browserContextId
      await send('Storage.setCookies', { cookies, browserContextId })
      const { targetId } = await send('Target.createTarget', { url: 'about:blank', browserContextId, newWindow: true, ...SIZE })
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true })
      const tell = (method, params) => send(method, params, sessionId)
      await tell('Page.enable')
      await tell('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-reduced-motion', value: 'reduce' }] })
      await tell('Page.addScriptToEvaluateOnNewDocument', { source: before })
      await new Promise((resolve) => setTimeout(resolve, STARTS_MS))
      await tell('Page.navigate', { url })
      return {
        context: browserContextId,
        /** What the expression comes to, or its promise. */
        async evaluate(expression) {
          const { result, exceptionDetails } = await tell('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
          if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
          return result.value
        },
        turnWheel: (x, y, deltaY) => tell('Input.dispatchMouseEvent', { type: 'mouseWheel', x, y, deltaX: 0, deltaY }),
        leave: () => send('Target.closeTarget', { targetId }),
        /** And all that is in its context. */
        close: () => send('Target.disposeBrowserContext', { browserContextId }),
      }
    },
    /** Process numbers of the tabs. */
    async renderers() {
      const { processInfo } = await send('SystemInfo.getProcessInfo')
      return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id)
    },
    async close() {
      const ended = new Promise((resolve) => program.once('exit', resolve))
      await send('Browser.close').catch(() => undefined)
      await ended
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

/** The devtools protocol: what is asked goes to one pipe of the program, what it answers comes from another. */
function speak(program) {
  const [, , , input, output] = program.stdio
  const waiting = new Map()
  let read = ''
  let count = 0
  output.setEncoding('utf8')
  output.on('data', (text) => {
    const messages = (read + text).split(END)
    read = messages.pop()
    for (const { id, result, error } of messages.map((message) => JSON.parse(message))) {
      const asked = waiting.get(id)
      waiting.delete(id)
      if (error) asked?.reject(new Error(error.message))
      else asked?.resolve(result)
    }
  })
  program.once('exit', () => waiting.forEach(({ reject }) => reject(new Error('the browser has ended'))))
  return (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      count += 1
      waiting.set(count, { resolve, reject })
      input.write(JSON.stringify({ id: count, method, params, ...(sessionId === undefined ? {} : { sessionId }) }) + END)
    })
}
