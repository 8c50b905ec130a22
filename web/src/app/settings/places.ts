// The parts of the settings and their addresses: `/settings/<part>`, and the project in the query where it is not the first.

import { useCallback, useEffect, useState } from 'preact/hooks'

export const PARTS = [
  { name: 'project', title: 'Project' },
  { name: 'install', title: 'Installation' },
  { name: 'recording', title: 'What is recorded' },
  { name: 'retention', title: 'Retention' },
  { name: 'storage', title: 'Storage' },
  { name: 'health', title: 'Health of ingestion' },
  { name: 'keys', title: 'API keys' },
  { name: 'users', title: 'Users' },
] as const

export type PartName = (typeof PARTS)[number]['name']

export interface Place {
  /** Undefined: the address names none that there is. */
  readonly part: PartName | undefined
  /** Undefined: the first that is seen. */
  readonly project: number | undefined
}

export function readPlace(path: string, query: string): Place {
  const name = /^\/settings\/?([^/]*)\/?$/.exec(path)?.[1] ?? ''
  const project = Number(new URLSearchParams(query).get('project'))
  return {
    part: name === '' ? 'project' : PARTS.find((part) => part.name === name)?.name,
    project: Number.isInteger(project) && project > 0 ? project : undefined,
  }
}

export function addressOf(place: Place): string {
  const query = place.project === undefined ? '' : `?project=${place.project}`
  return `/settings/${place.part ?? 'project'}${query}`
}

/** Where the reader is, and how to go elsewhere without loading the page anew. */
export function usePlace(): readonly [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => readPlace(location.pathname, location.search))
  useEffect(() => {
    const back = (): void => setPlace(readPlace(location.pathname, location.search))
    addEventListener('popstate', back)
    return () => removeEventListener('popstate', back)
  }, [])
  const go = useCallback((next: Place) => {
    history.pushState(null, '', addressOf(next))
    setPlace(next)
  }, [])
  return [place, go]
}
