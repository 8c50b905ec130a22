// Persons on the server.

import { readPersons, type KnownPerson } from '../format/person'
import { callJson, PROJECT } from './call'

/** Undefined where nobody has this distinct id. */
export async function fetchPerson(distinctId: string): Promise<KnownPerson | undefined> {
  return readPersons(await callJson(`${PROJECT}persons/?${new URLSearchParams({ distinct_id: distinctId, limit: '1' })}`))
}
