// Asking the server and changing things there, as states that a page can show.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { messageOf } from '../../format/failures'
import { SourceError } from '../../sources/source'

export type Loaded<T> = { readonly kind: 'loading' } | { readonly kind: 'failed'; readonly error: unknown } | { readonly kind: 'shown'; readonly value: T }

export interface Loading<T> {
  readonly state: Loaded<T>
  /** Puts what a change answered in the place of what was loaded. */
  readonly set: (value: T) => void
  readonly reload: () => void
}

/** What `load` brings; asked for anew when `key` changes. What was loaded stays while it is asked for again. */
export function useLoaded<T>(load: () => Promise<T>, key: string): Loading<T> {
  const [state, setState] = useState<Loaded<T>>({ kind: 'loading' })
  const [round, setRound] = useState(0)
  const shown = useRef('')
  useEffect(() => {
    let isWanted = true
    if (shown.current !== key) setState({ kind: 'loading' })
    shown.current = key
    load().then(
      (value) => isWanted && setState({ kind: 'shown', value }),
      (error: unknown) => isWanted && setState((now) => (now.kind === 'shown' ? now : { kind: 'failed', error })),
    )
    return () => {
      isWanted = false
    }
  }, [key, round])
  return {
    state,
    set: useCallback((value: T) => setState({ kind: 'shown', value }), []),
    reload: useCallback(() => setRound((last) => last + 1), []),
  }
}

export type Work =
  | { readonly kind: 'idle' }
  | { readonly kind: 'working' }
  | { readonly kind: 'done'; readonly said: string }
  /** `about`: the member that the server means, where it said which. */
  | { readonly kind: 'failed'; readonly message: string; readonly about: string | undefined }

export interface Working {
  readonly work: Work
  /** Does something; the text says what was done. Answers whether it was. */
  readonly run: (said: string, task: () => Promise<unknown>) => Promise<boolean>
  readonly clear: () => void
}

export function useWork(): Working {
  const [work, setWork] = useState<Work>({ kind: 'idle' })
  const run = useCallback(async (said: string, task: () => Promise<unknown>): Promise<boolean> => {
    setWork({ kind: 'working' })
    try {
      await task()
      setWork({ kind: 'done', said })
      return true
    } catch (error) {
      setWork({ kind: 'failed', message: messageOf(error), about: error instanceof SourceError ? error.attr : undefined })
      return false
    }
  }, [])
  return { work, run, clear: useCallback(() => setWork({ kind: 'idle' }), []) }
}

/** What the server says of one of these members; belongs beside its field. */
export function refusalOf(work: Work, ...members: readonly string[]): string | undefined {
  if (work.kind !== 'failed' || work.about === undefined) return undefined
  const [about] = work.about.split('.')
  return members.some((member) => member === about) ? work.message : undefined
}
