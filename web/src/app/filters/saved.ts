// Filters that somebody saved, as parts again: those of this page, and those of other clients of the API, which may keep them as a
// tree (`filter_group`). What has no words here stays as it is, so that opening and saving them again loses nothing.

import { arrayOf, numberOf, objectOf, textOf, type JsonObject } from '../../format/json'
import {
  isOneOf,
  LEVELS,
  METRICS,
  NO_FILTERS,
  NUMBER_OPERATORS,
  ORDER_NAMES,
  ORDERS,
  PAGE_OPERATORS,
  PARAMETERS,
  TEXT_OPERATORS,
  type Filters,
  type OrderName,
  type Parameter,
  type Part,
  type PropertyTest,
} from './part'
import { askedBy } from './request'

export function readSaved(saved: JsonObject): Filters {
  const group = objectOf(saved.filter_group)
  const tree = group ? leavesOf(group, 0) : []
  const own = PARAMETERS.flatMap((parameter) => filtersOf(saved[parameter]).map((filter) => ({ parameter, filter })))
  const durations = filtersOf(saved.duration).map((filter) => ({ parameter: 'having_predicates', filter }) as const)
  const operand = textOf(saved.operand) ?? textOf(group?.type)
  return {
    ...NO_FILTERS,
    dateFrom: readDay(textOf(saved.date_from)),
    dateTo: readDay(textOf(saved.date_to)),
    parts: [...flagged(saved), ...[...own, ...tree, ...durations].map(({ parameter, filter }) => readPart(parameter, filter))],
    match: operand?.toUpperCase() === 'OR' ? 'any' : 'all',
    order: readOrder(textOf(saved.order), textOf(saved.order_direction)),
  }
}

interface Leaf {
  readonly parameter: Parameter
  readonly filter: JsonObject
}

function filtersOf(value: unknown): JsonObject[] {
  const one = objectOf(value)
  const all: readonly unknown[] = one ? [one] : arrayOf(value)
  return all.map(objectOf).filter((filter) => filter !== undefined)
}

/** As the server reads the tree: which parameter a leaf belongs to is said by its type. */
function leavesOf(node: JsonObject, depth: number): Leaf[] {
  if (Array.isArray(node.values)) {
    return depth > 16 ? [] : arrayOf(node.values).flatMap((child) => leavesOf(objectOf(child) ?? {}, depth + 1))
  }
  const parameters = new Map<unknown, Parameter>([['events', 'events'], ['log_entry', 'console_log_filters'], ['recording', 'having_predicates']])
  return [{ parameter: parameters.get(node.type) ?? 'properties', filter: node }]
}

function flagged(saved: JsonObject): Part[] {
  const isOn = (value: unknown): boolean => value === true || value === 1 || value === '1' || value === 'true'
  const parts: Part[] = []
  const { person, page, errors, live, hide_viewed_recordings: hidden } = saved
  if (typeof person === 'string' && person !== '') parts.push({ kind: 'person', text: person })
  if (typeof page === 'string' && page !== '') parts.push({ kind: 'page', operator: 'icontains', text: page })
  if (isOn(errors)) parts.push({ kind: 'errors' })
  if (isOn(live)) parts.push({ kind: 'live' })
  if (isOn(hidden) || hidden === 'current-user') parts.push({ kind: 'unwatched', by: 'me' })
  if (hidden === 'any-user') parts.push({ kind: 'unwatched', by: 'anybody' })
  return parts
}

function readPart(parameter: Parameter, filter: JsonObject): Part {
  const part = known(parameter, filter)
  const other: Part = { kind: 'other', parameter, filter }
  // Nothing of it may get lost: a part is what it was read from, or it is not used.
  return part && says(askedBy(part).value, filter) ? part : other
}

function known(parameter: Parameter, filter: JsonObject): Part | undefined {
  if (parameter === 'events') return readEvent(filter)
  const text = textOf(filter.value)
  if (parameter === 'comment_text') return text === undefined ? undefined : { kind: 'comment', text }
  if (Array.isArray(filter.values)) return readGroup(filter)
  const key = textOf(filter.key)
  if (key === undefined) return undefined
  switch (textOf(filter.type)) {
    case 'person':
    case 'event': {
      const test = readTest(filter)
      return test && { kind: 'property', of: filter.type === 'person' ? 'person' : 'event', test }
    }
    case 'log_entry':
      return readConsole(key, filter)
    case 'recording':
      return readOfRecording(key, filter)
    default:
      return undefined
  }
}

function readOfRecording(key: string, filter: JsonObject): Part | undefined {
  const text = textOf(filter.value) ?? textOf(arrayOf(filter.value)[0])
  const operator = textOf(filter.operator)
  const value = numberOf(filter.value) ?? numberOf(text === undefined || text === '' ? undefined : Number(text))
  if (isOneOf(METRICS, key) && isOneOf(NUMBER_OPERATORS, operator) && value !== undefined) return { kind: 'number', metric: key, operator, value }
  if (text === undefined) return undefined
  if (key === 'visited_page' && isOneOf(PAGE_OPERATORS, operator)) return { kind: 'page', operator, text }
  if (key === 'snapshot_source') return { kind: 'source', source: text }
  if (key === 'collection') return { kind: 'collection', id: text, isNot: operator === 'is_not' }
  return undefined
}

function readConsole(key: string, filter: JsonObject): Part | undefined {
  if (key === 'level') {
    const levels = Array.isArray(filter.value) ? arrayOf(filter.value) : [filter.value]
    const level = levels.length === 1 ? textOf(levels[0]) : undefined
    return { kind: 'console', level: isOneOf(LEVELS, level) ? level : undefined, text: '' }
  }
  const text = textOf(filter.value)
  const level = textOf(filter.level)
  if (key !== 'message' || text === undefined) return undefined
  return { kind: 'console', level: isOneOf(LEVELS, level) ? level : undefined, text }
}

function readGroup(filter: JsonObject): Part | undefined {
  const first = objectOf(arrayOf(filter.values)[0])
  const text = textOf(first?.value)
  return first?.key === 'console_error_count' ? { kind: 'errors' } : text === undefined ? undefined : { kind: 'person', text }
}

function readEvent(filter: JsonObject): Part | undefined {
  const name = textOf(filter.id)
  const properties = arrayOf(filter.properties).map((test) => readTest(objectOf(test) ?? {}))
  if (name === undefined || !properties.every((test) => test !== undefined)) return undefined
  return { kind: 'event', name, properties }
}

function readTest(filter: JsonObject): PropertyTest | undefined {
  const key = textOf(filter.key)
  const operator = textOf(filter.operator) ?? 'exact'
  if (key === undefined || !isOneOf(TEXT_OPERATORS, operator)) return undefined
  const values = Array.isArray(filter.value) ? arrayOf(filter.value) : filter.value === undefined || filter.value === null ? [] : [filter.value]
  return { key, operator, values: values.map(String) }
}

/** Whether two filters say the same: a value alone and in a list, a number and its text, an operator that is not named. */
function says(ours: unknown, theirs: unknown): boolean {
  const mine = objectOf(ours)
  const other = objectOf(theirs)
  if (!mine || !other) return JSON.stringify(listed(ours)) === JSON.stringify(listed(theirs))
  const meant = (filter: JsonObject, key: string): unknown => {
    if (key === 'operator') return filter.operator ?? 'exact'
    if (key === 'properties') return arrayOf(filter.properties)
    return filter[key]
  }
  // Names, orders and labels that other clients keep beside a filter say nothing of recordings.
  const telling = ['type', 'id', 'key', 'operator', 'value', 'level', 'values', 'properties']
  return telling.every((key) => {
    const [a, b] = [meant(mine, key), meant(other, key)]
    if (key === 'type' && (a === undefined || b === undefined)) return true
    if (Array.isArray(a) && Array.isArray(b) && a.some(objectOf)) return a.length === b.length && a.every((one, at) => says(one, b[at]))
    return says(a, b)
  })
}

function listed(value: unknown): unknown {
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? value : [value]).map(String)
}

/** A time that is the first or the last moment of a day of the viewer's is shown as that day. */
function readDay(text: string | undefined): string {
  if (text === undefined || text === 'null') return ''
  const time = /T/.test(text) ? Date.parse(text) : NaN
  if (Number.isNaN(time)) return text
  const date = new Date(time)
  const inDay = date.getHours() * 3_600_000 + date.getMinutes() * 60_000 + date.getSeconds() * 1000 + date.getMilliseconds()
  if (inDay !== 0 && inDay !== 24 * 3_600_000 - 1) return text
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

function readOrder(order: string | undefined, direction: string | undefined): OrderName {
  const wanted = direction?.toUpperCase() === 'ASC' ? 'ASC' : 'DESC'
  return ORDER_NAMES.find((name) => ORDERS[name].order === order && ORDERS[name].direction === wanted) ?? 'newest'
}
