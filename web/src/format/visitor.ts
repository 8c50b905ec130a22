// The visitor, as far as the recording itself tells: what the SDK says with every analytics event of browser, system, place and way here,
// and what such events say of the person. Also in a copy that has no server to ask.

import { numberOf, objectOf, textOf, type JsonObject } from './json'

/** Names of facts in the order in which they are shown; values as text. */
export type VisitorFacts = Readonly<Record<string, string>>

/** What an event said of the person. */
export interface PersonChange {
  readonly timestamp: number
  readonly distinctId: string
  /** Each value is JSON text. */
  readonly set: Readonly<Record<string, string>>
}

const VALUE_LIMIT = 2000

/** What is known of the visitor so far. */
export interface Visitor {
  readonly facts: VisitorFacts
  readonly changes: readonly PersonChange[]
}

export const NO_VISITOR: Visitor = { facts: {}, changes: [] }

/** What was said first stays: a window may be resized, and the way here is that of the first page. */
export function merge(known: Visitor, more: Visitor): Visitor {
  if (Object.keys(more.facts).length === 0 && more.changes.length === 0) return known
  const changes = [...known.changes, ...more.changes].sort((a, b) => a.timestamp - b.timestamp)
  return { facts: { ...more.facts, ...known.facts }, changes }
}

export function readFacts(properties: JsonObject): VisitorFacts {
  const words = (...names: string[]): string =>
    names.map((name) => properties[name]).filter((value) => typeof value === 'string' || typeof value === 'number').join(' ').slice(0, VALUE_LIMIT)
  const size = (of: string): string => {
    const [width, height] = [numberOf(properties[`$${of}_width`]), numberOf(properties[`$${of}_height`])]
    return width && height ? `${width} × ${height}` : ''
  }
  const referrer = words('$session_entry_referrer') || words('$referrer')
  const facts: Record<string, string> = {
    Browser: words('$browser', '$browser_version'),
    System: words('$os', '$os_version'),
    Device: words('$device_type', '$device'),
    Screen: size('screen'),
    Viewport: size('viewport'),
    Language: words('$browser_language'),
    'Time zone': words('$timezone'),
    Country: words('$geoip_country_name'),
    City: words('$geoip_city_name'),
    'Entry page': words('$session_entry_url'),
    Referrer: referrer === '$direct' ? 'none, came directly' : referrer,
    'User agent': words('$raw_user_agent'),
    Library: words('$lib', '$lib_version'),
  }
  for (const name of ['source', 'medium', 'campaign', 'content', 'term']) {
    facts[`UTM ${name}`] = words(`$session_entry_utm_${name}`) || words(`utm_${name}`)
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== ''))
}

/** What a captured event sets on its person; undefined where it sets nothing. */
export function readChange(timestamp: number, line: JsonObject): PersonChange | undefined {
  const captured = objectOf(line.captured) ?? {}
  const properties = objectOf(captured.properties) ?? {}
  const once = objectOf(captured.$set_once) ?? objectOf(properties.$set_once) ?? {}
  const set = objectOf(captured.$set) ?? objectOf(properties.$set) ?? {}
  const name = textOf(line.name) ?? textOf(captured.event)
  // What is set once goes along with every event; it counts with those that are about the person.
  if (Object.keys(set).length === 0 && name !== '$identify' && name !== '$set') return undefined
  const all = Object.entries({ ...once, ...set }).filter(([, value]) => value !== null)
  const texts = all.map(([key, value]) => [key, (JSON.stringify(value) ?? '').slice(0, VALUE_LIMIT)] as const)
  return { timestamp, distinctId: textOf(line.distinct_id) ?? '', set: Object.fromEntries(texts) }
}

/** What the changes up to `time` make of the person. */
export function propertiesAt(visitor: Visitor, time: number): Readonly<Record<string, string>> {
  return Object.assign({}, ...visitor.changes.filter((change) => change.timestamp <= time).map((change) => change.set)) as Record<string, string> // texts in, texts out
}

/** "Chrome 156 on Mac OS X 15.1, 1440 × 900". */
export function deviceOf({ Browser: browser, System: system, Screen: screen }: VisitorFacts): string {
  if (browser === undefined) return ''
  return `${browser}${system === undefined ? '' : ` on ${system}`}${screen === undefined ? '' : `, ${screen}`}`
}
