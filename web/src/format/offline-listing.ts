// The listing of an offline file: `cassette-offline/1`, written by `cassette export --format html` (crates/interchange).

import { arrayOf, numberOf, objectOf, textOf, textsOf } from './json'
import { readBlockListing, type BlockListing, type LeftOut, type RecordingFacts, type Signal, type SignalCounts, type SignalKind } from './listing'

export interface OfflineListing {
  readonly facts: RecordingFacts
  readonly listing: BlockListing
}

/** Undefined where it is of another format. */
export function readOfflineListing(value: unknown): OfflineListing | undefined {
  const file = objectOf(value)
  const recording = objectOf(file?.recording)
  if (!file || !recording || file.format !== 'cassette-offline/1') return undefined
  const blocks = arrayOf(file.blocks).map((block) => ({ ...objectOf(block), raw_bytes: objectOf(block)?.raw_length }))
  const listing = readBlockListing({ ...recording, live: false, blocks, signals: file.signals })
  if (!listing) return undefined
  return { facts: readFacts(recording, listing, readLeftOut(file.left_out)), listing }
}

function readFacts(recording: { readonly [key: string]: unknown }, listing: BlockListing, leftOut: readonly LeftOut[]): RecordingFacts {
  const counts = objectOf(recording.counts)
  const count = (name: string): number => numberOf(counts?.[name]) ?? 0
  const distinctIds = textsOf(recording.distinct_ids)
  const active = numberOf(recording.active_ms)
  return {
    id: textOf(recording.session_id) ?? '',
    // The last one is the one that the visitor was known by in the end.
    person: distinctIds.at(-1) ?? '',
    distinctIds,
    start: listing.startedAt,
    end: listing.endedAt,
    durationSeconds: Math.max(0, listing.endedAt - listing.startedAt) / 1000,
    activeSeconds: active === undefined ? undefined : active / 1000,
    clicks: count('clicks'),
    keys: count('keypresses'),
    consoleErrors: count('console_error'),
    consoleWarnings: count('console_warn'),
    consoleLogs: count('console_log'),
    exceptions: count('exceptions'),
    signalCounts: countsOf(listing.signals),
    windows: listing.windows.length,
    events: count('events'),
    bytes: listing.blocks.reduce((sum, block) => sum + block.rawBytes, 0),
    startUrl: textOf(recording.first_url) ?? '',
    pages: textsOf(recording.urls),
    platform: textOf(recording.source) ?? 'web',
    library: textOf(recording.library) ?? '',
    userAgent: textOf(recording.user_agent) ?? '',
    live: false,
    viewed: undefined,
    viewers: [],
    leftOut,
  }
}

function countsOf(signals: readonly Signal[]): SignalCounts {
  const counts: { [kind in SignalKind]?: number } = {}
  for (const { kind } of signals) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

function readLeftOut(value: unknown): LeftOut[] {
  return arrayOf(value).flatMap((item) => {
    const entry = objectOf(item)
    const what = textOf(entry?.what)
    return what === undefined ? [] : [{ what, count: numberOf(entry?.count) ?? 0, reason: textOf(entry?.reason) ?? '' }]
  })
}
