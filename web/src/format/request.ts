// Requests of the recorded page, as posthog-js's network plugin writes them: an entry of the browser's resource timing, and what the SDK
// saw of the page's own calls. The row that is kept, and the detail that is read when it is opened.

import { clip, type Cutter, type RequestType, type Told } from './entry'
import { arrayOf, numberOf, objectOf, parseJson, textOf, type JsonObject } from './json'

const URL_LIMIT = 2000
const DATA_URL_LIMIT = 60
const OPERATION_LIMIT = 60
/** Behind this a request's own clock is not believed: the line's time counts. */
const PLAUSIBLE_MS = 24 * 3600 * 1000

/** `at` is the event's own time, from which the request's is counted. */
export function readRequests(payload: JsonObject | undefined, at: number | undefined, cutter: Cutter): Told[] {
  return requestsOf(payload).map(({ request, url }): Told => {
    const timing = timingOf(request)
    const status = statusOf(request)
    const initiator = textOf(request.initiatorType) ?? ''
    const isCall = initiator === 'fetch' || initiator === 'xmlhttprequest' || initiator === 'beacon'
    return {
      shift: shiftOf(request, timing, at),
      content: {
        kind: 'request',
        method: methodOf(request),
        url: url.startsWith('data:') ? clip(url, DATA_URL_LIMIT) : cutter.cut(url, URL_LIMIT),
        status,
        milliseconds: Math.round(timing.duration),
        waited: Math.round(timing.firstByte ?? timing.duration),
        failed: status >= 400 || isUnanswered(request, status),
        isCall,
        type: typeOf(initiator, textOf(request.contentType) ?? '', url),
        bytes: sizeOf(request),
        operation: isCall ? clip(operationOf(request), OPERATION_LIMIT) : '',
      },
    }
  })
}

export interface ListedRequest {
  readonly request: JsonObject
  readonly url: string
}

/** The browser's timings come the same way, and some are of no request: `paint`, `mark`, `longtask`. */
export function requestsOf(payload: JsonObject | undefined): ListedRequest[] {
  return arrayOf(payload?.requests).flatMap((item) => {
    const request = objectOf(item)
    const url = textOf(request?.name)
    const type = textOf(request?.entryType)
    const isRequest = type === undefined || type === 'resource' || type === 'navigation'
    return request && url !== undefined && isRequest ? [{ request, url }] : []
  })
}

/** Milliseconds from the request's beginning; what the browser does not tell is undefined, and what did not happen is too. */
export interface Timing {
  readonly duration: number
  /** Waiting for a free connection, and redirects. */
  readonly blocked: number | undefined
  readonly dns: number | undefined
  readonly connect: number | undefined
  /** Part of `connect`. */
  readonly tls: number | undefined
  readonly send: number | undefined
  readonly wait: number | undefined
  readonly receive: number | undefined
  readonly firstByte: number | undefined
}

export function timingOf(request: JsonObject): Timing {
  const time = (name: string): number | undefined => {
    const value = numberOf(request[name])
    return value === undefined || value <= 0 ? undefined : value
  }
  const begin = numberOf(request.startTime) ?? 0
  const end = time('responseEnd')
  const measured = numberOf(request.duration)
  // Of a page its duration is until everything that it is made of had been loaded.
  const isPage = request.entryType === 'navigation'
  const duration = Math.max(0, end !== undefined && (isPage || measured === undefined) ? end - begin : (measured ?? 0))
  const [requested, answered] = [time('requestStart'), time('responseStart')]
  if (requested === undefined || answered === undefined || end === undefined) {
    return { duration, blocked: undefined, dns: undefined, connect: undefined, tls: undefined, send: undefined, wait: undefined, receive: undefined, firstByte: undefined }
  }
  const span = (from: number | undefined, to: number | undefined): number | undefined =>
    from === undefined || to === undefined || to <= from ? undefined : to - from
  const dns = span(time('domainLookupStart'), time('domainLookupEnd'))
  const connect = span(time('connectStart'), time('connectEnd'))
  const tls = connect === undefined ? undefined : span(time('secureConnectionStart'), time('connectEnd'))
  return {
    duration, dns, connect, tls,
    blocked: Math.max(0, requested - begin - (dns ?? 0) - (connect ?? 0)),
    send: 0,
    wait: Math.max(0, answered - requested),
    receive: Math.max(0, end - answered),
    firstByte: Math.max(0, answered - begin),
  }
}

/** How much before its line the request began. The line comes when the browser had gathered some. */
function shiftOf(request: JsonObject, timing: Timing, at: number | undefined): number {
  const began = numberOf(request.timestamp)
  if (began !== undefined && at !== undefined && Math.abs(began - at) < PLAUSIBLE_MS) return Math.min(0, Math.round(began - at))
  return timing.duration < PLAUSIBLE_MS && began !== undefined ? -Math.round(timing.duration) : 0
}

export function statusOf(request: JsonObject): number {
  return numberOf(request.status) ?? numberOf(request.responseStatus) ?? 0
}

/** The SDK saw the call, and no answer to it: refused, broken off, or cut by the network. */
function isUnanswered(request: JsonObject, status: number): boolean {
  return status === 0 && textOf(request.method) !== undefined && numberOf(request.responseStatus) !== undefined && !numberOf(request.transferSize)
}

export function methodOf(request: JsonObject): string {
  return (textOf(request.method) ?? 'GET').toUpperCase()
}

function sizeOf(request: JsonObject): number | undefined {
  const transferred = numberOf(request.transferSize)
  if (transferred !== undefined && transferred > 0) return transferred
  // Nothing went over the network: from the browser's store, or from another origin that does not let itself be measured.
  return numberOf(request.encodedBodySize) ? 0 : undefined
}

/** By what asked, then by what came, then by the ending of the address. */
export function typeOf(initiator: string, contentType: string, url: string): RequestType {
  if (initiator === 'fetch' || initiator === 'beacon') return 'fetch'
  if (initiator === 'xmlhttprequest') return 'xhr'
  if (initiator === 'navigation' || initiator === 'iframe' || initiator === 'frame') return 'document'
  return typeOfContent(contentType) ?? typeOfEnding(url) ?? typeOfInitiator(initiator)
}

function typeOfContent(contentType: string): RequestType | undefined {
  if (/javascript|ecmascript/.test(contentType)) return 'script'
  if (contentType.startsWith('text/css')) return 'style'
  if (contentType.startsWith('image/')) return 'image'
  if (/^font\/|application\/(x-)?font/.test(contentType)) return 'font'
  if (/^(audio|video)\//.test(contentType)) return 'media'
  return contentType.startsWith('text/html') ? 'document' : undefined
}

function typeOfEnding(url: string): RequestType | undefined {
  const ending = /\.([a-z0-9]{2,5})(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? ''
  if (/^(m?js|cjs)$/.test(ending)) return 'script'
  if (ending === 'css') return 'style'
  if (/^(png|jpe?g|gif|webp|avif|svg|ico)$/.test(ending)) return 'image'
  if (/^(woff2?|ttf|otf|eot)$/.test(ending)) return 'font'
  return /^(mp[34]|webm|ogg|wav|m4a|mov)$/.test(ending) ? 'media' : undefined
}

function typeOfInitiator(initiator: string): RequestType {
  switch (initiator) {
    case 'script':
      return 'script'
    case 'img':
    case 'image':
    case 'input':
      return 'image'
    case 'audio':
    case 'video':
    case 'track':
      return 'media'
    default:
      return 'other'
  }
}

/** A GraphQL call names its operation in its body. */
function operationOf(request: JsonObject): string {
  const body = textOf(request.requestBody)
  if (!body?.includes('"query"') && !body?.includes('"operationName"')) return ''
  const call = objectOf(parseJson(body)) ?? objectOf(arrayOf(parseJson(body))[0])
  const named = textOf(call?.operationName)
  if (named) return named
  const [, kind, name] = /^\s*(query|mutation|subscription)\s+(\w+)/.exec(textOf(call?.query) ?? '') ?? []
  return name ?? kind ?? ''
}
