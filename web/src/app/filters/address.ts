// Filters as the page's address has them, so that a filtered list is a link that people can read:
//
//   /?date_from=-7d&page=/cart&rage_click_count.gte=3&console.error=basket
//
// A name is a part's kind, where it needs one with an operator behind the last dot. What was written is read again as it was;
// what nobody wrote is passed over. `person`, `page`, `errors=1` and `live=1` are as old as the list.

import { objectOf, parseJson } from '../../format/json'
import {
  isOneOf,
  LEVELS,
  METRICS,
  NUMBER_OPERATORS,
  ORDER_NAMES,
  PAGE_OPERATORS,
  PARAMETERS,
  TEXT_OPERATORS,
  type Filters,
  type Part,
  type PropertyTest,
} from './part'

type Pair = readonly [name: string, value: string]

export function readFilters(search: string): Filters {
  const pairs = [...new URLSearchParams(search)]
  const query = new Map(pairs)
  const order = query.get('order') ?? ''
  return {
    dateFrom: query.get('date_from') ?? '',
    dateTo: query.get('date_to') ?? '',
    parts: pairs.flatMap(([name, value]) => readPart(name, value) ?? []),
    match: query.get('match') === 'any' ? 'any' : 'all',
    order: isOneOf(ORDER_NAMES, order) ? order : 'newest',
  }
}

/** Without the question mark; empty where nothing is asked. */
export function toQuery(filters: Filters): string {
  const pairs: Pair[] = []
  if (filters.dateFrom) pairs.push(['date_from', filters.dateFrom])
  if (filters.dateTo) pairs.push(['date_to', filters.dateTo])
  pairs.push(...filters.parts.map(pairOf))
  if (filters.match === 'any') pairs.push(['match', 'any'])
  if (filters.order !== 'newest') pairs.push(['order', filters.order])
  return pairs.map(([name, value]) => `${spelled(name)}=${spelled(value)}`).join('&')
}

/** What a query may hold as it is, stays: `/cart` reads better than `%2Fcart`. */
function spelled(text: string): string {
  return encodeURIComponent(well(text)).replace(/%(2F|3A|40|24|2C|3F|7C)/g, (code) => decodeURIComponent(code))
}

/** Half an emoji cannot stand in an address. */
function well(text: string): string {
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (found) => (found.length === 2 ? found : '\ufffd'))
}

function pairOf(part: Part): Pair {
  switch (part.kind) {
    case 'person':
      return ['person', part.text]
    case 'property':
      return [`${part.of === 'person' ? 'person' : 'property'}.${part.test.key}.${part.test.operator}`, joined(part.test.values, ',')]
    case 'page':
      return [part.operator === 'icontains' ? 'page' : `page.${part.operator}`, part.text]
    case 'event':
      return ['event', joined([part.name, ...part.properties.map(testText)], '|')]
    case 'console':
      return [part.level === undefined ? 'console' : `console.${part.level}`, part.text]
    case 'number':
      return [`${part.metric}.${part.operator}`, String(part.value)]
    case 'errors':
    case 'live':
      return [part.kind, '1']
    case 'comment':
      return ['comment', part.text]
    case 'source':
      return ['source', part.source]
    case 'unwatched':
      return ['unwatched', part.by]
    case 'collection':
      return [part.isNot ? 'collection.not' : 'collection', part.id]
    case 'other':
      return [`filter.${part.parameter}`, JSON.stringify(part.filter)]
    default:
      return part satisfies never
  }
}

function readPart(name: string, value: string): Part | undefined {
  const dot = name.lastIndexOf('.')
  const [head, last] = dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)]
  const text = value.trim()
  if (isOneOf(METRICS, head) && isOneOf(NUMBER_OPERATORS, last)) {
    const number = Number(text)
    return text === '' || !Number.isFinite(number) ? undefined : { kind: 'number', metric: head, operator: last, value: number }
  }
  const property = /^(person|property)\.(.+)$/s.exec(head)
  if (property?.[2] !== undefined && isOneOf(TEXT_OPERATORS, last)) {
    const test = { key: property[2], operator: last, values: value === '' ? [] : split(value, ',') }
    return { kind: 'property', of: property[1] === 'person' ? 'person' : 'event', test }
  }
  switch (name) {
    case 'person':
      return text === '' ? undefined : { kind: 'person', text }
    case 'event':
      return readEvent(value)
    case 'errors':
    case 'live':
      return value === '1' ? { kind: name } : undefined
    case 'comment':
      return text === '' ? undefined : { kind: 'comment', text }
    case 'source':
      return text === '' ? undefined : { kind: 'source', source: text }
    case 'unwatched':
      return value === 'me' || value === 'anybody' ? { kind: 'unwatched', by: value } : undefined
    case 'collection':
    case 'collection.not':
      return text === '' ? undefined : { kind: 'collection', id: text, isNot: name !== 'collection' }
    case 'console':
      return { kind: 'console', level: undefined, text }
    case 'page':
      return text === '' ? undefined : { kind: 'page', operator: 'icontains', text }
    default:
      return readDotted(head, last, value)
  }
}

function readDotted(head: string, last: string | undefined, value: string): Part | undefined {
  if (head === 'page' && isOneOf(PAGE_OPERATORS, last) && value !== '') return { kind: 'page', operator: last, text: value.trim() }
  if (head === 'console' && isOneOf(LEVELS, last)) return { kind: 'console', level: last, text: value.trim() }
  if (head !== 'filter' || !isOneOf(PARAMETERS, last)) return undefined
  const filter = objectOf(parseJson(value))
  return filter && { kind: 'other', parameter: last, filter }
}

function readEvent(value: string): Part | undefined {
  const [name = '', ...tests] = split(value, '|')
  if (name === '') return undefined
  return { kind: 'event', name, properties: tests.flatMap((test) => readTest(test) ?? []) }
}

function testText({ key, operator, values }: PropertyTest): string {
  return `${key}.${operator}=${joined(values, ',')}`
}

function readTest(text: string): PropertyTest | undefined {
  const found = /^(.+?)\.([a-z_]+)=(.*)$/s.exec(text)
  const [, key, operator, values] = found ?? []
  if (key === undefined || values === undefined || !isOneOf(TEXT_OPERATORS, operator)) return undefined
  return { key, operator, values: values === '' ? [] : split(values, ',') }
}

/** Several texts as one. What stands between them has a backslash before it where it is part of a text. */
function joined(texts: readonly string[], mark: ',' | '|'): string {
  return texts.map((text) => text.replace(mark === ',' ? /[\\,]/g : /[\\|]/g, '\\$&')).join(mark)
}

function split(text: string, mark: ',' | '|'): string[] {
  const parts = ['']
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === mark) parts.push('')
    else parts.push(parts.pop() + (character === '\\' ? text.charAt(++at) : character))
  }
  return parts
}
