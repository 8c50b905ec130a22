// Whose key it is, where several players may stand on a page that has fields and buttons of its own: that of the player that has
// the focus, and else that of the only one.

import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

/** The element of the page in whose shadow the player is drawn. */
export const Host = createContext<HTMLElement | undefined>(undefined)

export const useHost = (): HTMLElement | undefined => useContext(Host)

const hosts = new Set<HTMLElement>()

/** Calls `press` with the keys that are the host's; the answer ends that. */
export function listenToKeys(host: HTMLElement | undefined, press: (event: KeyboardEvent) => void): () => void {
  if (!host) return () => undefined
  const listen = (event: KeyboardEvent): void => {
    if (isFor(host, event)) press(event)
  }
  hosts.add(host)
  addEventListener('keydown', listen)
  return () => {
    hosts.delete(host)
    removeEventListener('keydown', listen)
  }
}

function isFor(host: HTMLElement, event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event)) return false
  return event.composedPath().includes(host) || hosts.size === 1
}

/** Keys belong to fields, and the space bar to the button that has the focus. */
function isTyping(event: KeyboardEvent): boolean {
  const [target] = event.composedPath()
  if (!(target instanceof HTMLElement)) return false
  if (target.closest('input, textarea, select, dialog, [contenteditable]')) return true
  return event.key === ' ' && target.closest('button, a, summary') !== null
}
