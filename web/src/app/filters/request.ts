// Filters as the server is asked for them: parameters of the list (docs/filters.md), which saved filters keep as well.
//
// Every part comes to one filter of its own, so that nothing that is said apart is put together by the server: a level and a
// text of one console line are one filter, two console lines are two.

import type { JsonObject } from '../../format/json'
import { isDay, ORDERS, type Filters, type Parameter, type Part, type PropertyTest } from './part'

/** By name; texts as they are, everything else as JSON. */
export type Parameters = Readonly<Record<string, string | number | boolean | readonly JsonObject[]>>

const DAY_MS = 24 * 60 * 60 * 1000

/** What is asked of the server: a day is meant in the viewer's zone, from its first to its last millisecond. */
export function toParameters(filters: Filters): Parameters {
  const parameters: Record<string, string | number | boolean | JsonObject[]> = {}
  const from = beginOfDay(filters.dateFrom)
  const to = beginOfDay(filters.dateTo)
  if (filters.dateFrom) parameters.date_from = from === undefined ? filters.dateFrom : new Date(from).toISOString()
  if (filters.dateTo) parameters.date_to = to === undefined ? filters.dateTo : new Date(nextDay(to) - 1).toISOString()
  for (const part of filters.parts) {
    const { parameter, value } = askedBy(part)
    if (typeof value !== 'object') parameters[parameter] = value
    else {
      const before = parameters[parameter]
      parameters[parameter] = typeof before === 'object' ? [...before, value] : [value]
    }
  }
  if (filters.match === 'any') parameters.operand = 'OR'
  if (filters.order !== 'newest') {
    const { order, direction } = ORDERS[filters.order]
    parameters.order = order
    parameters.order_direction = direction
  }
  return parameters
}

export function toRequest(filters: Filters): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(toParameters(filters))) {
    query.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value))
  }
  return query
}

function beginOfDay(text: string): number | undefined {
  return isDay(text) ? new Date(`${text}T00:00:00`).getTime() : undefined
}

/** Days of 23 and of 25 hours are days. */
function nextDay(begin: number): number {
  const middle = new Date(begin + 1.5 * DAY_MS)
  return new Date(middle.getFullYear(), middle.getMonth(), middle.getDate()).getTime()
}

type Asked =
  | { readonly parameter: Parameter; readonly value: JsonObject }
  | { readonly parameter: 'live' | 'hide_viewed_recordings'; readonly value: string }

/** The parameter that a part comes to. The server names it in what it refuses. */
export function askedBy(part: Part): Asked {
  switch (part.kind) {
    case 'person':
      return { parameter: 'properties', value: somebody(part.text) }
    case 'property':
      return { parameter: 'properties', value: { type: part.of, ...filterOf(part.test) } }
    case 'page':
      return { parameter: 'properties', value: { type: 'recording', key: 'visited_page', operator: part.operator, value: part.text } }
    case 'event': {
      const properties = part.properties.map((test) => ({ type: 'event', ...filterOf(test) }))
      return { parameter: 'events', value: { id: part.name, type: 'events', ...(properties.length > 0 && { properties }) } }
    }
    case 'console':
      return { parameter: 'properties', value: consoleLine(part.level, part.text) }
    case 'number':
      return { parameter: 'having_predicates', value: { type: 'recording', key: part.metric, operator: part.operator, value: part.value } }
    case 'errors':
      return { parameter: 'properties', value: { type: 'OR', values: [anyOf('console_error_count'), anyOf('exception_count')] } }
    case 'live':
      return { parameter: 'live', value: '1' }
    case 'comment':
      return { parameter: 'comment_text', value: { type: 'recording', key: 'comment_text', operator: 'icontains', value: part.text } }
    case 'source':
      return { parameter: 'having_predicates', value: { type: 'recording', key: 'snapshot_source', operator: 'exact', value: part.source } }
    case 'unwatched':
      return { parameter: 'hide_viewed_recordings', value: part.by === 'me' ? 'current-user' : 'any-user' }
    case 'collection':
      return { parameter: 'having_predicates', value: { type: 'recording', key: 'collection', operator: part.isNot ? 'is_not' : 'exact', value: part.id } }
    case 'other':
      return { parameter: part.parameter, value: part.filter }
    default:
      return part satisfies never
  }
}

/** By all that one may know of a visitor. */
function somebody(text: string): JsonObject {
  const has = (key: string): JsonObject => ({ type: 'person', key, operator: 'icontains', value: text })
  return { type: 'OR', values: [has('distinct_id'), has('email'), has('name')] }
}

function consoleLine(level: string | undefined, text: string): JsonObject {
  if (text === '') return { type: 'log_entry', key: 'level', operator: 'exact', value: level === undefined ? ['log', 'warn', 'error'] : [level] }
  return { type: 'log_entry', key: 'message', operator: 'icontains', value: text, ...(level !== undefined && { level }) }
}

function anyOf(key: string): JsonObject {
  return { type: 'recording', key, operator: 'gt', value: 0 }
}

function filterOf({ key, operator, values }: PropertyTest): JsonObject {
  if (operator === 'is_set' || operator === 'is_not_set') return { key, operator }
  return { key, operator, value: values.length === 1 ? values[0] : values }
}
