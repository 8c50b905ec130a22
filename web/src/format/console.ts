// What a page wrote to its console, as rrweb's plugin keeps it: each argument is JSON text by itself, cut by the recorder in depth,
// in length and in number. An error comes as its stack with a mark behind it.

import { arrayOf, parseJson, textOf, textsOf, type JsonObject } from './json'
import type { ConsoleLevel, Cutter, EntryContent } from './entry'
import { isFrameLine, placeOf, readFrame, type Frame } from './stack'

const TEXT_LIMIT = 500
const PLACE_LIMIT = 80
const ERROR_MARK = '\nEnd of stack for Error object'

export function readConsole(payload: JsonObject, cutter: Cutter): EntryContent[] {
  const text = arrayOf(payload.payload).map(lineOf).join(' ')
  const [first] = textsOf(payload.trace)
  const where = first === undefined ? '' : cutter.cut(placeOf(readFrame(first)), PLACE_LIMIT)
  return [{ kind: 'console', level: levelOf(payload.level), text: cutter.cut(text, TEXT_LIMIT), where }]
}

/** An argument as a row shows it: strings lose their quotes, everything else is shown as it is; a stack stays away. */
function lineOf(argument: unknown): string {
  const value = typeof argument === 'string' ? parseJson(argument) : argument
  if (typeof value !== 'string') return typeof argument === 'string' ? argument : String(argument)
  return value.endsWith(ERROR_MARK) ? (value.split('\n')[0] ?? '') : value
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

/** One argument of a call, to be shown as a tree. */
export type ConsoleArgument =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly message: string; readonly stack: readonly Frame[] }

export function readArgument(argument: string): ConsoleArgument {
  const value = parseJson(argument)
  // What is not JSON was written by another recorder: `undefined`, or plain text.
  if (value === undefined) return { kind: 'value', value: argument }
  if (typeof value !== 'string' || !value.endsWith(ERROR_MARK)) return { kind: 'value', value }
  const lines = value.slice(0, -ERROR_MARK.length).split('\n')
  const stackFrom = lines.findIndex(isFrameLine)
  const message = stackFrom === -1 ? lines : lines.slice(0, stackFrom)
  const stack = stackFrom === -1 ? [] : lines.slice(stackFrom).filter((line) => line.trim() !== '')
  return { kind: 'error', message: message.join('\n'), stack: stack.map(readFrame) }
}

/** All of a call as text, for the clipboard. */
export function textOfCall(level: string, args: readonly string[], trace: readonly string[]): string {
  const words = args.map((argument) => {
    const value = parseJson(argument)
    return typeof value === 'string' ? value.replace(ERROR_MARK, '') : value === undefined ? argument : JSON.stringify(value, null, 2)
  })
  return [`${level}: ${words.join(' ')}`, ...trace.map((frame) => `    at ${frame}`)].join('\n')
}

/** Arguments and stack of a console line, from the payload of its event. */
export function readCall(payload: JsonObject): { args: string[]; trace: string[]; level: string } {
  const args = arrayOf(payload.payload).map((argument) => (typeof argument === 'string' ? argument : (JSON.stringify(argument) ?? 'undefined')))
  return { args, trace: textsOf(payload.trace), level: textOf(payload.level) ?? 'log' }
}
