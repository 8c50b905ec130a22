// Entries: what a person reads in the list beside the player. One line of a recording gives at most a few.

export type Entry = {
  readonly timestamp: number
  readonly windowId: string
} & EntryContent

export type EntryContent =
  | { readonly kind: 'click'; readonly action: 'click' | 'double click' | 'right click' | 'tap'; readonly target: string }
  | { readonly kind: 'input'; readonly node: number; readonly target: string; readonly text: string }
  | { readonly kind: 'page'; readonly href: string }
  | { readonly kind: 'console'; readonly level: ConsoleLevel; readonly text: string; readonly detail: string }
  | {
      readonly kind: 'request'
      readonly method: string
      readonly url: string
      readonly status: number
      readonly milliseconds: number
      readonly failed: boolean
      /** The page's own call (fetch), and not a file that it is made of. */
      readonly isCall: boolean
      /** What asked, in the browser's words: `fetch`, `img`, `css`; may be empty. */
      readonly initiator: string
    }
  | { readonly kind: 'exception'; readonly text: string; readonly detail: string }
  | { readonly kind: 'captured'; readonly name: string; readonly detail: string }
  | { readonly kind: 'custom'; readonly tag: string; readonly detail: string }

export type ConsoleLevel = 'log' | 'info' | 'warn' | 'error' | 'debug'

export type EntryKind = EntryContent['kind']

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

/** Details are for reading, not for keeping: a 2 MB payload is cut. */
export const DETAIL_LIMIT = 4000

export function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`
}
