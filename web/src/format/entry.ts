// Entries: what a person reads in the lists beside the player. One line of a recording gives at most a few.
//
// A recording may have 500,000 of them, and as many as fit into memory are kept while it is open. So an entry holds what its row shows
// and no more; what is shown when it is opened, its detail, is read again from its line (`details.ts`), to which `block`,
// `line` and `part` lead back.

import type { EntryDetail } from './details'

export type Entry = {
  readonly timestamp: number
  readonly windowId: string
  /** The block that its line is in; `LIVE_BLOCK` where it came by the live stream. */
  readonly block: number
  /** Which line of the block. */
  readonly line: number
  /** Which of the things that the line tells of. */
  readonly part: number
  /** There only where there is no block to read it from. */
  readonly detail?: EntryDetail
} & EntryContent

export const LIVE_BLOCK = -1

export type EntryContent =
  | { readonly kind: 'click'; readonly action: 'click' | 'double click' | 'right click' | 'tap'; readonly node: number; readonly target: string }
  | { readonly kind: 'input'; readonly node: number; readonly target: string; readonly text: string }
  | { readonly kind: 'page'; readonly href: string }
  | {
      readonly kind: 'console'
      readonly level: ConsoleLevel
      readonly text: string
      /** Where it was written: `app.js:55:13`. */
      readonly where: string
    }
  | RequestContent
  | { readonly kind: 'exception'; readonly text: string; readonly where: string }
  | { readonly kind: 'captured'; readonly name: string; readonly preview: string }
  | { readonly kind: 'custom'; readonly tag: string; readonly preview: string }

/** An entry of a request stands at the moment at which the request began. */
export interface RequestContent {
  readonly kind: 'request'
  readonly method: string
  readonly url: string
  /** 0 where there is none: not answered, or not told. */
  readonly status: number
  readonly milliseconds: number
  /** From the beginning to the first byte of the answer; as long as all of it where that is not told. */
  readonly waited: number
  readonly failed: boolean
  /** The page's own call (fetch), and not a file that it is made of. */
  readonly isCall: boolean
  readonly type: RequestType
  /** As it went over the network; undefined where the browser does not tell. */
  readonly bytes: number | undefined
  /** The name of a GraphQL operation; may be empty. */
  readonly operation: string
}

export const REQUEST_TYPES = ['fetch', 'xhr', 'document', 'script', 'style', 'image', 'font', 'media', 'other'] as const

export type RequestType = (typeof REQUEST_TYPES)[number]

export type ConsoleLevel = 'log' | 'info' | 'warn' | 'error' | 'debug'

export type EntryKind = EntryContent['kind']

/** What a line tells of, and how much before or after the line's own time it was. */
export interface Told {
  readonly shift: number
  readonly content: EntryContent
}

export function told(...contents: readonly EntryContent[]): Told[] {
  return contents.map((content) => ({ shift: 0, content }))
}

export function isError(entry: EntryContent): boolean {
  switch (entry.kind) {
    case 'exception':
      return true
    case 'console':
      return entry.level === 'error'
    case 'click':
    case 'input':
    case 'page':
    case 'request':
    case 'captured':
    case 'custom':
      return false
    default:
      return entry satisfies never
  }
}

/** An error, or a request that was not answered as it should have been. */
export function isFailure(entry: EntryContent): boolean {
  return isError(entry) || (entry.kind === 'request' && entry.failed)
}

export function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
}

/** How much text of all entries together is kept at full length; beyond it, rows get by with less. */
const GENEROUS_BYTES = 16 * 1024 * 1024
const SHORT = 120

/** Cuts what is kept of each line, and more of it where a recording has very many. */
export class Cutter {
  private readonly keptOf = new Map<number, number>()
  private kept = 0
  private block = LIVE_BLOCK

  /** What comes now is of this block; what was kept of it before is not there twice. */
  begin(block: number): void {
    this.block = block
    if (block === LIVE_BLOCK) return
    this.kept -= this.keptOf.get(block) ?? 0
    this.keptOf.delete(block)
  }

  cut(text: string, limit: number): string {
    const kept = clip(text, this.kept < GENEROUS_BYTES ? limit : Math.min(limit, SHORT))
    this.kept += kept.length
    this.keptOf.set(this.block, (this.keptOf.get(this.block) ?? 0) + kept.length)
    return kept
  }
}
