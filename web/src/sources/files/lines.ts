// Forms with one thing a line: our own lines, whose digests are checked, and what every such form shares.

import { objectOf, parseJson, textOf, type JsonObject } from '../../format/json'
import { SourceError } from '../source'
import { joined } from './json-picker'
import { LineSpool } from './line-spool'
import { Counts, type Form, type ReadRecording } from './read-form'
import { sha256 } from './sha256'

const NEWLINE = 0x0a
/** A block may be of any size; one above this is played unchecked, so that it need not be held as a whole. */
const CHECKED_BYTES = 64 * 1024 * 1024
const decoder = new TextDecoder()

export abstract class Lines implements Form {
  private rest: Uint8Array = new Uint8Array(0)

  async push(chunk: Uint8Array): Promise<void> {
    let from = 0
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const line = this.rest.length > 0 ? joined([this.rest, chunk.subarray(from, at + 1)]) : chunk.slice(from, at + 1)
      this.rest = new Uint8Array(0)
      from = at + 1
      await this.line(line)
    }
    if (from < chunk.length) this.rest = joined([this.rest, chunk.subarray(from)])
  }

  async end(): Promise<void> {
    if (this.rest.length > 0) await this.line(joined([this.rest, Uint8Array.of(NEWLINE)]))
  }

  /** With its line break. */
  protected abstract line(bytes: Uint8Array<ArrayBuffer>): Promise<void> | void
  abstract finish(): ReadRecording
}

const FORMAT = 'cassette/1'

export class OwnLines extends Lines {
  private readonly spool = new LineSpool()
  private meta: JsonObject | undefined
  private readonly leftOut = new Counts()
  private unchecked: Uint8Array[] = []
  private uncheckedFrom = 0
  private uncheckedBytes = 0
  private hasEnd = false

  protected async line(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const line = objectOf(parseJson(decoder.decode(bytes)))
    if (!this.meta) {
      const format = textOf(line?.format)
      if (!line || format !== FORMAT) throw new SourceError('unreadable', `Expected a recording of the format “${FORMAT}”, came “${format ?? 'none'}”.`)
      this.meta = line
    }
    if (line?.type === 'checksum') return this.check(line)
    this.uncheckedBytes += bytes.length
    if (this.uncheckedBytes <= CHECKED_BYTES) this.unchecked.push(bytes)
    else this.unchecked = []
    if (line?.type === 'end') this.hasEnd = true
    else if (line?.type !== 'meta') this.spool.add(bytes, line ?? {})
  }

  /** A digest is checked where the browser computes one: on pages that came over http from elsewhere it does not. */
  private async check(line: JsonObject): Promise<void> {
    const covered = this.uncheckedBytes <= CHECKED_BYTES ? joined(this.unchecked) : undefined
    this.unchecked = []
    this.uncheckedBytes = 0
    this.spool.close()
    const digest = covered && (await sha256(covered))
    if (digest !== undefined && digest !== line.sha256) this.spool.damagedFrom(this.uncheckedFrom)
    this.uncheckedFrom = this.spool.blocks.length
  }

  finish(): ReadRecording {
    this.spool.close()
    if (!this.hasEnd) this.leftOut.add('end of the recording', 'the file breaks off before it')
    return { recording: this.meta ?? {}, spool: this.spool, shift: 0, leftOut: this.leftOut.all() }
  }
}
