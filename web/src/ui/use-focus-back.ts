// For what takes the place of the button that opened it, a form or a question: when it goes, the button is made anew and has the focus
// again. Otherwise whoever uses the keyboard would begin at the top of the page.

import { useLayoutEffect, useRef } from 'preact/hooks'

type Place = (element: HTMLElement | null) => void

/** `open`: what is open, by the name of its button; the answer is the `ref` of each of these buttons. */
export function useFocusBack<Name extends string>(open: Name | undefined): (name: Name) => Place {
  const buttons = useRef(new Map<Name, HTMLElement>())
  const places = useRef(new Map<Name, Place>())
  const last = useRef(open)
  useLayoutEffect(() => {
    const before = last.current
    last.current = open
    if (before === undefined || open !== undefined) return
    const button = buttons.current.get(before)
    const root = button?.getRootNode()
    // Who went elsewhere meanwhile stays there.
    const isNowhere = (root instanceof Document || root instanceof ShadowRoot) && (root.activeElement === null || root.activeElement === document.body)
    if (isNowhere) button?.focus({ preventScroll: true })
  }, [open])
  return (name) => {
    const known = places.current.get(name)
    if (known) return known
    const place: Place = (element) => {
      if (element) buttons.current.set(name, element)
      else buttons.current.delete(name)
    }
    places.current.set(name, place)
    return place
  }
}
