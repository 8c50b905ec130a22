// Details: what is shown of an entry when it is opened, read from its line at that moment. Everything in here is text that a stranger's
// page wrote: it is shown as text, never as anything else.

import { clip } from './entry'
import { readCall } from './console'
import { numberOf, objectOf, objectsOf, textOf, type JsonObject } from './json'
import { methodOf, requestsOf, statusOf, timingOf, typeOf, type Timing } from './request'
import type { RequestType } from './entry'

export type EntryDetail =
  | { readonly kind: 'console'; readonly level: string; readonly args: readonly string[]; readonly trace: readonly string[] }
  | RequestDetail
  | { readonly kind: 'exception'; readonly exceptions: readonly CaughtException[]; readonly json: string }
  | { readonly kind: 'captured'; readonly distinctId: string; readonly own: string; readonly json: string }
  | { readonly kind: 'custom'; readonly json: string }

export interface RequestDetail {
  readonly kind: 'request'
  readonly method: string
  readonly url: string
  readonly status: number
  readonly type: RequestType
  readonly initiator: string
  /** As the browser names it: `http/1.1`, `h2`; may be empty. */
  readonly protocol: string
  readonly contentType: string
  readonly timing: Timing
  readonly bytes: { readonly transferred: number | undefined; readonly encoded: number | undefined; readonly decoded: number | undefined }
  /** Undefined: not captured. */
  readonly requestHeaders: readonly Header[] | undefined
  readonly responseHeaders: readonly Header[] | undefined
  readonly requestBody: string | undefined
  readonly responseBody: string | undefined
  readonly navigation: { readonly contentLoaded: number | undefined; readonly loaded: number | undefined } | undefined
  /** It went out before the recorder was there, which therefore saw neither headers nor bodies. */
  readonly isInitial: boolean
}

export interface Header {
  readonly name: string
  readonly value: string
}

export interface CaughtException {
  readonly type: string
  readonly message: string
  readonly handled: boolean | undefined
  /** As text, innermost first: the form of the line of a stack. */
  readonly stack: readonly string[]
}

/** Nobody reads more of one body, argument or event on a page; the recording itself holds it all. */
const BODY_LIMIT = 1_000_000
const ARGUMENT_LIMIT = 200_000

/** `part` counts as the reader of lines counts what a line tells of. */
export function readDetail(line: JsonObject, part: number): EntryDetail | undefined {
  if (line.type === 'captured') return detailOfCaptured(line)
  const event = objectOf(line.event)
  const data = objectOf(event?.data) ?? {}
  const plugin = textOf(data.plugin)
  if (plugin === undefined) return { kind: 'custom', json: jsonOf(data.payload) }
  const payload = objectOf(data.payload)
  if (plugin.startsWith('rrweb/network@')) {
    const listed = requestsOf(payload)[part]
    return listed && detailOfRequest(listed.request, listed.url)
  }
  const { args, trace, level } = readCall(payload ?? {})
  return { kind: 'console', level, args: args.map((argument) => clip(argument, ARGUMENT_LIMIT)), trace }
}

export function detailOfRequest(request: JsonObject, url: string): RequestDetail {
  const initiator = textOf(request.initiatorType) ?? ''
  const contentType = textOf(request.contentType) ?? ''
  const isNavigation = request.entryType === 'navigation'
  return {
    kind: 'request',
    method: methodOf(request),
    url: clip(url, BODY_LIMIT),
    status: statusOf(request),
    type: typeOf(initiator, contentType, url),
    initiator,
    protocol: textOf(request.nextHopProtocol) ?? '',
    contentType,
    timing: timingOf(request),
    bytes: { transferred: numberOf(request.transferSize), encoded: numberOf(request.encodedBodySize), decoded: numberOf(request.decodedBodySize) },
    requestHeaders: headersOf(request.requestHeaders),
    responseHeaders: headersOf(request.responseHeaders),
    requestBody: bodyOf(request.requestBody),
    responseBody: bodyOf(request.responseBody),
    navigation: isNavigation ? { contentLoaded: positive(request.domContentLoadedEventEnd), loaded: positive(request.loadEventEnd) } : undefined,
    isInitial: request.isInitial === true,
  }
}

function headersOf(value: unknown): Header[] | undefined {
  const headers = objectOf(value)
  if (!headers) return undefined
  return Object.entries(headers).map(([name, text]) => ({ name, value: typeof text === 'string' ? text : (JSON.stringify(text) ?? '') }))
}

function bodyOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  return clip(typeof value === 'string' ? value : JSON.stringify(value), BODY_LIMIT)
}

function positive(value: unknown): number | undefined {
  const time = numberOf(value)
  return time !== undefined && time > 0 ? time : undefined
}

function detailOfCaptured(line: JsonObject): EntryDetail {
  const captured = objectOf(line.captured) ?? {}
  const properties = objectOf(captured.properties) ?? {}
  const distinctId = textOf(line.distinct_id) ?? textOf(properties.distinct_id) ?? ''
  const list = objectsOf(properties.$exception_list)
  if (list.length > 0) return { kind: 'exception', exceptions: list.map(readException), json: jsonOf(properties) }
  return { kind: 'captured', distinctId, own: jsonOf(ownProperties(captured)), json: jsonOf(properties) }
}

/** What the site's own code said, without what the SDK says with every event; and what an identification set. */
export function ownProperties(captured: JsonObject): JsonObject {
  const properties = objectOf(captured.properties) ?? {}
  const own = Object.entries(properties).filter(([key]) => !isSdkProperty(key))
  const set = objectOf(captured.$set) ?? objectOf(properties.$set)
  return Object.fromEntries([...own, ...(set ? Object.entries(set) : [])])
}

const CAMPAIGN = /^(utm_.*|gad_source|mc_cid|[a-z]*clid|gclsrc|gbraid|wbraid|li_fat_id|igshid|rdt_cid|ttclid|epik|sccid|oppref|bfcid|_kx)$/

function isSdkProperty(key: string): boolean {
  return key.startsWith('$') || key === 'token' || key === 'distinct_id' || CAMPAIGN.test(key)
}

function readException(item: JsonObject): CaughtException {
  const frames = objectsOf(objectOf(item.stacktrace)?.frames)
  const handled = objectOf(item.mechanism)?.handled
  return {
    type: textOf(item.type) ?? 'Exception',
    message: textOf(item.value) ?? '',
    handled: typeof handled === 'boolean' ? handled : undefined,
    stack: frames.map(frameText).reverse(),
  }
}

function frameText(frame: JsonObject): string {
  const file = textOf(frame.filename) ?? textOf(frame.abs_path) ?? textOf(frame.source) ?? ''
  const name = textOf(frame.function) ?? textOf(frame.resolved_name) ?? '?'
  return `${name} (${file}:${numberOf(frame.lineno) ?? numberOf(frame.line) ?? 0}:${numberOf(frame.colno) ?? numberOf(frame.column) ?? 0})`
}

function jsonOf(value: unknown): string {
  return value === undefined || value === null ? '' : clip(JSON.stringify(value), BODY_LIMIT)
}
