// Stacks: the lines in which browsers write where an error came from, taken apart.

export interface Frame {
  /** The function; may be empty. */
  readonly name: string
  /** The address of the script; empty where the line has another form. */
  readonly file: string
  readonly line: number
  readonly column: number
  /** As it was written. */
  readonly text: string
}

/** `at name (file:1:2)`, `at file:1:2`, `name@file:1:2`, `name (file:1:2)`, `file:1:2`. */
export function readFrame(text: string): Frame {
  const trimmed = text.trim()
  const bare = trimmed.replace(/^at /, '')
  const match = /^(?:(.*?) \((.+):(\d+):(\d+)\)|([^@\s]*)@(.+):(\d+):(\d+)|(\S+):(\d+):(\d+))$/.exec(bare)
  if (!match) return { name: '', file: '', line: 0, column: 0, text: trimmed }
  const [, inParens, file1, line1, column1, beforeAt, file2, line2, column2, file3, line3, column3] = match
  return {
    name: (inParens ?? beforeAt ?? '').replace(/^async /, ''),
    file: file1 ?? file2 ?? file3 ?? '',
    line: Number(line1 ?? line2 ?? line3),
    column: Number(column1 ?? column2 ?? column3),
    text: trimmed,
  }
}

/** `app.js:55:13`: the last part of the script's address. */
export function placeOf(frame: Frame): string {
  if (frame.file === '') return ''
  const path = frame.file.replace(/[?#].*$/, '')
  const file = path.slice(path.lastIndexOf('/') + 1) || path
  return `${file}:${frame.line}:${frame.column}`
}

/** Whether a line of an error's text belongs to its stack. */
export function isFrameLine(line: string): boolean {
  return /^\s*at \S/.test(line) || /@\S+:\d+:\d+$/.test(line)
}
