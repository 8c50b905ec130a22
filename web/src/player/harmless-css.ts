// Style sheets that ask nobody for anything and do not look at who is watching.
//
// ## What it promises
// 1. No address is left that a browser would fetch: `data:` stays, and `#fragment` in properties that mean a part of the same page; every
//    other one becomes `data:,`. (As a picture or a font, `#fragment` is the address of the page around: a browser would fetch that.)
//    Addresses stand in `url()`, as plain strings in `image-set()` and its like, and behind `@import`.
// 2. The page looks as it did for a visitor with a light system, whatever the viewer's is: a recording does not say what the
//    visitor's was, and most are light.
// 3. What is left ends where it ends: text that stands behind it in the same style element cannot join with it. (A
//    page could spell `url(` across two text nodes.)
// Everything else is the text that came, byte for byte.
//
// Tokens are those of CSS Syntax 3, as far as it matters here. Where in doubt, something is taken for an address: `1url(x)` is
// none, and loses nothing by it.

const ESCAPE = String.raw`\\(?:[0-9a-fA-F]{1,6}(?:\r\n|[ \t\r\n\f])?|[^\r\n\f0-9a-fA-F])`
/** ASCII only: whether é belongs to a name has changed over time, and what stands behind it is read either way. */
const NAME = String.raw`(?:[\w-]|${ESCAPE})+`
const token = (): RegExp =>
  new RegExp(
    [
      String.raw`/\*[^]*?(?:\*/|$)`,
      String.raw`"(?:[^"\\\r\n\f]|\\(?:\r\n|[^]))*(?:"|\\?$)?`,
      String.raw`'(?:[^'\\\r\n\f]|\\(?:\r\n|[^]))*(?:'|\\?$)?`,
      String.raw`(?<at>@?)(?<name>${NAME})(?<opens>\(?)`,
      String.raw`[()\[\]{};]`,
    ].join('|'),
    'g',
  )
const URL_REST = new RegExp(String.raw`[ \t\r\n\f]*((?:[^"'()\\ \t\r\n\f]|${ESCAPE})*)[ \t\r\n\f]*(?:\)|$)`, 'y')
const BAD_URL_REST = new RegExp(String.raw`(?:[^\\)]|\\[^])*(?:\)|\\?$)`, 'y')
const OPENS_A_VALUE = /[ \t\r\n\f]*:/y
/** A selector is not far from its block. */
const REST_OF_SELECTOR = /[^{};]{0,2000}\{/y
const OPENS_A_STRING = /[ \t\r\n\f]*["']/y

/** Functions whose strings are addresses. */
const TAKES_ADDRESSES = new Set(['url', 'src', 'image', 'image-set', '-webkit-image-set'])
/** Functions that stand for text from elsewhere, which may be an address. */
const STANDS_FOR_TEXT = /^(?:var|env|attr|if|inherit|random-item|--.*)$/

const NOWHERE = '"data:,"'
const MIGHT_MATTER = /url|src|image|@|\\|color-scheme/i

/** Properties whose `#fragment` is a part of the page itself. Not a custom one: nobody knows what it will stand for. */
const REFERS_TO_PARTS = /^(?:-webkit-)?(?:filter|backdrop-filter|clip-path|mask|mask-image|offset-path|fill|stroke|marker|marker-(?:start|mid|end))$/

/** A declaration, a value, a rule: text that is a whole by itself. Where it is a value, `property` is what it is a value of. */
export function harmlessCss(css: string, property = ''): string {
  return MIGHT_MATTER.test(css) ? new Reader(css, property).read() : css
}

/**
 * rrweb marks what the mouse is over with a class named `:hover`, and the frame is as wide as the device: the style sheet's
 * conditions, in these terms. rrweb would do it with another parser, by which what is text here can become a rule there.
 */
export function withHoverClass(css: string): string {
  return /:hover|-device-/i.test(css) ? new Reader(css, '', true).read() : css
}

/** The text of one node of a style element. */
export function harmlessStyleText(css: string): string {
  const reader = new Reader(css)
  return reader.read() + reader.ending()
}

/** What may stand where a browser expects an address: nothing that it would have to fetch. */
export function harmlessAddress(address: string): string | undefined {
  const trimmed = address.replace(/^[\0- ]+/, '')
  if (trimmed.startsWith('#')) return trimmed
  if (!/^data:/i.test(trimmed)) return undefined
  // Behind `#` stands a part of a document, and documents in `data:` addresses can refer to others.
  return trimmed.split('#', 1)[0]
}

const CLOSED_BY = { '(': ')', '[': ']', '{': '}' } as const

interface Open {
  readonly closedBy: string
  readonly takesAddresses: boolean
}

class Reader {
  private readonly tokens = token()
  private readonly open: Open[] = []
  private result = ''
  /** Everything before it is in the result. */
  private taken = 0
  /** What the last token leaves open towards the text behind it. */
  private tail: 'nothing' | 'comment' | 'token' = 'nothing'

  constructor(
    private readonly css: string,
    /** Of the declaration that is read; empty where that is not sure. */
    private property = '',
    private readonly marksHover = false,
  ) {}

  read(): string {
    for (;;) {
      const match = this.tokens.exec(this.css)
      if (!match) break
      this.take(match)
    }
    this.copyTo(this.css.length)
    return this.result
  }

  /** What closes that which was left open; empty where nothing was. */
  ending(): string {
    const outermost = this.open.findIndex(({ takesAddresses }) => takesAddresses)
    const brackets = outermost === -1 ? '' : this.open.slice(outermost).map(({ closedBy }) => closedBy).reverse().join('')
    if (this.tail === 'comment') return `*/${brackets}`
    // The space is there for an escape: it would swallow the line break.
    return (this.tail === 'token' || /[^\s;{}]$/.test(this.result) ? ' \n' : '') + brackets
  }

  private take(match: RegExpExecArray): void {
    const [token] = match
    const first = token.charAt(0)
    const isLast = this.tokens.lastIndex === this.css.length
    this.tail = isLast && (match.groups?.name !== undefined || first === '"' || first === "'") ? 'token' : 'nothing'
    if (match.groups?.name !== undefined) this.takeName(match, match.groups.name)
    else if (first === '/') this.tail = token.length < 4 || !token.endsWith('*/') ? 'comment' : 'nothing'
    else if (first === '"' || first === "'") this.takeString(token, match.index)
    else if (token === '(' || token === '[' || token === '{') this.opens(CLOSED_BY[token], false)
    else if (first !== ';') this.close(token)
    if (token === ';' || token === '{' || token === '}') this.property = ''
  }

  private takeName(match: RegExpExecArray, written: string): void {
    const name = unescape(written).toLowerCase()
    if (match.groups?.at === '@') {
      if (name === 'import') return this.dropStatement(match.index)
    } else if (name === 'color-scheme') return this.takeColourScheme()
    else if (name === 'prefers-color-scheme') return this.takePreference(match.index)
    else if (this.marksHover) this.takeCondition(name, match.index)
    if (this.property === '' && match.groups?.at === '' && this.isNext(OPENS_A_VALUE)) this.property = name
    if (match.groups?.opens !== '(') return
    if (name === 'url' && !this.isNext(OPENS_A_STRING)) return this.takeUrl(match.index)
    const standsForAddress = STANDS_FOR_TEXT.test(name) && this.open.some(({ takesAddresses }) => takesAddresses)
    // A function that nobody knows makes the declaration one that is passed over.
    if (standsForAddress) this.replace(match.index, this.tokens.lastIndex, 'unknown(')
    // Functions inside those that take addresses stand for one of theirs; but for the one that holds a picture's type.
    this.opens(')', standsForAddress || TAKES_ADDRESSES.has(name) || (this.open.at(-1)?.takesAddresses === true && name !== 'type'))
  }

  private takeString(token: string, at: number): void {
    if (this.open.at(-1)?.takesAddresses !== true) return
    const isClosed = token.length > 1 && token.endsWith(token.charAt(0))
    const value = unescape(token.slice(1, isClosed ? -1 : undefined))
    const kept = this.kept(value)
    if (kept === value && isClosed) return
    this.replace(at, this.tokens.lastIndex, kept === undefined ? NOWHERE : quoted(kept))
  }

  /** `url(` with an address that is not quoted. */
  private takeUrl(at: number): void {
    URL_REST.lastIndex = this.tokens.lastIndex
    const good = URL_REST.exec(this.css)
    if (good) this.tokens.lastIndex = URL_REST.lastIndex
    else this.passUrl()
    const end = this.tokens.lastIndex
    const value = unescape(good?.[1] ?? '')
    const kept = good ? this.kept(value) : undefined
    if (kept !== value || this.css[end - 1] !== ')') {
      this.replace(at, end, `url(${kept === undefined ? NOWHERE : quoted(kept)})`)
    }
  }

  private kept(address: string): string | undefined {
    const kept = harmlessAddress(address)
    return kept?.startsWith('#') === true && !REFERS_TO_PARTS.test(this.property) ? undefined : kept
  }

  private takeCondition(name: string, at: number): void {
    const before = this.css.slice(Math.max(0, at - 60), at)
    const device = /^(min|max)-device-(width|height)$/.exec(name)
    if (device && before.trimEnd().endsWith('(')) return this.replace(at, this.tokens.lastIndex, `${device[1] ?? ''}-${device[2] ?? ''}`)
    const isPseudoClass = name === 'hover' && /(?:^|[^\\:]):$/.test(before) && !/(?:::[\w-]+|hover\s*):$/i.test(before)
    if (isPseudoClass && this.isNext(REST_OF_SELECTOR)) this.replace(at, this.tokens.lastIndex, 'is(:hover,.\\:hover)')
  }

  /** An @-rule that ends with `;`, with a block, or with the block around it. */
  private dropStatement(at: number): void {
    const inner: string[] = []
    for (;;) {
      const match = this.tokens.exec(this.css)
      if (!match) return this.replace(at, this.css.length, '')
      const [token] = match
      if (match.groups?.opens === '(') {
        if (unescape(match.groups.name ?? '').toLowerCase() === 'url' && !this.isNext(OPENS_A_STRING)) this.passUrl()
        else inner.push(')')
      } else if (token === '(' || token === '[' || token === '{') inner.push(CLOSED_BY[token])
      else if (token === ';' && inner.length === 0) return this.replace(at, this.tokens.lastIndex, '')
      else if (token === '}' && inner.length === 0) return this.replace(at, match.index, '')
      else if (token === inner.at(-1)) {
        inner.pop()
        if (token === '}' && inner.length === 0) return this.replace(at, this.tokens.lastIndex, '')
      }
    }
  }

  private passUrl(): void {
    BAD_URL_REST.lastIndex = this.tokens.lastIndex
    BAD_URL_REST.exec(this.css)
    this.tokens.lastIndex = BAD_URL_REST.lastIndex
  }

  /** `color-scheme: light dark` leaves the choice to the viewer's system. */
  private takeColourScheme(): void {
    const from = this.tokens.lastIndex
    const value = /^\s*:([^;{}]*)/.exec(this.css.slice(from, from + 200))
    if (!value) return
    const chosen = lightOf(value[1] ?? '')
    if (chosen !== value[1]) this.replace(from, from + value[0].length, `:${chosen}`)
  }

  private takePreference(at: number): void {
    const from = this.tokens.lastIndex
    const rest = /^\s*(?::\s*([a-z-]+)\s*)?(?=\))/i.exec(this.css.slice(from, from + 100))
    if (!rest) return
    const isDark = rest[1]?.toLowerCase() === 'dark'
    this.replace(at, from + rest[0].length, isDark ? 'max-width:0px' : 'min-width:0px')
  }

  private isNext(pattern: RegExp): boolean {
    pattern.lastIndex = this.tokens.lastIndex
    return pattern.test(this.css)
  }

  private opens(closedBy: string, takesAddresses: boolean): void {
    this.open.push({ closedBy, takesAddresses })
  }

  /** A bracket that closes something further out closes what is open inside it, too; one that fits nothing is nothing. */
  private close(bracket: string): void {
    const place = this.open.findLastIndex(({ closedBy }) => closedBy === bracket)
    if (place !== -1) this.open.length = place
  }

  private copyTo(end: number): void {
    this.result += this.css.slice(this.taken, end)
    this.taken = end
  }

  private replace(from: number, to: number, text: string): void {
    this.copyTo(from)
    this.result += text
    this.taken = to
    this.tokens.lastIndex = to
  }
}

/** The value of `color-scheme` without the choice. */
export function lightOf(value: string): string {
  return /\bdark\b/i.test(value) && /\blight\b/i.test(value) ? value.replace(/\bdark\b/gi, ' ') : value
}

function unescape(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\r\n\f])|([^]))/g, (_, hex?: string, line?: string, other?: string) => {
    if (line !== undefined) return ''
    if (hex === undefined) return other ?? ''
    const code = parseInt(hex, 16)
    return code === 0 || code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code)
  })
}

function quoted(address: string): string {
  return `"${address.replace(/["\\\r\n\f]/g, (character) => `\\${character.charCodeAt(0).toString(16)} `)}"`
}
