// Opening a collection to whoever has its link: the recordings that are in it, and those that come into it.

import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../format/failures'
import { changeCollectionSharing, fetchCollectionSharing, type CollectionSharing } from '../sources/collections'
import { Icon } from '../ui/icons'
import { useClipboard } from '../ui/use-clipboard'

export function CollectionShare({ id }: { id: string }) {
  const [sharing, setSharing] = useState<CollectionSharing>()
  const [trouble, setTrouble] = useState<string>()
  const [copied, copy] = useClipboard()
  const run = (work: Promise<CollectionSharing>): void =>
    void work.then(
      (answer) => {
        setSharing(answer)
        setTrouble(undefined)
      },
      (error: unknown) => setTrouble(messageOf(error)),
    )
  useEffect(() => run(fetchCollectionSharing(id)), [id])
  const link = `${location.origin}/shared/${sharing?.token ?? ''}`
  return (
    <div class="part-editor">
      {trouble !== undefined && (
        <p class="part-refusal" role="alert">
          {trouble}
        </p>
      )}
      {!sharing && trouble === undefined && <p class="hint">Loading…</p>}
      {sharing?.enabled === false && (
        <>
          <p>Who has the link can watch every recording of the collection without logging in, also those that are added later.</p>
          <div class="part-actions">
            <button type="button" class="button is-primary" onClick={() => run(changeCollectionSharing(id, true))}>
              Create a link
            </button>
          </div>
        </>
      )}
      {sharing?.enabled === true && (
        <>
          <label class="part-field">
            <span>Link</span>
            <input class="control" readOnly value={link} onFocus={(event) => event.currentTarget.select()} />
          </label>
          {sharing.passwordRequired && <p class="hint">It opens with a password.</p>}
          <div class="part-actions">
            <button type="button" class="button is-quiet" onClick={() => run(changeCollectionSharing(id, false))}>
              Stop sharing
            </button>
            <button type="button" class="button is-primary" onClick={() => copy(link)}>
              <Icon name={copied ? 'check' : 'copy'} /> {copied ? 'Copied' : 'Copy'}
            </button>
          </div>
        </>
      )}
    </div>
  )
}
