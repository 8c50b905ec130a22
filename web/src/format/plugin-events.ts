// Console lines and network requests, as rrweb's plugins write them.

import { arrayOf, numberOf, objectOf, parseJson, textOf, type JsonObject } from './json'
import { clip, DETAIL_LIMIT, type ConsoleLevel, type EntryContent } from './entry'

const TEXT_LIMIT = 500

export function readConsole(payload: JsonObject): EntryContent[] {
  const text = arrayOf(payload.payload)
    .map((argument) => (typeof argument === 'string' ? readArgument(argument) : String(argument)))
    .join(' ')
    .replace(/\n?End of stack for Error object$/, '')
  const trace = arrayOf(payload.trace).filter((frame) => typeof frame === 'string').join('\n')
  const detail = clip([text.length > TEXT_LIMIT || text.includes('\n') ? text : '', trace].filter(Boolean).join('\n\n'), DETAIL_LIMIT)
  return [{ kind: 'console', level: levelOf(payload.level), text: clip(text.split('\n')[0] ?? '', TEXT_LIMIT), detail }]
}

/** Each argument is itself JSON text; strings lose their quotes, everything else is shown as it is. */
function readArgument(argument: string): string {
  const value = parseJson(argument)
  return typeof value === 'string' ? value : argument
}

function levelOf(level: unknown): ConsoleLevel {
  switch (level) {
    case 'error':
    case 'assert':
      return 'error'
    case 'warn':
    case 'info':
    case 'debug':
      return level
    default:
      return 'log'
  }
}

export function readRequests(requests: readonly unknown[]): EntryContent[] {
  return requests.flatMap((item): EntryContent[] => {
    const request = objectOf(item)
    const url = textOf(request?.name)
    if (!request || url === undefined || !isRequest(request)) return []
    const status = numberOf(request.status) ?? numberOf(request.responseStatus) ?? 0
    const method = textOf(request.method) ?? 'GET'
    const milliseconds = Math.round(numberOf(request.duration) ?? 0)
    const initiator = textOf(request.initiatorType) ?? ''
    const isCall = initiator === 'fetch' || initiator === 'xmlhttprequest'
    return [{ kind: 'request', method, url: shortened(url), status, milliseconds, failed: status >= 400, isCall, initiator }]
  })
}

/** The browser's timings come the same way, and some are of no request: `paint`, `mark`, `longtask`. */
function isRequest(request: JsonObject): boolean {
  const type = textOf(request.entryType)
  return type === undefined || type === 'resource' || type === 'navigation'
}

/** A picture can be in its address, and 100 kB of it in a list help nobody. */
function shortened(url: string): string {
  return url.startsWith('data:') ? clip(url, 60) : clip(url, DETAIL_LIMIT)
}
