// Picks values out of JSON text as it comes, byte by byte: a file of hundreds of megabytes is never one value in memory. What is
// picked is handed on as its own bytes; everything else is passed over. It checks as much as it needs to keep its place, and leaves
// the rest to whoever parses what was picked.

/** Keys and places on the way to a value: `["data","snapshots",7]` is `data.snapshots.*`. */
export type Path = readonly string[]

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d]
/** Deeper on the way to a value than any form that is known; below a value that is picked any depth goes. */
const DEPTH_LIMIT = 10_000
/** Keys are compared, not kept: a longer one is none that is known. */
const KEY_LIMIT = 1024

interface Open {
  readonly isObject: boolean
  key: string
  /** In an object: the next string is a key. */
  awaitsKey: boolean
}

export class JsonPicker {
  private readonly stack: Open[] = []
  private inString = false
  private escaped = false
  private inScalar = false
  /** Depth of the value that is being picked, below which nothing is looked at. */
  private pickedAt = -1
  private parts: Uint8Array[] = []
  private keyParts: number[] | undefined
  private isDone = false
  private path: Path = []

  constructor(
    private readonly wants: (path: Path) => boolean,
    private readonly take: (path: Path, bytes: Uint8Array<ArrayBuffer>) => void,
  ) {}

  /** Throws where the text cannot be JSON. */
  push(chunk: Uint8Array): void {
    let from = this.pickedAt === -1 ? -1 : 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0
      if (this.inString) {
        if (this.escaped) this.escaped = false
        else if (byte === BACKSLASH) this.escaped = true
        else if (byte === QUOTE) {
          this.inString = false
          if (this.keyParts) this.keyEnds()
          else if (this.stack.length === this.pickedAt) from = this.valueEnds(chunk, from, at + 1)
          continue
        }
        if (this.keyParts && this.keyParts.length < KEY_LIMIT) this.keyParts.push(byte)
        continue
      }
      if (this.inScalar && isEnd(byte)) {
        this.inScalar = false
        if (this.stack.length === this.pickedAt) from = this.valueEnds(chunk, from, at)
      }
      if (this.inScalar || isSpace(byte)) continue
      const top = this.stack.at(-1)
      if (byte === QUOTE && top?.isObject && top.awaitsKey) {
        this.inString = true
        this.keyParts = []
        continue
      }
      switch (byte) {
        case COLON:
          continue
        case COMMA:
          if (!top) throw new SyntaxError('a comma stands between two values')
          if (top.isObject) top.awaitsKey = true
          else top.key = String(Number(top.key) + 1)
          continue
        case CLOSE_OBJECT:
        case CLOSE_ARRAY:
          if (top?.isObject !== (byte === CLOSE_OBJECT)) throw new SyntaxError('a bracket closes what was not opened')
          this.stack.pop()
          if (this.stack.length === this.pickedAt) from = this.valueEnds(chunk, from, at + 1)
          this.isDone = this.stack.length === 0
          continue
        default:
          if (this.isDone) throw new SyntaxError('something stands behind the end')
          if (this.pickedAt === -1) from = this.valueBegins(at)
          this.open(byte)
      }
    }
    if (from !== -1) this.parts.push(chunk.slice(from))
  }

  /** Whether the text was whole. */
  get isWhole(): boolean {
    return this.isDone
  }

  private open(byte: number): void {
    if (byte === QUOTE) this.inString = true
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (this.stack.length >= DEPTH_LIMIT && this.pickedAt === -1) throw new SyntaxError('it is nested too deeply')
      this.stack.push({ isObject: byte === OPEN_OBJECT, key: '0', awaitsKey: byte === OPEN_OBJECT })
    } else if (this.stack.length === 0 || !isScalarStart(byte)) throw new SyntaxError(`“${String.fromCharCode(byte)}” begins no value`)
    else this.inScalar = true
  }

  private keyEnds(): void {
    const top = this.stack.at(-1)
    const key = new TextDecoder().decode(Uint8Array.from(this.keyParts ?? []))
    this.keyParts = undefined
    if (!top) return
    top.key = key
    top.awaitsKey = false
  }

  /** Where the bytes to be kept begin in this chunk; -1 where the value is not wanted. */
  private valueBegins(at: number): number {
    const path = this.stack.map(({ key }) => key)
    if (!this.wants(path)) return -1
    this.path = path
    this.pickedAt = this.stack.length
    return at
  }

  private valueEnds(chunk: Uint8Array, from: number, to: number): number {
    const parts = [...this.parts, chunk.subarray(from, to)]
    this.parts = []
    this.pickedAt = -1
    this.take(this.path, joined(parts))
    return -1
  }
}

function isEnd(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || isSpace(byte)
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** `-`, a digit, or the first letter of true, false, null. */
function isScalarStart(byte: number): boolean {
  return byte === 0x2d || (byte >= 0x30 && byte <= 0x39) || byte === 0x74 || byte === 0x66 || byte === 0x6e
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
