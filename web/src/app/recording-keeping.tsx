// Behind the details of a recording, for those who may: who watched it, taking back one's own mark, deleting it for good.

import { useState } from 'preact/hooks'
import { messageOf } from '../format/failures'
import type { Account } from '../format/listing'
import { LongText } from '../replay/value-tree'
import { fetchWatches } from '../sources/audit'
import { deleteRecordings, markViewed } from '../sources/list'
import { Answer, useAsked } from '../ui/asked'
import { exactTime } from '../ui/times'
import { useFocusBack } from '../ui/use-focus-back'

const LATEST_SHOWN = 20

const WAYS: Record<string, string | undefined> = { player: 'in the player', snapshots: 'by the API', download: 'as a file', direct_link: 'by its address', share: 'by a link' }

interface Props {
  readonly id: string
  readonly account: Account | undefined
  /** The mark of having watched it was taken back. */
  readonly onUnmarked: () => void
}

export function RecordingKeeping({ id, account, onUnmarked }: Props) {
  const may = (scope: string): boolean => account?.scopes.includes(scope) === true
  return (
    <>
      {may('activity_log:read') && <Watches id={id} />}
      {may('session_recording:write') && <Keeping id={id} onUnmarked={onUnmarked} />}
    </>
  )
}

function Watches({ id }: { id: string }) {
  const [asked, ask] = useAsked(() => fetchWatches(id, LATEST_SHOWN))
  return (
    <>
      <h2>Who watched it</h2>
      {asked.kind === 'not asked' && (
        <button type="button" class="button is-small" onClick={ask}>
          Ask the audit
        </button>
      )}
      <Answer asked={asked}>
        {(watches) => (
          <ol class="watches" aria-label="Who watched it">
            {watches.map(({ time, who, via }, place) => (
              <li key={place}>
                <LongText text={who} /> <span class="hint">{[WAYS[via] ?? via, exactTime(time)].filter(Boolean).join(', ')}</span>
              </li>
            ))}
            {watches.length === 0 && <li class="hint">Nobody yet.</li>}
          </ol>
        )}
      </Answer>
    </>
  )
}

type KeepState = { readonly kind: 'idle' | 'asking' | 'busy' } | { readonly kind: 'said'; readonly text: string; readonly isTrouble: boolean }

function Keeping({ id, onUnmarked }: { id: string; onUnmarked: () => void }) {
  const [state, setState] = useState<KeepState>({ kind: 'idle' })
  const deleteButton = useFocusBack(state.kind === 'asking' ? 'delete' : undefined)('delete')
  const isBusy = state.kind === 'busy'
  // Buttons that are at work are not disabled, which would take the focus from them; they do nothing.
  const run = async (work: () => Promise<string | undefined>): Promise<void> => {
    if (isBusy) return
    setState({ kind: 'busy' })
    try {
      const text = await work()
      setState(text === undefined ? { kind: 'busy' } : { kind: 'said', text, isTrouble: false })
    } catch (error) {
      setState({ kind: 'said', text: messageOf(error), isTrouble: true })
    }
  }
  const unmark = (): void =>
    void run(async () => {
      await markViewed([id], false)
      onUnmarked()
      return 'Marked as not watched.'
    })
  const remove = (): void =>
    void run(async () => {
      if ((await deleteRecordings([id], () => undefined)) > 0) throw new Error('It could not be deleted yet. It is hidden, and goes as soon as the store allows it.')
      location.assign('/')
      return undefined
    })
  return (
    <>
      <h2>This recording</h2>
      {state.kind === 'asking' ? (
        <div class="keeping-question" role="group" aria-label="Delete this recording for good?">
          <p>Delete this recording for good? All bytes go from the store, with comments, shares and places in collections. Nobody can bring them back.</p>
          <div class="keeping">
            <button type="button" class="button is-small" ref={focusOnce} onClick={() => setState({ kind: 'idle' })}>
              Keep it
            </button>
            <button type="button" class="button is-small error-text" onClick={remove}>
              Delete for good
            </button>
          </div>
        </div>
      ) : (
        <div class="keeping">
          <button type="button" class="button is-small" aria-disabled={isBusy} onClick={unmark}>
            Mark as not watched
          </button>
          <button type="button" class="button is-small error-text" ref={deleteButton} aria-disabled={isBusy} onClick={() => isBusy || setState({ kind: 'asking' })}>
            Delete…
          </button>
        </div>
      )}
      {state.kind === 'said' && (
        <p class={state.isTrouble ? 'error-text' : 'hint'} role={state.isTrouble ? 'alert' : 'status'}>
          {state.text}
        </p>
      )}
    </>
  )
}

/** The harmless answer has the focus. */
function focusOnce(element: HTMLElement | null): void {
  element?.focus()
}
