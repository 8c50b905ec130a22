// `cassette serve --demo` as a child process on a free port, with a data folder of its own.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

export const TOKEN = 'phc_browser_tests'
const KEY = 'phx_browsertestsbrowsertestsbrowsert'
const READY_WITHIN_MS = 60_000

/** `finishAfter` says when a quiet recording is finished. */
export async function startCassette(binary, finishAfter) {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'cassette-browser-'))
  const words = ['serve', '--demo', '--data', data, '--listen', '127.0.0.1:0', '--project-token', TOKEN, '--api-key', KEY]
  const child = spawn(binary, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // What a developer has set for a server of their own must not change the one under test.
    env: { ...withoutCassette(process.env), CASSETTE_RECORDING__FINISH_AFTER_IDLE: finishAfter },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes))
  let ended
  child.on('exit', (code, signal) => (ended = code ?? signal))
  child.on('error', (error) => (ended = error))
  const base = await until(async () => {
    if (ended !== undefined) throw new Error(`the server ended (${ended}):\n${output}`)
    const address = /http:\/\/127\.0\.0\.1:\d+(?=\D)/.exec(output)?.[0]
    if (!address) return undefined
    const ready = await fetch(`${address}/_ready`).catch(() => undefined)
    return ready?.status === 200 ? address : undefined
  }, READY_WITHIN_MS, () => `the server is not ready:\n${output}`)

  const get = async (path) => {
    const answer = await fetch(base + path, { headers: { authorization: `Bearer ${KEY}` } })
    return { status: answer.status, text: await answer.text() }
  }
  return {
    base,
    /** Its folder: the bucket and all else. */
    data,
    key: KEY,
    token: TOKEN,
    output: () => output,
    get,
    async importFile(bytes, session) {
      const answer = await fetch(`${base}/api/projects/1/session_recordings/import?session_id=${session}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${KEY}` },
        body: bytes,
      })
      return { status: answer.status, text: await answer.text() }
    },
    recordings: async () => JSON.parse((await get('/api/projects/1/session_recordings/')).text).results,
    /** The lines of a recording, once it is finished. */
    async finished(session, withinMs = 60_000) {
      const root = `/api/projects/1/session_recordings/${session}`
      await until(async () => {
        const blocks = await get(`${root}/blocks`)
        return blocks.status === 200 && JSON.parse(blocks.text).live === false
      }, withinMs, () => `recording ${session} is not finished after ${withinMs} ms`)
      const file = await get(`${root}/recording?format=ndjson`)
      if (file.status !== 200) throw new Error(`download of ${session}: ${file.status} ${file.text}`)
      return file.text.split('\n').filter(Boolean).map((line) => JSON.parse(line))
    },
    /** Logs a page's browser in, as the form of the app does. */
    async login(page) {
      const answer = await page.request.post(`${base}/api/login`, { data: { api_key: KEY }, headers: { origin: base } })
      if (answer.status() !== 204) throw new Error(`login: ${answer.status()} ${await answer.text()}`)
    },
    async stop() {
      if (ended === undefined) {
        child.kill('SIGTERM')
        const kill = setTimeout(() => child.kill('SIGKILL'), 15_000)
        await new Promise((done) => child.once('exit', done))
        clearTimeout(kill)
      }
      fs.rmSync(data, { recursive: true, force: true })
    },
  }
}

/** Asks again and again until there is an answer other than nothing. */
export async function until(ask, withinMs, complaint) {
  const begun = Date.now()
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() - begun > withinMs) throw new Error(complaint())
    await new Promise((done) => setTimeout(done, 50))
  }
}

function withoutCassette(env) {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CASSETTE_')))
}
