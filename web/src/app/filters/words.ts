// Parts as words of a sentence: "who visited" /cart, "with" at least 3 rage clicks.

import { counted, duration } from '../../ui/times'
import { isDay, type Filters, type Metric, type NumberOperator, type Part, type PropertyTest, type TextOperator } from './part'

export interface Words {
  /** Stands before what can be changed; may be empty. */
  readonly lead: string
  readonly what: string
}

/** One of them, and several. */
export const METRIC_WORDS: Readonly<Record<Metric, readonly [one: string, many: string]>> = {
  duration: ['length', 'length'],
  active_seconds: ['active time', 'active time'],
  inactive_seconds: ['idle time', 'idle time'],
  click_count: ['click', 'clicks'],
  keypress_count: ['key press', 'key presses'],
  rage_click_count: ['rage click', 'rage clicks'],
  dead_click_count: ['dead click', 'dead clicks'],
  error_click_count: ['click that caused an error', 'clicks that caused an error'],
  quick_back_count: ['quick way back', 'quick ways back'],
  thrashing_count: ['thrash of the mouse', 'thrashes of the mouse'],
  exception_count: ['exception', 'exceptions'],
  console_error_count: ['console error', 'console errors'],
  console_warn_count: ['console warning', 'console warnings'],
  console_log_count: ['console line', 'console lines'],
  mouse_activity_count: ['movement of the mouse', 'movements of the mouse'],
  event_count: ['recorded change', 'recorded changes'],
  activity_score: ['activity score', 'activity score'],
}

const MEASURED: readonly Metric[] = ['duration', 'active_seconds', 'inactive_seconds']

/** Whether the number is one of seconds. */
export function isMeasured(metric: Metric): boolean {
  return MEASURED.includes(metric)
}

export const NUMBER_OPERATOR_WORDS: Readonly<Record<NumberOperator, string>> = {
  gte: 'at least',
  lte: 'at most',
  gt: 'more than',
  lt: 'less than',
  exact: 'exactly',
}

export const TEXT_OPERATOR_WORDS: Readonly<Record<TextOperator, string>> = {
  icontains: 'contains',
  exact: 'is',
  not_icontains: 'does not contain',
  is_not: 'is not',
  regex: 'matches',
  not_regex: 'does not match',
  is_set: 'is there',
  is_not_set: 'is not there',
  gt: 'is more than',
  gte: 'is at least',
  lt: 'is less than',
  lte: 'is at most',
}

const PROPERTY_WORDS: Readonly<Record<string, string>> = {
  email: 'e-mail address',
  name: 'name',
  distinct_id: 'distinct id',
  $browser: 'browser',
  $os: 'operating system',
  $device_type: 'device',
  $geoip_country_code: 'country code',
  $geoip_country_name: 'country',
  $referring_domain: 'referring site',
  $host: 'host',
  $screen_width: 'screen width',
}

export function propertyName(key: string): string {
  return PROPERTY_WORDS[key] ?? key
}

const PERIODS: Readonly<Record<string, string>> = { '-1h': 'hour', '-24h': '24 hours', '-3d': '3 days', '-7d': '7 days', '-30d': '30 days', '-90d': '90 days' }

export function timeWords({ dateFrom, dateTo }: Pick<Filters, 'dateFrom' | 'dateTo'>): Words {
  if (dateFrom === '' && dateTo === '') return { lead: 'from', what: 'any time' }
  if (dateTo === '') return PERIODS[dateFrom] === undefined ? { lead: 'since', what: dayWords(dateFrom) } : { lead: 'from', what: `the last ${PERIODS[dateFrom]}` }
  if (dateFrom === '') return { lead: 'until', what: dayWords(dateTo) }
  return dateFrom === dateTo ? { lead: 'on', what: dayWords(dateFrom) } : { lead: 'between', what: `${dayWords(dateFrom)} and ${dayWords(dateTo)}` }
}

function dayWords(text: string): string {
  // Made when a day is said: each costs the first list some milliseconds.
  if (isDay(text)) return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(new Date(`${text}T00:00:00`))
  const time = Date.parse(text)
  return Number.isNaN(time) ? text : new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(time)
}

/** `nameOf` knows the names of collections. */
export function wordsOf(part: Part, nameOf: (collection: string) => string | undefined): Words {
  switch (part.kind) {
    case 'person':
      return { lead: 'of', what: `anyone like ${part.text}` }
    case 'property':
      return part.of === 'person' ? { lead: 'of someone whose', what: testWords(part.test) } : { lead: 'where', what: testWords(part.test) }
    case 'page':
      return pageWords(part.operator, part.text)
    case 'event': {
      const properties = part.properties.map(testWords).join(' and ')
      return { lead: 'with the event', what: properties === '' ? part.name : `${part.name} where ${properties}` }
    }
    case 'console':
      return consoleWords(part)
    case 'number':
      return numberWords(part.metric, part.operator, part.value)
    case 'errors':
      return { lead: 'with', what: 'an error' }
    case 'live':
      return { lead: '', what: 'live now' }
    case 'comment':
      return { lead: 'with a comment that says', what: part.text }
    case 'source':
      return { lead: 'from', what: part.source === 'web' ? 'the web' : part.source === 'mobile' ? 'a mobile app' : part.source }
    case 'unwatched':
      return { lead: 'that', what: part.by === 'me' ? 'I have not watched' : 'nobody has watched' }
    case 'collection':
      return { lead: part.isNot ? 'not in the collection' : 'in the collection', what: nameOf(part.id) ?? part.id }
    case 'other':
      return { lead: 'where', what: JSON.stringify(part.filter) }
    default:
      return part satisfies never
  }
}

function pageWords(operator: string, text: string): Words {
  switch (operator) {
    case 'exact':
      return { lead: 'who visited exactly', what: text }
    case 'not_icontains':
      return { lead: 'who never visited', what: text }
    case 'regex':
      return { lead: 'who visited a page that matches', what: text }
    default:
      return { lead: 'who visited', what: text }
  }
}

const LEVEL_WORDS = { error: 'error', warn: 'warning', log: 'message' } as const

function consoleWords({ level, text }: Part & { kind: 'console' }): Words {
  const line = `a console ${level === undefined ? 'line' : LEVEL_WORDS[level]}`
  return text === '' ? { lead: 'with', what: line } : { lead: `with ${line} that says`, what: text }
}

function numberWords(metric: Metric, operator: NumberOperator, value: number): Words {
  const bound = NUMBER_OPERATOR_WORDS[operator]
  if (metric === 'duration') return { lead: 'that took', what: `${bound} ${duration(value * 1000)}` }
  if (isMeasured(metric)) return { lead: 'with', what: `${bound} ${duration(value * 1000)} of ${METRIC_WORDS[metric][0]}` }
  if (metric === 'activity_score') return { lead: 'with an activity score of', what: `${bound} ${value}` }
  return { lead: 'with', what: `${bound} ${counted(value, ...METRIC_WORDS[metric])}` }
}

function testWords({ key, operator, values }: PropertyTest): string {
  const told = operator === 'is_set' || operator === 'is_not_set' ? '' : ` ${values.join(' or ')}`
  return `${propertyName(key)} ${TEXT_OPERATOR_WORDS[operator]}${told}`
}
