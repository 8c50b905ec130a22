// What is asked for only when somebody wants to know it: the state, and what stands in its place until it is here.

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { messageOf } from '../format/failures'

export type Asked<T> = { readonly kind: 'not asked' | 'loading' } | { readonly kind: 'shown'; readonly value: T } | { readonly kind: 'failed'; readonly why: string }

/** The state, and what asks, the first time and again. */
export function useAsked<T>(load: () => Promise<T>): [Asked<T>, () => void] {
  const [asked, setAsked] = useState<Asked<T>>({ kind: 'not asked' })
  const ask = (): void => {
    setAsked({ kind: 'loading' })
    load().then(
      (value) => setAsked({ kind: 'shown', value }),
      (error: unknown) => setAsked({ kind: 'failed', why: messageOf(error) }),
    )
  }
  return [asked, ask]
}

/** Nothing until it is asked for. */
export function Answer<T>({ asked, children }: { asked: Asked<T>; children: (value: T) => ComponentChildren }) {
  switch (asked.kind) {
    case 'not asked':
      return null
    case 'loading':
      return <p class="hint">Loading…</p>
    case 'failed':
      return (
        <p class="error-text" role="alert">
          {asked.why}
        </p>
      )
    case 'shown':
      return <>{children(asked.value)}</>
    default:
      return asked satisfies never
  }
}
