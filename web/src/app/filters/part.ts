// What a list can be asked for: a time, an order, and parts that each say one thing about a recording.
//
// A part is a value without any behaviour; its words, its place in the address and what the server is asked are in the files
// beside this one, each of which covers every kind.

import type { JsonObject } from '../../format/json'

export const METRICS = [
  'duration',
  'active_seconds',
  'inactive_seconds',
  'click_count',
  'keypress_count',
  'rage_click_count',
  'dead_click_count',
  'error_click_count',
  'quick_back_count',
  'thrashing_count',
  'exception_count',
  'console_error_count',
  'console_warn_count',
  'console_log_count',
  'mouse_activity_count',
  'event_count',
  'activity_score',
] as const

export type Metric = (typeof METRICS)[number]

export const NUMBER_OPERATORS = ['gte', 'lte', 'gt', 'lt', 'exact'] as const

export type NumberOperator = (typeof NUMBER_OPERATORS)[number]

export const TEXT_OPERATORS = [
  'icontains',
  'exact',
  'not_icontains',
  'is_not',
  'regex',
  'not_regex',
  'is_set',
  'is_not_set',
  'gt',
  'gte',
  'lt',
  'lte',
] as const

export type TextOperator = (typeof TEXT_OPERATORS)[number]

export const PAGE_OPERATORS = ['icontains', 'exact', 'not_icontains', 'regex'] as const

export type PageOperator = (typeof PAGE_OPERATORS)[number]

export const LEVELS = ['error', 'warn', 'log'] as const

export type Level = (typeof LEVELS)[number]

/** A property of an event or a person, as it must be. With `exact` and `is_not` one of the values is enough. */
export interface PropertyTest {
  readonly key: string
  readonly operator: TextOperator
  readonly values: readonly string[]
}

/** A parameter of the list whose filters are JSON. */
export const PARAMETERS = ['properties', 'events', 'console_log_filters', 'having_predicates', 'comment_text'] as const

export type Parameter = (typeof PARAMETERS)[number]

export type Part =
  /** Somebody whose id, e-mail address or name has this text in it. */
  | { readonly kind: 'person'; readonly text: string }
  | { readonly kind: 'property'; readonly of: 'person' | 'event'; readonly test: PropertyTest }
  | { readonly kind: 'page'; readonly operator: PageOperator; readonly text: string }
  /** All properties are those of one event. */
  | { readonly kind: 'event'; readonly name: string; readonly properties: readonly PropertyTest[] }
  /** Without a level any of them; without a text any line. */
  | { readonly kind: 'console'; readonly level: Level | undefined; readonly text: string }
  | { readonly kind: 'number'; readonly metric: Metric; readonly operator: NumberOperator; readonly value: number }
  /** An error in the console, or an exception. */
  | { readonly kind: 'errors' }
  | { readonly kind: 'live' }
  | { readonly kind: 'comment'; readonly text: string }
  | { readonly kind: 'source'; readonly source: string }
  | { readonly kind: 'unwatched'; readonly by: 'me' | 'anybody' }
  | { readonly kind: 'collection'; readonly id: string; readonly isNot: boolean }
  /** A filter that somebody saved and that this page has no words for: kept as it is. */
  | { readonly kind: 'other'; readonly parameter: Parameter; readonly filter: JsonObject }

export type PartKind = Part['kind']

export const ORDERS = {
  newest: { words: 'newest first', order: 'start_time', direction: 'DESC' },
  oldest: { words: 'oldest first', order: 'start_time', direction: 'ASC' },
  longest: { words: 'longest first', order: 'duration', direction: 'DESC' },
  active: { words: 'most active first', order: 'activity_score', direction: 'DESC' },
  clicks: { words: 'most clicks first', order: 'click_count', direction: 'DESC' },
  keys: { words: 'most key presses first', order: 'keypress_count', direction: 'DESC' },
  errors: { words: 'most errors first', order: 'console_error_count', direction: 'DESC' },
  rage: { words: 'most rage clicks first', order: 'rage_click_count', direction: 'DESC' },
} as const

export type OrderName = keyof typeof ORDERS

// The cast states what `Object.keys` forgets.
export const ORDER_NAMES = Object.keys(ORDERS) as readonly OrderName[]

export interface Filters {
  /** As the API takes it: `-24h`, `-7d`, a day of the viewer's (`2026-05-04`), or a time. Empty: no limit. */
  readonly dateFrom: string
  readonly dateTo: string
  readonly parts: readonly Part[]
  /** Whether all parts must hold or one is enough. What is always so, the time above all, is no part of this choice. */
  readonly match: 'all' | 'any'
  readonly order: OrderName
}

export const NO_FILTERS: Filters = { dateFrom: '', dateTo: '', parts: [], match: 'all', order: 'newest' }

/** Whether something may be left out of the list. An order leaves nothing out. */
export function anyFilter(filters: Filters): boolean {
  return filters.parts.length > 0 || filters.dateFrom !== '' || filters.dateTo !== ''
}

/** Whether the choice between all and any is about this part. */
export function isJoinable(part: Part): boolean {
  switch (part.kind) {
    case 'live':
    case 'unwatched':
    case 'comment':
      return false
    case 'other':
      return part.parameter !== 'comment_text'
    case 'person':
    case 'property':
    case 'page':
    case 'event':
    case 'console':
    case 'number':
    case 'errors':
    case 'source':
    case 'collection':
      return true
    default:
      return part satisfies never
  }
}

export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
}

export function isOneOf<T extends string>(known: readonly T[], text: string | undefined): text is T {
  return known.some((one) => one === text)
}
