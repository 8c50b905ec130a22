// Times and counts, as people read them. Everything is in the viewer's own zone and language.

// Made when they are needed: the first of them loads all that a browser knows of languages, which takes tens of milliseconds.
const exact = once(() => new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }))
const sameYear = once(() => new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }))
const otherYear = once(() => new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }))
const count = once(() => new Intl.NumberFormat())

function once<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export function exactTime(epochMs: number): string {
  return exact().format(epochMs)
}

/** Without the date; undefined where the browser does not know the zone. */
export function timeOfDay(epochMs: number, timeZone?: string): string | undefined {
  try {
    return new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', ...(timeZone === undefined ? {} : { timeZone }) }).format(epochMs)
  } catch {
    return undefined
  }
}

/** "3 min ago" within a day, then the date. */
export function relativeTime(epochMs: number, now: number): string {
  const ago = now - epochMs
  if (ago < 45 * SECOND) return ago > -MINUTE ? 'just now' : sameYear().format(epochMs)
  if (ago < HOUR) return `${Math.round(ago / MINUTE)} min ago`
  if (ago < DAY) return `${Math.round(ago / HOUR)} h ago`
  const isThisYear = new Date(epochMs).getFullYear() === new Date(now).getFullYear()
  return (isThisYear ? sameYear : otherYear)().format(epochMs)
}

/** A place on a clock: 0:07, 12:34, 1:02:03. */
export function clockTime(milliseconds: number): string {
  const total = Math.floor(Math.abs(milliseconds) / SECOND)
  const seconds = String(total % 60).padStart(2, '0')
  const minutes = Math.floor(total / 60) % 60
  const hours = Math.floor(total / 3600)
  const sign = milliseconds < 0 && total > 0 ? '−' : ''
  return hours > 0 ? `${sign}${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${sign}${minutes}:${seconds}`
}

/** How long something took: 8 s, 2 min 5 s, 1 h 4 min. */
export function duration(milliseconds: number): string {
  const total = Math.round(milliseconds / SECOND)
  if (total < 60) return `${total} s`
  if (total < 3600) return total % 60 === 0 ? `${total / 60} min` : `${Math.floor(total / 60)} min ${total % 60} s`
  return `${Math.floor(total / 3600)} h ${Math.floor((total % 3600) / 60)} min`
}

/** How long somebody had to wait: 85 ms, 1.2 s. */
export function waited(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  return milliseconds < 99_500 ? `${(milliseconds / SECOND).toFixed(milliseconds < 9950 ? 1 : 0)} s` : duration(milliseconds)
}

/** Up to three digits have nothing between them. */
export function number(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1000 ? String(value) : count().format(value)
}

/** "1 click", "3 clicks". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`
}

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`
  if (value < 1e6) return `${(value / 1e3).toFixed(0)} kB`
  if (value < 1e9) return `${(value / 1e6).toFixed(1)} MB`
  return value < 1e12 ? `${(value / 1e9).toFixed(1)} GB` : `${(value / 1e12).toFixed(2)} TB`
}
