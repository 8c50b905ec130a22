// Made-up recordings for the bench: an application in three windows that are used by turns, each a page of 2,600 nodes, whose rows
// are replaced four times a second. As NDJSON of `[window, event]`, which every importer of the format reads.
//
//   node bench/recordings.mjs FILE --bytes N --hours N [--windows 3] [--snapshot-minutes 60]
//
// The pages say which window they are and when they were changed last, so that whoever seeks can tell whether what is shown is right.

import { closeSync, openSync, writeSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** Of the visitor's clock; any moment will do. */
const START = Date.UTC(2026, 4, 4, 9, 30)
const STEP_MS = 250
const ROWS = 400
const COLUMNS = 4
/** A window is used for so long before the next one is. */
const TURN_MS = 90_000

const FIRST_ROW = 1000
const ROW_IDS = 2 * COLUMNS + 1

const element = (id, tagName, attributes, childNodes) => ({ type: 2, id, tagName, attributes, childNodes })
const text = (id, textContent) => ({ type: 3, id, textContent })

/** What stands in a cell: words, as in a table of orders, and always the same for the same place and time. */
function words(seed) {
  const pool = ['paid', 'open', 'Ann Baker', 'Größe L', 'walnut desk lamp', '大きさ', 'shipped on Tuesday', 'returned', '129.00 EUR', 'two of three']
  return `${pool[seed % pool.length]} ${pool[(seed * 7 + 3) % pool.length]} ${seed % 9973}`
}

/** Ids of a row's nodes go up with each replacement and begin anew now and then, as long as the row before has other ones. */
function row(place, generation) {
  const id = FIRST_ROW + (place * 4 + (generation % 4)) * ROW_IDS
  const cells = Array.from({ length: COLUMNS }, (_, column) => {
    const cell = id + 1 + column * 2
    return element(cell, 'td', { class: 'cell' }, [text(cell + 1, words(place * 31 + column * 7 + generation * 13))])
  })
  return element(id, 'tr', { class: generation % 2 ? 'row is-new' : 'row', 'data-place': String(place) }, cells)
}

const STYLE = `table{border-collapse:collapse;width:100%}td{border:1px solid #ddd;padding:2px 8px;font:13px sans-serif}.is-new{background:#f3f3ff}#clock{position:sticky;top:0}${Array.from({ length: 600 }, (_, at) => `.u-${at}{margin:${at % 9}px;color:rgb(${at % 255},20,20)}`).join('')}`

class Window {
  constructor(name) {
    this.name = name
    this.generations = new Array(ROWS).fill(0)
    this.next = 0
    this.tick = 0
  }

  *opening(at) {
    const rows = this.generations.map((generation, place) => row(place, generation))
    const head = element(3, 'head', {}, [element(5, 'style', {}, [{ ...text(6, STYLE), isStyle: true }])])
    const clock = element(10, 'p', { id: 'clock' }, [text(11, this.clock(at))])
    const body = element(4, 'body', {}, [clock, element(12, 'table', {}, [element(13, 'tbody', {}, rows)])])
    const page = { type: 0, id: 1, childNodes: [{ type: 1, id: 7, name: 'html', publicId: '', systemId: '' }, element(2, 'html', {}, [head, body])] }
    yield { type: 4, data: { href: `https://app.example/${this.name}`, width: 1280, height: 800 }, timestamp: START + at }
    yield { type: 2, data: { node: page, initialOffset: { left: 0, top: 0 } }, timestamp: START + at }
  }

  clock(at) {
    return `${this.name} at ${at}`
  }

  /** Replaces as many rows as make up `bytes` of an event. */
  change(at, bytes) {
    const removes = []
    const adds = []
    let size = 300
    while (size < bytes) {
      const place = this.next
      this.next = (this.next + 1) % ROWS
      const before = row(place, this.generations[place])
      const after = row(place, ++this.generations[place])
      const following = place + 1 < ROWS ? row(place + 1, this.generations[place + 1]).id : null
      removes.push({ parentId: 13, id: before.id })
      for (const add of flat(after, 13, following)) {
        adds.push(add)
        size += JSON.stringify(add).length
      }
    }
    return { type: 3, data: { source: 0, texts: [{ id: 11, value: this.clock(at) }], attributes: [], removes, adds }, timestamp: START + at }
  }
}

/** A tree as rrweb's observer tells it: each node alone, below one that is there. */
function* flat(node, parentId, nextId) {
  const { childNodes, ...alone } = node
  yield { parentId, nextId, node: childNodes ? { ...alone, childNodes: [] } : alone }
  for (const child of childNodes ?? []) yield* flat(child, node.id, null)
}

const move = (at) => ({ type: 3, data: { source: 1, positions: [0, 1, 2, 3].map((step) => ({ x: (at / 40 + step * 9) % 1200, y: (at / 90) % 700, id: 4, timeOffset: (step - 3) * 60 })) }, timestamp: START + at })
const click = (at, id) => ({ type: 3, data: { source: 2, type: 2, id, x: 200, y: 200 }, timestamp: START + at })
const log = (at, level) => ({ type: 6, data: { plugin: 'rrweb/console@1', payload: { level, trace: ['f (https://app.example/app.js:1:2)'], payload: [JSON.stringify(`orders were loaded in ${at % 700} ms`)] } }, timestamp: START + at })

/** Writes a recording of about `bytes` that lasts `hours`; answers how long it is in milliseconds. */
export function writeRecording(file, { bytes, hours, windows = 3, snapshotMinutes = 60 }) {
  const out = openSync(file, 'w')
  const all = Array.from({ length: windows }, (_, index) => new Window(`w${index + 1}`))
  const end = Math.floor(hours * 3_600_000)
  const eventBytes = bytes / (end / STEP_MS)
  let waiting = []
  let written = 0
  const write = (window, event) => {
    waiting.push(JSON.stringify([window.name, event]), '\n')
    if (waiting.length < 400) return
    written += writeSync(out, waiting.join(''))
    waiting = []
  }
  const openedAt = new Map()
  for (let at = 0; at <= end; at += STEP_MS) {
    const window = all[Math.floor(at / TURN_MS) % all.length]
    if (at - (openedAt.get(window) ?? -Infinity) >= snapshotMinutes * 60_000) {
      openedAt.set(window, at)
      for (const event of window.opening(at)) write(window, event)
    }
    if (at % 500 === 0) write(window, move(at))
    if (at % 5000 === 4750) write(window, click(at, FIRST_ROW))
    if (at % 20_000 === 19_750) write(window, log(at, at % 400_000 === 19_750 ? 'error' : 'log'))
    write(window, window.change(at, eventBytes))
  }
  written += writeSync(out, waiting.join(''))
  closeSync(out)
  return { written, duration: end }
}

if (process.argv[1]?.endsWith('recordings.mjs')) {
  const number = { type: 'string' }
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { bytes: number, hours: number, windows: number, 'snapshot-minutes': number } })
  const [file] = positionals
  if (!file || !values.bytes || !values.hours) {
    console.error('usage: node bench/recordings.mjs FILE --bytes N --hours N [--windows 3] [--snapshot-minutes 60]')
    process.exit(2)
  }
  const { written, duration } = writeRecording(file, {
    bytes: Number(values.bytes), hours: Number(values.hours),
    windows: Number(values.windows ?? 3), snapshotMinutes: Number(values['snapshot-minutes'] ?? 60),
  })
  console.log(`${written} bytes, ${duration} ms`)
}
