// What an entry is called, in the list and when it is opened.

import type { Entry } from '../format/entry'
import { pathOf, shortAddress } from '../ui/addresses'
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

export function detailOf(entry: Entry): { heading: string; body: string } {
  switch (entry.kind) {
    case 'click':
      return { heading: entry.action, body: entry.target }
    case 'input':
      return { heading: `Input into ${entry.target || 'a field'}`, body: entry.text }
    case 'page':
      return { heading: 'Page', body: entry.href }
    case 'console':
      return { heading: `console.${entry.level}`, body: [entry.text, entry.detail].filter(Boolean).join('\n\n') }
    case 'exception':
      return { heading: 'Exception', body: [entry.text, entry.detail].filter(Boolean).join('\n\n') }
    case 'request':
      return {
        heading: `${entry.method} ${shortAddress(entry.url)}`,
        body: `${entry.url}\nstatus ${entry.status || 'unknown'}, ${entry.milliseconds} ms${entry.initiator && `, by ${entry.initiator}`}`,
      }
    case 'captured':
      return { heading: entry.name, body: entry.detail }
    case 'custom':
      return { heading: entry.tag, body: entry.detail }
    default:
      return entry satisfies never
  }
}
