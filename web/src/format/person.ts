// A person, as the server knows them.

import { arrayOf, objectOf, textOf, textsOf } from './json'

export interface KnownPerson {
  readonly name: string
  readonly distinctIds: readonly string[]
  /** Values as they came. */
  readonly properties: Readonly<Record<string, unknown>>
  /** Epoch milliseconds. */
  readonly createdAt: number | undefined
}

/** The first of a page of persons; undefined where there is none. */
export function readPersons(value: unknown): KnownPerson | undefined {
  const person = objectOf(arrayOf(objectOf(value)?.results)[0])
  if (!person) return undefined
  return {
    name: textOf(person.name) ?? '',
    distinctIds: textsOf(person.distinct_ids),
    properties: objectOf(person.properties) ?? {},
    createdAt: Date.parse(textOf(person.created_at) ?? '') || undefined,
  }
}
