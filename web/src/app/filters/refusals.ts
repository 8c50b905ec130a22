// Which part it was that the server did not take. It names a parameter, to which several parts may have come: then each is asked for
// alone.

import { useEffect, useState } from 'preact/hooks'
import { foundBy } from '../../sources/list'
import { SourceError } from '../../sources/source'
import type { Refusals } from './filter-bar'
import { NO_FILTERS, type Filters, type Part } from './part'
import { askedBy, toRequest } from './request'

const NONE: Refusals = new Map()

/** What is said at the parts; empty where the failure is of another kind. */
export function useRefusals(filters: Filters, error: Error | undefined): Refusals {
  const [refusals, setRefusals] = useState<Refusals>(NONE)
  useEffect(() => {
    const abort = new AbortController()
    setRefusals(NONE)
    if (error instanceof SourceError && error.attr !== undefined) {
      findRefused(filters, error, error.attr, abort.signal).then(
        (found) => {
          if (!abort.signal.aborted) setRefusals(found)
        },
        () => undefined,
      )
    }
    return () => abort.abort()
    // The error is of these filters: another one comes with others.
  }, [error])
  return refusals
}

async function findRefused(filters: Filters, { message }: Error, attr: string, signal: AbortSignal): Promise<Refusals> {
  if (attr === 'date_from' || attr === 'date_to') return new Map([['time', message]])
  const suspects = filters.parts.flatMap((part, at) => (askedBy(part).parameter === attr ? [{ part, at }] : []))
  const [only] = suspects
  if (only && suspects.length === 1) return new Map([[only.at, message]])
  const answers = await Promise.all(suspects.map(async ({ part, at }) => ({ at, says: await refusalOf(part, signal) })))
  return new Map(answers.flatMap(({ at, says }) => (says === undefined ? [] : [[at, says] as const])))
}

async function refusalOf(part: Part, signal: AbortSignal): Promise<string | undefined> {
  try {
    await foundBy(toRequest({ ...NO_FILTERS, parts: [part] })).page({ limit: 1 }, signal)
    return undefined
  } catch (error) {
    return error instanceof SourceError && error.attr !== undefined ? error.message : undefined
  }
}
