// A recording's network as a HAR 1.2 file, which the developer tools of every browser open. Times are those of the replay: corrected
// for the visitor's clock. What was not captured is left out or has the value that HAR has for "not known" (-1), never a guess.
//
// Members that begin with `_` are ours, as HAR allows.

import type { Entry, RequestContent } from './entry'
import type { Header, RequestDetail } from './details'
import { objectOf, parseJson } from './json'

export interface HarRecording {
  readonly id: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly browser: string
  readonly version: string
}

export interface HarVisit {
  readonly timestamp: number
  readonly windowId: string
  readonly href: string
}

export interface HarRequest {
  readonly entry: Entry & RequestContent
  /** Undefined where its line could not be read: the row's own facts serve. */
  readonly detail: RequestDetail | undefined
}

export interface HarPage {
  readonly startedDateTime: string
  readonly id: string
  readonly title: string
  readonly pageTimings: { readonly onContentLoad: number; readonly onLoad: number }
  readonly _cassette: { readonly windowId: string; readonly timestamp: number }
}

const NOT_KNOWN = -1
const NO_VISIT: HarVisit = { timestamp: 0, windowId: '', href: '' }

/** The file's text in pieces, so that no string has to be as long as all of it. */
export function* harText(recording: HarRecording, visits: readonly HarVisit[], requests: readonly HarRequest[]): Generator<string> {
  const pages = harPages(recording, visits, requests)
  const pageOf = (entry: Entry): HarPage | undefined => pages[visits.indexOf(visitOf(visits, entry) ?? NO_VISIT)]
  const { id, startedAt, browser, version } = recording
  const head = { version: '1.2', creator: { name: 'Cassette', version }, ...(browser === '' ? {} : { browser: browserOf(browser) }), pages, _cassette: { recording: id, startedAt } }
  yield `{"log":${JSON.stringify(head).slice(0, -1)},"entries":[`
  const sorted = [...requests].sort((a, b) => a.entry.timestamp - b.entry.timestamp)
  for (const [place, request] of sorted.entries()) {
    yield `${place === 0 ? '' : ','}\n${JSON.stringify(harEntry(recording, request, pageOf(request.entry)))}`
  }
  yield '\n]}}\n'
}

function browserOf(words: string): { name: string; version: string } {
  const [, name, version] = /^(.*?)(?: ([\d.]+))?$/.exec(words) ?? []
  return { name: name ?? words, version: version ?? '' }
}

function harPages({ startedAt }: HarRecording, visits: readonly HarVisit[], requests: readonly HarRequest[]): HarPage[] {
  const navigations = requests.filter(({ detail }) => detail?.navigation !== undefined)
  return visits.map((visit, index) => {
    const loaded = navigations.find(({ entry }) => visitOf(visits, entry) === visit)
    const timings = loaded?.detail?.navigation
    return {
      startedDateTime: isoTime(startedAt + visit.timestamp),
      id: `page_${index + 1}`,
      title: visit.href,
      pageTimings: { onContentLoad: timings?.contentLoaded ?? NOT_KNOWN, onLoad: timings?.loaded ?? NOT_KNOWN },
      _cassette: { windowId: visit.windowId, timestamp: visit.timestamp },
    }
  })
}

/** The last page of the request's window that was there when it began; before the first one, that one. */
function visitOf(visits: readonly HarVisit[], { timestamp, windowId }: Entry): HarVisit | undefined {
  const own = visits.filter((visit) => visit.windowId === windowId)
  return own.findLast((visit) => visit.timestamp <= timestamp) ?? own[0]
}

function harEntry({ startedAt }: HarRecording, { entry, detail }: HarRequest, page: HarPage | undefined): object {
  const timings = harTimings(entry, detail)
  const time = Object.entries(timings).reduce((sum, [name, value]) => (name === 'ssl' || value < 0 ? sum : sum + value), 0)
  return {
    ...(page ? { pageref: page.id } : {}),
    startedDateTime: isoTime(startedAt + entry.timestamp),
    time,
    request: harRequest(entry, detail),
    response: harResponse(entry, detail),
    cache: {},
    timings,
    _resourceType: entry.type,
    _cassette: { timestamp: entry.timestamp, windowId: entry.windowId, initiator: detail?.initiator ?? '', capturedHeaders: detail?.requestHeaders !== undefined },
  }
}

function harTimings(entry: RequestContent, detail: RequestDetail | undefined) {
  const timing = detail?.timing
  const isMeasured = timing?.wait !== undefined
  return {
    blocked: rounded(timing?.blocked),
    dns: rounded(timing?.dns),
    connect: rounded(timing?.connect),
    ssl: rounded(timing?.tls),
    // These three are required to be known: what is measured only as a whole is waiting.
    send: isMeasured ? Math.max(0, rounded(timing?.send)) : 0,
    wait: isMeasured ? Math.max(0, rounded(timing?.wait)) : entry.milliseconds,
    receive: isMeasured ? Math.max(0, rounded(timing?.receive)) : 0,
  }
}

function harRequest(entry: RequestContent, detail: RequestDetail | undefined): object {
  const headers = detail?.requestHeaders ?? []
  const body = detail?.requestBody
  const url = detail?.url ?? entry.url
  return {
    method: entry.method,
    url,
    httpVersion: versionOf(detail?.protocol ?? ''),
    cookies: [],
    headers: headers.map(plainHeader),
    queryString: queryOf(url),
    ...(body === undefined ? {} : { postData: { mimeType: headerOf(headers, 'content-type') ?? typeOfBody(body), params: [], text: body } }),
    headersSize: NOT_KNOWN,
    bodySize: body === undefined ? (detail?.requestHeaders ? 0 : NOT_KNOWN) : byteLength(body),
  }
}

function harResponse(entry: RequestContent, detail: RequestDetail | undefined): object {
  const headers = detail?.responseHeaders ?? []
  const body = detail?.responseBody
  const { encoded, decoded } = detail?.bytes ?? {}
  const size = decoded ?? (body === undefined ? 0 : byteLength(body))
  return {
    status: entry.status,
    statusText: '',
    httpVersion: versionOf(detail?.protocol ?? ''),
    cookies: [],
    headers: headers.map(plainHeader),
    content: {
      size,
      ...(encoded !== undefined && encoded > 0 && size > encoded ? { compression: size - encoded } : {}),
      mimeType: headerOf(headers, 'content-type') ?? detail?.contentType ?? '',
      ...(body === undefined ? {} : { text: body }),
    },
    redirectURL: headerOf(headers, 'location') ?? '',
    headersSize: NOT_KNOWN,
    bodySize: encoded ?? NOT_KNOWN,
    ...(detail?.bytes.transferred === undefined ? {} : { _transferSize: detail.bytes.transferred }),
    ...(entry.failed && entry.status === 0 ? { _error: 'not answered' } : {}),
  }
}

function plainHeader({ name, value }: Header): Header {
  return { name, value }
}

function headerOf(headers: readonly Header[], wanted: string): string | undefined {
  return headers.find(({ name }) => name.toLowerCase() === wanted)?.value
}

function versionOf(protocol: string): string {
  switch (protocol) {
    case '':
      return 'unknown'
    case 'h2':
      return 'HTTP/2.0'
    case 'h3':
      return 'HTTP/3.0'
    default:
      return protocol.toUpperCase()
  }
}

function queryOf(url: string): Header[] {
  const query = /\?([^#]*)/.exec(url)?.[1]
  if (!query) return []
  return query.split('&').filter(Boolean).map((pair) => {
    const [name = '', ...value] = pair.split('=')
    return { name: unescaped(name), value: unescaped(value.join('=')) }
  })
}

/** Addresses may hold any percent signs. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function typeOfBody(body: string): string {
  return objectOf(parseJson(body)) ? 'application/json' : 'text/plain'
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}

function rounded(value: number | undefined): number {
  return value === undefined ? NOT_KNOWN : Math.round(value * 1000) / 1000
}

/** A date outside of what can be written is a bug of a clock, not of this file. */
function isoTime(epochMs: number): string {
  const date = new Date(epochMs)
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString()
}
