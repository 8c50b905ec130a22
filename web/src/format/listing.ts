// What the server lists: a recording's facts, and its blocks.

import { arrayOf, numberOf, objectOf, textOf, textsOf, type JsonObject } from './json'

/** One recording, as the list and the player's side panel show it. */
export interface RecordingFacts {
  readonly id: string
  readonly person: string
  readonly distinctIds: readonly string[]
  readonly start: number
  readonly end: number
  readonly durationSeconds: number
  /** Known when the recording is finished. */
  readonly activeSeconds: number | undefined
  readonly clicks: number
  readonly keys: number
  readonly consoleErrors: number
  readonly consoleWarnings: number
  readonly consoleLogs: number
  readonly exceptions: number
  /** How often the visitor met trouble of each kind; empty until somebody looked. */
  readonly signalCounts: SignalCounts
  readonly windows: number
  readonly events: number
  readonly bytes: number
  readonly startUrl: string
  readonly pages: readonly string[]
  readonly platform: string
  readonly library: string
  /** The browser's own words for itself, where they are known. */
  readonly userAgent: string
  readonly live: boolean
  /** Whether whoever asks watched it; undefined where nobody keeps marks of that, as for a file. */
  readonly viewed: boolean | undefined
  /** Others who watched it. */
  readonly viewers: readonly string[]
  /** What the recording had and this copy of it does not. */
  readonly leftOut: readonly LeftOut[]
}

export interface LeftOut {
  readonly what: string
  readonly count: number
  readonly reason: string
}

export function readRecordingFacts(value: unknown): RecordingFacts | undefined {
  const row = objectOf(value)
  const id = textOf(row?.id)
  if (!row || id === undefined) return undefined
  const person = objectOf(row.person)
  const count = (key: string): number => numberOf(row[key]) ?? 0
  const time = (key: string): number => Date.parse(textOf(row[key]) ?? '') || 0
  const distinctId = textOf(row.distinct_id)
  return {
    id,
    person: textOf(person?.name) || distinctId || '',
    distinctIds: withFirst(distinctId, textsOf(person?.distinct_ids)),
    start: time('start_time'),
    end: time('end_time'),
    durationSeconds: count('recording_duration'),
    activeSeconds: numberOf(row.active_seconds),
    clicks: count('click_count'),
    keys: count('keypress_count'),
    consoleErrors: count('console_error_count'),
    consoleWarnings: count('console_warn_count'),
    consoleLogs: count('console_log_count'),
    exceptions: count('exception_count'),
    signalCounts: readSignalCounts(row),
    windows: count('window_count'),
    events: count('event_count'),
    bytes: count('total_size'),
    startUrl: textOf(row.start_url) ?? '',
    pages: textsOf(row.pages),
    platform: textOf(row.snapshot_source) ?? 'web',
    library: textOf(row.snapshot_library) ?? '',
    userAgent: '',
    live: row.ongoing === true,
    viewed: typeof row.viewed === 'boolean' ? row.viewed : undefined,
    viewers: textsOf(row.viewers),
    leftOut: [],
  }
}

function readSignalCounts(row: JsonObject): SignalCounts {
  const counts = SIGNAL_KINDS.map((kind) => [kind, numberOf(row[SIGNAL_COLUMNS[kind]])] as const)
  return Object.fromEntries(counts.filter(([, count]) => count !== undefined))
}

function withFirst(first: string | undefined, others: string[]): string[] {
  if (first === undefined || others.includes(first)) return others
  return [first, ...others]
}

/** Times are milliseconds since the recording's `startedAt`, both ends inclusive. */
export interface Block {
  readonly key: number
  readonly first: number
  readonly last: number
  readonly rawBytes: number
  readonly fullSnapshots: readonly { readonly windowId: string; readonly timestamp: number }[]
}

export interface BlockListing {
  readonly live: boolean
  readonly startedAt: number
  readonly endedAt: number
  readonly generation: number
  readonly windows: readonly string[]
  readonly blocks: readonly Block[]
  /** States of a page between its full snapshots, from which playback may begin as well. */
  readonly keyframes: readonly Keyframe[]
  /** What the server recognised in what the visitor did. */
  readonly signals: readonly Signal[]
}

/** Everything up to `timestamp`, and nothing later, is in it. */
export interface Keyframe {
  readonly key: number
  readonly windowId: string
  readonly timestamp: number
  readonly bytes: number
}

export const SIGNAL_KINDS = ['rage_click', 'dead_click', 'error_click', 'quick_back', 'thrashing_mouse'] as const

export type SignalKind = (typeof SIGNAL_KINDS)[number]

/** What the kinds are called as counts of a recording. */
const SIGNAL_COLUMNS: { readonly [kind in SignalKind]: string } = {
  rage_click: 'rage_click_count',
  dead_click: 'dead_click_count',
  error_click: 'error_click_count',
  quick_back: 'quick_back_count',
  thrashing_mouse: 'thrashing_count',
}

export type SignalCounts = { readonly [kind in SignalKind]?: number }

export interface Signal {
  readonly kind: SignalKind
  readonly timestamp: number
  readonly windowId: string
  /** The element that it was about, where it was about one. */
  readonly node: number | undefined
}

export function readBlockListing(value: unknown): BlockListing | undefined {
  const listing = objectOf(value)
  const startedAt = numberOf(listing?.started_at)
  if (!listing || startedAt === undefined) return undefined
  return {
    live: listing.live === true,
    startedAt,
    endedAt: numberOf(listing.ended_at) ?? startedAt,
    generation: numberOf(listing.generation) ?? 0,
    windows: textsOf(listing.windows),
    blocks: arrayOf(listing.blocks)
      .map(readBlock)
      .filter((block): block is Block => block !== undefined)
      .sort((a, b) => a.first - b.first || a.key - b.key),
    keyframes: arrayOf(listing.keyframes).flatMap(readKeyframe).sort((a, b) => a.timestamp - b.timestamp),
    signals: arrayOf(listing.signals).flatMap(readSignal).sort((a, b) => a.timestamp - b.timestamp),
  }
}

function readKeyframe(value: unknown): Keyframe[] {
  const keyframe = objectOf(value)
  const key = numberOf(keyframe?.key)
  const timestamp = numberOf(keyframe?.timestamp)
  if (key === undefined || timestamp === undefined) return []
  return [{ key, timestamp, windowId: textOf(keyframe?.window_id) ?? '', bytes: numberOf(keyframe?.bytes) ?? 0 }]
}

function readSignal(value: unknown): Signal[] {
  const signal = objectOf(value)
  const kind = SIGNAL_KINDS.find((known) => known === signal?.kind)
  const timestamp = numberOf(signal?.timestamp)
  if (kind === undefined || timestamp === undefined) return []
  return [{ kind, timestamp, windowId: textOf(signal?.window_id) ?? '', node: numberOf(signal?.node) }]
}

function readBlock(value: unknown): Block | undefined {
  const block = objectOf(value)
  const key = numberOf(block?.key)
  const first = numberOf(block?.first)
  const last = numberOf(block?.last)
  if (!block || key === undefined || first === undefined || last === undefined) return undefined
  return {
    key,
    first,
    last,
    rawBytes: numberOf(block.raw_bytes) ?? 0,
    fullSnapshots: arrayOf(block.full_snapshots).flatMap((item) => {
      const snapshot = objectOf(item)
      const timestamp = numberOf(snapshot?.timestamp)
      return timestamp === undefined ? [] : [{ windowId: textOf(snapshot?.window_id) ?? '', timestamp }]
    }),
  }
}

/** The same listing with its times counted from another start. */
export function rebase(listing: BlockListing, base: number): BlockListing {
  const shift = listing.startedAt - base
  if (shift === 0) return listing
  return {
    ...listing,
    startedAt: base,
    blocks: listing.blocks.map((block) => ({
      ...block,
      first: block.first + shift,
      last: block.last + shift,
      fullSnapshots: block.fullSnapshots.map((s) => ({ ...s, timestamp: s.timestamp + shift })),
    })),
    keyframes: listing.keyframes.map((keyframe) => ({ ...keyframe, timestamp: keyframe.timestamp + shift })),
    signals: listing.signals.map((signal) => ({ ...signal, timestamp: signal.timestamp + shift })),
  }
}

export interface Account {
  readonly project: string
  readonly token: string
  readonly version: string
  readonly demo: boolean
  /** Of whoever is logged in. */
  readonly userId: string
  /** What they may do, in the words of keys: `comment:write`. */
  readonly scopes: readonly string[]
}

export function readAccount(value: unknown): Account {
  const account: JsonObject = objectOf(value) ?? {}
  const project = objectOf(account.project)
  return {
    project: textOf(project?.name) ?? '',
    token: textOf(project?.token) ?? '',
    version: textOf(account.version) ?? '',
    demo: account.demo === true,
    userId: textOf(objectOf(account.user)?.id) ?? '',
    scopes: textsOf(account.scopes),
  }
}
