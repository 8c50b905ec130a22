// Firefox with a profile of its own, driven by what it brings: Marionette, JSON over a socket, each message with its length
// before it. All that the tests need is to open a page, run a function in it, and take a picture.
//
// The spy is a proxy that Firefox is told to use for everything, this machine included: a request that is made arrives there,
// whoever makes it, and is refused.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { until } from './cassette.mjs'

const READY_WITHIN_MS = 60_000
// Generous: the machine may be building something beside the tests.
const ANSWER_WITHIN_MS = 180_000

const preferences = (proxy, direct) => ({
  'marionette.port': 0,
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': proxy,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': proxy,
  'network.proxy.no_proxies_on': direct,
  'network.proxy.allow_hijacking_localhost': true,
  'network.dns.disablePrefetch': false,
  // What Firefox asks for by itself is not what is tested.
  'app.normandy.enabled': false,
  'app.update.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.safebrowsing.downloads.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage': 'about:blank',
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.systemAddon.update.enabled': false,
  'extensions.update.enabled': false,
  // Looks for media plug-ins a minute after the start.
  'media.gmp-manager.updateEnabled': false,
  'media.gmp-provider.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'startup.homepage_welcome_url': 'about:blank',
  'toolkit.telemetry.enabled': false,
})

/** `direct` is the one host, with its port, to which requests go past the spy. */
export async function openFirefox(executable, direct = '') {
  const requests = []
  const spy = await startSpy(requests)
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'cassette-firefox-'))
  const lines = Object.entries(preferences(spy.port, direct)).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`)
  fs.writeFileSync(path.join(profile, 'user.js'), lines.join('\n'))
  const words = ['--headless', '--marionette', '--no-remote', '--profile', profile, '--width', '1280', '--height', '800']
  const child = spawn(executable, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes))
  let ended
  child.on('exit', (code, signal) => (ended = code ?? signal))
  child.on('error', (error) => (ended = error))

  const port = await until(() => {
    if (ended !== undefined) throw new Error(`Firefox ended (${ended}):\n${output}`)
    const file = path.join(profile, 'MarionetteActivePort')
    return (fs.existsSync(file) && Number(fs.readFileSync(file, 'utf8'))) || undefined
  }, READY_WITHIN_MS, () => `Firefox does not listen:\n${output}`)
  const marionette = await connect(port)
  // With a replay in it, a page's `load` event may never come.
  const session = await marionette.ask('WebDriver:NewSession', { pageLoadStrategy: 'none' })
  assert.equal(session.capabilities.pageLoadStrategy, 'none')
  await marionette.ask('WebDriver:SetTimeouts', { script: ANSWER_WITHIN_MS, pageLoad: ANSWER_WITHIN_MS })
  return {
    /** What arrived at the spy so far, as method and address. */
    requests,
    open: (url) => marionette.ask('WebDriver:Navigate', { url }),
    /** Runs a function in the page; what it answers, or the promise it answers, has to be JSON. */
    async evaluate(call, ...args) {
      const script = `const done = arguments[arguments.length - 1]
        Promise.resolve().then(() => (${call})(...Array.from(arguments).slice(0, -1))).then((value) => done({ value }), (error) => done({ error: String(error) }))`
      const { value } = await marionette.ask('WebDriver:ExecuteAsyncScript', { script, args, sandbox: null })
      if (value.error !== undefined) throw new Error(`in Firefox: ${value.error}`)
      return value.value
    },
    async screenshot(file) {
      const { value } = await marionette.ask('WebDriver:TakeScreenshot', { full: false })
      fs.writeFileSync(file, Buffer.from(value, 'base64'))
    },
    async close() {
      if (ended === undefined) {
        await marionette.ask('Marionette:Quit', { flags: ['eForceQuit'] }).catch(() => child.kill())
        const kill = setTimeout(() => child.kill('SIGKILL'), 15_000)
        if (ended === undefined) await new Promise((done) => child.once('exit', done))
        clearTimeout(kill)
      }
      marionette.close()
      spy.close()
      fs.rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

async function connect(port) {
  const socket = net.connect(port, '127.0.0.1')
  const waiting = new Map()
  let next = 1
  let received = Buffer.alloc(0)
  const lost = (error) => {
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  const hello = new Promise((resolve, reject) => waiting.set('hello', { resolve, reject }))
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes])
    for (;;) {
      const colon = received.indexOf(':')
      const length = Number(received.subarray(0, Math.max(0, colon)))
      if (colon === -1 || received.length < colon + 1 + length) return
      const message = JSON.parse(received.subarray(colon + 1, colon + 1 + length).toString('utf8'))
      received = received.subarray(colon + 1 + length)
      const [, id, error, result] = Array.isArray(message) ? message : [1, 'hello', null, message]
      const asked = waiting.get(id)
      waiting.delete(id)
      if (error) asked?.reject(new Error(`${error.error}: ${error.message}`))
      else asked?.resolve(result)
    }
  })
  socket.on('error', lost)
  socket.on('close', () => lost(new Error('Firefox closed the connection')))
  await hello
  return {
    ask(command, parameters) {
      const id = next++
      const text = JSON.stringify([0, id, command, parameters])
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject })
        socket.write(`${Buffer.byteLength(text)}:${text}`)
      })
    },
    close: () => socket.destroy(),
  }
}

function startSpy(requests) {
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (bytes) => {
      requests.push(bytes.toString('latin1').split('\r\n', 1)[0].replace(/ HTTP\/1\.[01]$/, ''))
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    })
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ port: server.address().port, close: () => server.close() }))
  })
}
