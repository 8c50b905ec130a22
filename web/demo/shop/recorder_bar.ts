// The line at the bottom: that the visit is recorded, and the way to the replay.

import { element, fill } from './element'
import type { RecorderState } from './recorder'

export function showRecorder(bar: HTMLElement, state: RecorderState): void {
  bar.dataset['state'] = state.kind
  const dot = element('span', { class: 'dot', 'aria-hidden': 'true' })
  switch (state.kind) {
    case 'starting':
      return fill(bar, dot, says('The recorder is starting…'), watch(undefined))
    case 'waiting':
      return fill(bar, dot, says('This visit is recorded from your first click or key on.'), watch(undefined))
    case 'recording':
      return fill(bar, dot, says('This visit is being recorded.', 'What you do can be watched about five seconds later.'), watch(state.sessionId))
    case 'absent':
      return fill(bar, dot, says(`This visit is not being recorded: ${state.reason}.`))
  }
}

function says(text: string, more?: string): HTMLElement {
  return element('p', { role: 'status' }, text, more !== undefined && [' ', element('span', { class: 'more' }, more)])
}

/** A link without an address cannot be followed yet. */
function watch(sessionId: string | undefined): HTMLElement {
  if (sessionId === undefined) return element('a', { class: 'watch', role: 'link', 'aria-disabled': 'true' }, 'Watch it')
  const href = `/recordings/${encodeURIComponent(sessionId)}`
  return element('a', { class: 'watch', id: 'watch', href, target: '_blank', rel: 'noopener' }, 'Watch it', element('span', { 'aria-hidden': 'true' }, ' →'))
}
