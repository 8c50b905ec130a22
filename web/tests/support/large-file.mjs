// An offline file with as much in it as asked for: a page whose text is replaced again and again, and taken anew now and then.
// Written block by block, as a real one is; half of the text is outside Latin-1.

import { closeSync, openSync, writeSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { MARK } from './offline-file.mjs'

const START = Date.UTC(2026, 4, 4, 9, 30)
const BLOCK_BYTES = 1024 * 1024
const LINES_A_BLOCK = 40
const BLOCKS_A_SNAPSHOT = 25
const STEP_MS = 100

/** Answers how many bytes of lines are in it, and how long it lasts. */
export function writeLargeFile(file, page, rawBytes) {
  const [before, after] = page.split(MARK)
  const out = openSync(file, 'w')
  writeSync(out, before)
  const filler = 'Größe und Gewicht – 大きさと重さ. '.repeat(Math.ceil(BLOCK_BYTES / LINES_A_BLOCK / 45))
  const blocks = []
  let [now, raw] = [0, 0]
  while (raw < rawBytes) {
    const key = blocks.length
    const isOpening = key % BLOCKS_A_SNAPSHOT === 0
    const lines = isOpening ? opening(now) : []
    const first = now
    for (let count = 0; count < LINES_A_BLOCK; count++) {
      now += STEP_MS
      lines.push(line('mutation', now, { type: 3, data: { source: 0, texts: [{ id: 6, value: `${now} ${filler}` }], attributes: [], removes: [], adds: [] }, timestamp: START + now }))
    }
    const bytes = Buffer.from(lines.join(''))
    writeSync(out, `<script type="text/plain" id="block-${key}">${gzipSync(bytes, { level: 1 }).toString('base64')}</script>\n`)
    const snapshots = isOpening ? [{ window_id: 'w', timestamp: first }] : []
    blocks.push({ key, first, last: now, events: lines.length, lines: lines.length, raw_length: bytes.length, full_snapshots: snapshots })
    raw += bytes.length
  }
  const recording = { session_id: 'large', started_at: START, ended_at: START + now, distinct_ids: ['large'], windows: ['w'] }
  writeSync(out, `<script type="application/json" id="listing">${JSON.stringify({ format: 'cassette-offline/1', recording, left_out: [], blocks })}</script>${after}`)
  closeSync(out)
  return { raw, duration: now }
}

function opening(now) {
  const element = (id, tagName, childNodes) => ({ type: 2, id, tagName, attributes: {}, childNodes })
  const text = { type: 3, id: 6, textContent: `${now} begins` }
  const node = { type: 0, id: 1, childNodes: [element(2, 'html', [element(3, 'head', []), element(4, 'body', [element(5, 'p', [text])])])] }
  return [
    line('event', now, { type: 4, data: { href: 'https://large.example/', width: 1000, height: 700 }, timestamp: START + now }),
    line('full_snapshot', now, { type: 2, data: { node, initialOffset: { left: 0, top: 0 } }, timestamp: START + now }),
  ]
}

function line(type, timestamp, event) {
  return `${JSON.stringify({ type, timestamp, window_id: 'w', event })}\n`
}
