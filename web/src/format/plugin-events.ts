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
    if (!request || url === undefined || !isWorthReading(request)) return []
    const status = numberOf(request.status) ?? numberOf(request.responseStatus) ?? 0
    const method = textOf(request.method) ?? 'GET'
    const milliseconds = Math.round(numberOf(request.duration) ?? 0)
    return [{ kind: 'request', method, url, status, milliseconds, failed: status >= 400 }]
  })
}

/** Pictures and style sheets would bury what the page itself asked for. */
function isWorthReading(request: JsonObject): boolean {
  const initiator = textOf(request.initiatorType)
  return initiator === 'fetch' || initiator === 'xmlhttprequest' || (numberOf(request.responseStatus) ?? 0) >= 400
}
