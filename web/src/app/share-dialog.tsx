// Sharing a recording: a link for everybody who has it, for as long as it is wanted.

import { useEffect, useRef, useState } from 'preact/hooks'
import { hashFor } from '../player/moment'
import type { Player } from '../player/player'
import { addSharePassword, changeSharing, fetchSharing, removeSharePassword, type Sharing } from '../sources/sharing'
import { Icon } from '../ui/icons'
import { clockTime, counted, exactTime } from '../ui/times'
import { useClipboard } from '../ui/use-clipboard'

const DAY_MS = 24 * 60 * 60 * 1000
const SHORTEST_PASSWORD = 8

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
  const dialog = useRef<HTMLDialogElement>(null)
  const [state, setState] = useState<State>({ kind: 'loading' })
  const [trouble, setTrouble] = useState<string>()
  /** Does something and shows what came of it. */
  const run = async (work: () => Promise<Sharing>): Promise<void> => {
    try {
      setState({ kind: 'shown', sharing: await work() })
      setTrouble(undefined)
    } catch (error) {
      setTrouble(error instanceof Error ? error.message : String(error))
    }
  }
  useEffect(() => {
    dialog.current?.showModal()
    void run(() => fetchSharing(id))
  }, [])
  return (
    <dialog
      class="sheet share-sheet card"
      ref={dialog}
      aria-label="Share this recording"
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close()
      }}
    >
      <div class="sheet-head">
        <h2>Share this recording</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </div>
      <div class="share-body">
        {trouble !== undefined && (
          <p class="refusal" role="alert">
            {trouble}
          </p>
        )}
        {state.kind === 'shown' && <Settings id={id} player={player} sharing={state.sharing} run={run} />}
      </div>
    </dialog>
  )
}

interface SettingsProps extends Props {
  readonly sharing: Sharing
  readonly run: (work: () => Promise<Sharing>) => Promise<void>
}

function Settings({ id, player, sharing, run }: SettingsProps) {
  if (!sharing.enabled) {
    return (
      <>
        <p>
          Who has the link can watch this recording without logging in. They see no name, no other recording, and none of what
          requests carried.
        </p>
        <button type="button" class="button is-primary" onClick={() => void run(() => changeSharing(id, { enabled: true }))}>
          Create a link
        </button>
      </>
    )
  }
  const link = `${location.origin}/shared/${sharing.token}`
  const frame = `<iframe src="${location.origin}/embedded/${sharing.token}" width="100%" height="600" frameborder="0" allowfullscreen></iframe>`
  return (
    <>
      <CopyLine label="Link" text={link} />
      <CopyLine label={`Link to this moment, ${clockTime(player.position)}`} text={link + hashFor(player.position)} />
      <CopyLine label="For a page of yours" text={frame} />
      <Expiry id={id} sharing={sharing} run={run} />
      <Passwords id={id} sharing={sharing} run={run} />
      <div class="share-foot">
        <span class="hint">Opened {counted(sharing.views, 'time')}</span>
        <button type="button" class="button" onClick={() => void run(() => changeSharing(id, { enabled: false }))}>
          Stop sharing
        </button>
      </div>
    </>
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

type PartProps = Omit<SettingsProps, 'player'>

function Expiry({ id, sharing, run }: PartProps) {
  const end = (days: string): string | null => (days === '' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString())
  return (
    <label class="share-part">
      <span>{sharing.expiresAt === undefined ? 'Opens until you stop it' : `Opens until ${exactTime(sharing.expiresAt)}`}</span>
      <div class="share-line">
        <select value="keep" onChange={(event) => void run(() => changeSharing(id, { expires_at: end(event.currentTarget.value) }))}>
          <option value="keep" disabled>
            Change…
          </option>
          <option value="1">For a day</option>
          <option value="7">For a week</option>
          <option value="30">For 30 days</option>
          <option value="">Until I stop it</option>
        </select>
      </div>
    </label>
  )
}

function Passwords({ id, sharing, run }: PartProps) {
  const [password, setPassword] = useState('')
  const add = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    await run(async () => {
      await addSharePassword(id, password)
      setPassword('')
      return changeSharing(id, { password_required: true })
    })
  }
  const remove = (one: number): void =>
    void run(async () => {
      await removeSharePassword(id, one)
      const left = await fetchSharing(id)
      // Without any, nobody could open it.
      return left.passwords.length === 0 ? changeSharing(id, { password_required: false }) : left
    })
  return (
    <div class="share-part">
      <span>{sharing.passwordRequired ? 'Opens with a password' : 'Opens without a password; adding one makes it needed'}</span>
      {sharing.passwords.length > 0 && (
        <ul class="share-passwords">
          {sharing.passwords.map((one, place) => (
            <li key={one.id}>
              {one.note || `Password ${place + 1}`}
              <button type="button" class="button is-quiet" onClick={() => remove(one.id)}>
                Take back
              </button>
            </li>
          ))}
        </ul>
      )}
      <form class="share-line" onSubmit={(event) => void add(event)}>
        <input
          type="password"
          autocomplete="new-password"
          aria-label="New password"
          placeholder={`New password, ${SHORTEST_PASSWORD} characters or more`}
          minLength={SHORTEST_PASSWORD}
          required
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
        <button type="submit" class="button">
          Add
        </button>
      </form>
    </div>
  )
}
