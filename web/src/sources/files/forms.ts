// The forms in which a recording comes as text (docs/format/forms.md): our own lines, PostHog's export files and snapshot lines, rrweb's
// events as an array or one a line. Each is recognised by its content and read once, from its beginning, into a spool of our own lines.
//
// An event stays the bytes that it was. What cannot be read is left out and counted; what breaks off is played up to there.

import { SourceError } from '../source'
import { EventLines, PickedEvents } from './events'
import { joined } from './json-picker'
import { OwnLines } from './lines'
import { EXPECTED, type Form, type ReadRecording } from './read-form'

const HEAD_BYTES = 512
const decoder = new TextDecoder()

export async function readRecording(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<ReadRecording> {
  const reader = stream.getReader()
  let head: Uint8Array = new Uint8Array(0)
  let form: Form | undefined
  let broken: unknown
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (!form) {
        head = value ? joined([head, value]) : head
        if (!done && head.length < HEAD_BYTES) continue
        form = recognise(head)
        await form.push(head)
      } else if (value) await form.push(value)
      if (done) break
    }
    await form.end()
  } catch (error) {
    if (error instanceof SourceError || !form) throw readable(error)
    broken = error
  }
  void reader.cancel().catch(() => undefined)
  const read = form.finish()
  if (read.spool.blocks.length === 0) throw broken ? readable(broken) : new SourceError('unreadable', 'There is no event in this file.')
  if (broken === undefined) return read
  return { ...read, leftOut: [...read.leftOut, { what: 'rest of the file', count: 1, reason: `it cannot be read: ${messageOf(broken)}` }] }
}

function readable(error: unknown): SourceError {
  return error instanceof SourceError ? error : new SourceError('unreadable', `The file is damaged, or ends too early: ${messageOf(error)}.`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
}

function recognise(head: Uint8Array): Form {
  const text = decoder.decode(head.subarray(0, HEAD_BYTES)).replace(/^\ufeff/, '')
  if (/^\s*\{\s*"type"\s*:\s*"meta"/.test(text)) return new OwnLines()
  if (/^\s*\[\s*"/.test(text) || /^\s*\{\s*"(windowId|window_id|type|timestamp|data)"\s*:\s*(\d|"[^"]*"\s*,|\{)/.test(text)) {
    // An export begins with its version; what begins with its data may be one too.
    if (!/^\s*\{\s*"data"\s*:\s*\{\s*"(id|person|snapshots)/.test(text)) return new EventLines()
  }
  if (/^\s*\[\s*(\{|\]|$)/.test(text)) return new PickedEvents('array')
  if (/^\s*\{\s*"/.test(text)) return new PickedEvents('export')
  throw new SourceError('unreadable', `${EXPECTED} ${whatCame(text)}`)
}

function whatCame(text: string): string {
  if (text.trim() === '') return 'The file is empty.'
  if (/^\s*</.test(text)) return 'Came a page of HTML.'
  if (/cassette\/1/.test(text)) return 'Came the Protobuf form, which “cassette convert” turns into one of these.'
  const begins = [...text.slice(0, 24)].filter((letter) => letter >= ' ' && letter !== '\ufffd').join('')
  return begins === '' ? 'Came something that is no text.' : `The file begins with “${begins}”.`
}
