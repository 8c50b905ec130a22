// What an entry is called, in the list and when it is opened.

import type { Entry } from '../format/entry'
import { pathOf } from '../ui/addresses'
import type { IconName } from '../ui/icons'

export function iconOf(entry: Entry): IconName {
  switch (entry.kind) {
    case 'click':
    case 'input':
    case 'page':
    case 'request':
    case 'captured':
    case 'custom':
      return entry.kind
    case 'console':
      return entry.level === 'error' ? 'error' : 'console'
    case 'exception':
      return 'error'
    default:
      return entry satisfies never
  }
}

export function titleOf(entry: Entry): string {
  switch (entry.kind) {
    case 'click': {
      const action = { click: 'Clicked', 'double click': 'Double-clicked', 'right click': 'Right-clicked', tap: 'Tapped' }[entry.action]
      return entry.target ? `${action} “${entry.target}”` : action
    }
    case 'input':
      return entry.text ? `Typed ${quoted(entry.text)}${entry.target ? ` into ${entry.target}` : ''}` : `Emptied ${entry.target || 'a field'}`
    case 'page':
      return pathOf(entry.href)
    case 'console':
    case 'exception':
      return entry.text
    case 'request':
      return `${entry.method} ${pathOf(entry.url)} ${entry.status || ''}`
    case 'captured':
      return entry.name
    case 'custom':
      return CUSTOM_TITLES[entry.tag] ?? entry.tag
    default:
      return entry satisfies never
  }
}

const CUSTOM_TITLES: Record<string, string | undefined> = {
  sessionIdle: 'Visitor went idle',
  sessionNoLongerIdle: 'Visitor came back',
  'window hidden': 'Window hidden',
  'window visible': 'Window visible again',
  'browser offline': 'Browser went offline',
  'browser online': 'Browser is online again',
  'recording paused': 'Recording paused by a rule',
  'recording resumed': 'Recording resumed',
  $session_id_change: 'A new recording begins',
  $session_ending: 'Session ends',
  $session_starting: 'Session starts',
}

function quoted(text: string): string {
  return /^\*+$/.test(text) ? text.slice(0, 12) : `“${text}”`
}

/** What stands over an entry when it is opened. */
export function headingOf(entry: Entry): string {
  switch (entry.kind) {
    case 'click':
      return titleOf(entry)
    case 'input':
      return `Input into ${entry.target || 'a field'}`
    case 'page':
      return 'Page'
    case 'console':
      return `console.${entry.level}`
    case 'exception':
      return 'Exception'
    case 'request':
      return `${entry.method} ${pathOf(entry.url)}`
    case 'captured':
      return entry.name
    case 'custom':
      return entry.tag
    default:
      return entry satisfies never
  }
}

/** Where the search looks, beside the title: what is kept of the entry. */
export function searchedOf(entry: Entry): string {
  switch (entry.kind) {
    case 'click':
    case 'input':
      return entry.target
    case 'page':
      return entry.href
    case 'console':
    case 'exception':
      return entry.where
    case 'request':
      return `${entry.url} ${entry.operation}`
    case 'captured':
    case 'custom':
      return entry.preview
    default:
      return entry satisfies never
  }
}
