// The three views of what happened: all that a person did and met, the console, the network.

import type { JSX } from 'preact'
import { isError, type Entry } from '../format/entry'
import { pathOf } from '../ui/addresses'
import { iconOf, titleOf } from './entry-words'
import { Icon } from '../ui/icons'
import { waited } from '../ui/times'

export interface EntryView {
  readonly name: string
  readonly className: string
  readonly has: (entry: Entry) => boolean
  /** The first one shows all. */
  readonly groups: readonly Group[]
  readonly row: (entry: Entry) => JSX.Element
  /** Said where there is none at all. */
  readonly nothing: string
}

interface Group {
  readonly label: string
  readonly has: (entry: Entry) => boolean
  readonly isBad?: boolean
}

const ALL: Group = { label: 'All', has: () => true }

const isFailed = (entry: Entry): boolean => isError(entry) || (entry.kind === 'request' && entry.failed)

export const EVENTS: EntryView = {
  name: 'Events',
  className: 'is-all',
  // Pictures and style sheets would bury what the page itself asked for.
  has: (entry) => entry.kind !== 'request' || entry.isCall || entry.failed,
  groups: [
    ALL,
    { label: 'Actions', has: ({ kind }) => kind === 'click' || kind === 'input' },
    { label: 'Pages', has: ({ kind }) => kind === 'page' },
    { label: 'Errors', has: isFailed, isBad: true },
    { label: 'Events', has: ({ kind }) => kind === 'custom' || kind === 'captured' || kind === 'exception' },
  ],
  row: (entry) => (
    <>
      <Icon name={iconOf(entry)} />
      <span class="event-text">{titleOf(entry)}</span>
    </>
  ),
  nothing: 'No events in this recording.',
}

export const CONSOLE: EntryView = {
  name: 'Console',
  className: 'is-console',
  has: ({ kind }) => kind === 'console' || kind === 'exception',
  groups: [
    ALL,
    { label: 'Errors', has: isError, isBad: true },
    { label: 'Warnings', has: (entry) => levelOf(entry) === 'warn' },
    { label: 'Info', has: (entry) => !isError(entry) && levelOf(entry) !== 'warn' },
  ],
  row: (entry) => (
    <>
      <span class={`level is-${levelOf(entry)}`}>{levelOf(entry)}</span>
      <code class="event-text">{titleOf(entry)}</code>
    </>
  ),
  nothing: 'Nothing was written to the console, or the console was not recorded.',
}

export const NETWORK: EntryView = {
  name: 'Network',
  className: 'is-network',
  has: ({ kind }) => kind === 'request',
  groups: [
    ALL,
    { label: 'Failed', has: isFailed, isBad: true },
    { label: 'Fetch', has: (entry) => entry.kind === 'request' && entry.isCall },
    { label: 'Files', has: (entry) => entry.kind === 'request' && !entry.isCall },
  ],
  row: (entry) => {
    if (entry.kind !== 'request') return <span class="event-text">{titleOf(entry)}</span>
    return (
      <>
        <span class="method">{entry.method}</span>
        <span class="event-text" title={entry.url}>
          {pathOf(entry.url)}
        </span>
        <span class={entry.failed ? 'status error-text' : 'status'}>{entry.status || '–'}</span>
        <span class="waited">{waited(entry.milliseconds)}</span>
      </>
    )
  },
  nothing: 'No requests in this recording, or the network was not recorded.',
}

function levelOf(entry: Entry): string {
  switch (entry.kind) {
    case 'console':
      return entry.level
    case 'exception':
      return 'error'
    default:
      return 'log'
  }
}
