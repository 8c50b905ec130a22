// Sharing a recording: a link for everybody who has it, for as long as it is wanted.

import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../format/failures'
import { hashFor } from '../player/moment'
import type { Player } from '../player/player'
import { changeSharing, fetchSharing, refreshSharing, type Sharing } from '../sources/sharing'
import { Icon } from '../ui/icons'
import { Sheet } from '../ui/sheet'
import { clockTime } from '../ui/times'
import { useClipboard } from '../ui/use-clipboard'
import { Files } from './downloads'
import { Accesses, Expiry, Look, MostViews, Origins, Passwords, Range } from './share-settings'

interface Props {
  readonly id: string
  readonly player: Player
}

export function ShareButton({ id, player }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" class="button is-quiet" title="Share this recording" onClick={() => setOpen(true)}>
        <Icon name="share" />
        <span class="wide-only">Share</span>
      </button>
      {open && <ShareDialog id={id} player={player} onClose={() => setOpen(false)} />}
    </>
  )
}

type State = { readonly kind: 'loading' } | { readonly kind: 'shown'; readonly sharing: Sharing }

function ShareDialog({ id, player, onClose }: Props & { onClose: () => void }) {
  const [state, setState] = useState<State>({ kind: 'loading' })
  const [trouble, setTrouble] = useState<string>()
  /** Does something and shows what came of it. */
  const run = async (work: () => Promise<Sharing>): Promise<void> => {
    try {
      setState({ kind: 'shown', sharing: await work() })
      setTrouble(undefined)
    } catch (error) {
      setTrouble(messageOf(error))
    }
  }
  useEffect(() => void run(() => fetchSharing(id)), [])
  return (
    <Sheet title="Share this recording" class="share-sheet" onClose={onClose}>
      <div class="share-body">
        {trouble !== undefined && (
          <p class="refusal" role="alert">
            {trouble}
          </p>
        )}
        {state.kind === 'loading' && trouble === undefined && <p class="hint">Loading…</p>}
        {state.kind === 'shown' && <Settings id={id} player={player} sharing={state.sharing} run={run} />}
      </div>
    </Sheet>
  )
}

interface SettingsProps extends Props {
  readonly sharing: Sharing
  readonly run: (work: () => Promise<Sharing>) => Promise<void>
}

function Settings({ id, player, sharing, run }: SettingsProps) {
  const [startsHere, setStartsHere] = useState(false)
  if (!sharing.enabled) {
    return (
      <>
        <p>Who has the link can watch this recording without logging in.</p>
        <Stripped />
        <button type="button" class="button is-primary" onClick={() => void run(() => changeSharing(id, { enabled: true }))}>
          Create a link
        </button>
        <details class="share-more">
          <summary>Files to take away</summary>
          <Files id={id} player={player} />
        </details>
      </>
    )
  }
  const hash = startsHere ? hashFor(player.position) : ''
  const frame = `<iframe src="${location.origin}/embedded/${sharing.token}${hash}" width="100%" height="600" frameborder="0" allowfullscreen></iframe>`
  const part = { id, sharing, run }
  return (
    <>
      <CopyLine label="Link" text={`${location.origin}/shared/${sharing.token}${hash}`} />
      <CopyLine label="For a page of yours" text={frame} />
      <label class="share-check">
        <input type="checkbox" checked={startsHere} onChange={({ currentTarget }) => setStartsHere(currentTarget.checked)} />
        Both start at this moment, {clockTime(player.position)}
      </label>
      <details class="share-more">
        <summary>What it shows, and how</summary>
        <Range {...part} player={player} />
        <Look {...part} />
        <Stripped />
      </details>
      <details class="share-more">
        <summary>Who may open it, and for how long</summary>
        <Expiry {...part} />
        <MostViews {...part} />
        <Passwords {...part} />
        <Origins {...part} />
      </details>
      <details class="share-more">
        <summary>Files to take away</summary>
        <Files id={id} player={player} />
      </details>
      <Accesses id={id} sharing={sharing} />
      <div class="share-foot">
        <button type="button" class="button is-quiet" title="The link of before opens for five minutes more" onClick={() => void run(() => refreshSharing(id))}>
          New link
        </button>
        <button type="button" class="button is-danger" onClick={() => void run(() => changeSharing(id, { enabled: false }))}>
          Stop sharing
        </button>
      </div>
    </>
  )
}

/** The server takes it out, and no setting of a link brings it back. */
function Stripped() {
  return (
    <p class="hint">
      Viewers see the pages and what was done on them. They see no name and no id of the visitor, no captured events, no headers, bodies or query strings of requests, and no
      other recording.
    </p>
  )
}

function CopyLine({ label, text }: { label: string; text: string }) {
  const [copied, copy] = useClipboard()
  return (
    <div class="share-part">
      <span>{label}</span>
      <div class="share-line">
        <input value={text} readOnly aria-label={label} onFocus={(event) => event.currentTarget.select()} />
        <button type="button" class="button" onClick={() => copy(text)}>
          <Icon name={copied ? 'check' : 'copy'} />
          {copied ? 'Copied' : 'Copy'}
        </button>
      </div>
    </div>
  )
}
