// What the server answers who opens a link.

import { arrayOf, numberOf, objectOf, textOf, type JsonObject } from './json'
import { readRecordingFacts, type RecordingFacts } from './listing'

export interface OpenedShare {
  /** To be sent with every request that follows. */
  readonly pass: string
  readonly projectId: number
  readonly kind: 'recording' | 'collection'
  /** Of a collection. */
  readonly name: string
  readonly recordings: readonly RecordingFacts[]
  readonly settings: JsonObject
}

export function readOpenedShare(value: unknown): OpenedShare | undefined {
  const opened = objectOf(value)
  const pass = textOf(opened?.shareToken)
  const projectId = numberOf(opened?.project_id)
  if (!opened || pass === undefined || projectId === undefined) return undefined
  return {
    pass,
    projectId,
    kind: opened.type === 'collection' ? 'collection' : 'recording',
    name: textOf(opened.name) ?? '',
    recordings: arrayOf(opened.recordings)
      .map(readRecordingFacts)
      .filter((facts): facts is RecordingFacts => facts !== undefined),
    settings: objectOf(opened.settings) ?? {},
  }
}

export type ShareTheme = 'light' | 'dark' | 'system'

/** How the page of a link looks: what the owner set, unless the address says otherwise. */
export interface ShareLook {
  readonly inspector: boolean
  readonly header: boolean
  readonly brand: boolean
  /** Undefined: as everywhere. */
  readonly autoplay: boolean | undefined
  readonly theme: ShareTheme | undefined
}

export function readShareLook(settings: JsonObject, query: URLSearchParams, isEmbedded: boolean): ShareLook {
  const flag = (name: string): boolean | undefined => {
    const asked = query.get(name)
    // A parameter that is only there means yes, as in PostHog.
    if (asked !== null) return asked !== '0' && asked !== 'false'
    const set = settings[name]
    return typeof set === 'boolean' ? set : undefined
  }
  const theme = query.get('theme') ?? textOf(settings.theme)
  return {
    inspector: flag('showInspector') ?? false,
    header: !(flag('noHeader') ?? isEmbedded),
    brand: !(flag('whitelabel') ?? false),
    autoplay: flag('autoplay'),
    theme: theme === 'light' || theme === 'dark' || theme === 'system' ? theme : undefined,
  }
}
