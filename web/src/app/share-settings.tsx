// What the owner of a link may set: how long and how often it opens, what of the recording it shows, who may frame it, how its page
// looks, who came. Each change is sent as it is made. What the server refuses is said above; the line over a field says what holds.

import { useEffect, useState } from 'preact/hooks'
import type { JsonObject } from '../format/json'
import type { Player } from '../player/player'
import { addSharePassword, changeSharing, fetchShareAccesses, fetchSharing, removeSharePassword, type Sharing } from '../sources/sharing'
import { Answer, useAsked } from '../ui/asked'
import { clockTime, counted, exactTime, number } from '../ui/times'

const DAY_MS = 24 * 60 * 60 * 1000
const SHORTEST_PASSWORD = 8
const LATEST_SHOWN = 20

export interface PartProps {
  readonly id: string
  readonly sharing: Sharing
  readonly run: (work: () => Promise<Sharing>) => Promise<void>
}

export function Expiry({ id, sharing, run }: PartProps) {
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

export function MostViews({ id, sharing, run }: PartProps) {
  const { maxViews, views } = sharing
  const [text, setText] = useState(String(maxViews ?? ''))
  useEffect(() => setText(String(maxViews ?? '')), [maxViews])
  return (
    <form
      class="share-part"
      onSubmit={(event) => {
        event.preventDefault()
        void run(() => changeSharing(id, { max_views: text === '' ? null : Number(text) }))
      }}
    >
      <label for="share-views">{maxViews === undefined ? 'Opens as often as anybody likes' : `Opens ${counted(maxViews, 'time')}, of which ${number(views)} ${views === 1 ? 'was' : 'were'} used`}</label>
      <div class="share-line">
        <input id="share-views" type="number" min={1} step={1} placeholder="Times, or nothing for no limit" value={text} onInput={({ currentTarget }) => setText(currentTarget.value)} />
        <button type="submit" class="button" disabled={text === String(maxViews ?? '')}>
          Set
        </button>
      </div>
    </form>
  )
}

/** The part of the recording that is shown. What lies outside does not leave the server. */
export function Range({ id, sharing, run, player }: PartProps & { player: Player }) {
  const { startsAt, endsAt } = sharing
  const isWhole = startsAt === undefined && endsAt === undefined
  const from = startsAt === undefined ? 'the start' : clockTime(startsAt)
  const to = endsAt === undefined ? 'the end' : clockTime(endsAt)
  const here = Math.round(player.position)
  const set = (change: { starts_at?: number | null; ends_at?: number | null }): void => void run(() => changeSharing(id, change))
  return (
    <div class="share-part" role="group" aria-label="What is shown">
      <span>{isWhole ? 'Shows the whole recording' : `Shows it from ${from} to ${to}`}</span>
      <div class="share-line is-buttons">
        <button type="button" class="button" onClick={() => set({ starts_at: here })}>
          Begin at {clockTime(here)}
        </button>
        <button type="button" class="button" onClick={() => set({ ends_at: here })}>
          End at {clockTime(here)}
        </button>
        {!isWhole && (
          <button type="button" class="button is-quiet" onClick={() => set({ starts_at: null, ends_at: null })}>
            Show all
          </button>
        )}
      </div>
      <p class="hint">The player stands at {clockTime(here)}. What is cut off does not leave the server.</p>
    </div>
  )
}

export function Origins({ id, sharing, run }: PartProps) {
  const [text, setText] = useState(sharing.allowedOrigins.join('\n'))
  const origins = text.split(/[\s,]+/).filter(Boolean)
  const isSame = origins.join() === sharing.allowedOrigins.join()
  return (
    <form
      class="share-part"
      onSubmit={(event) => {
        event.preventDefault()
        void run(async () => {
          const changed = await changeSharing(id, { allowed_origins: origins })
          setText(changed.allowedOrigins.join('\n'))
          return changed
        })
      }}
    >
      <label for="share-origins">{sharing.allowedOrigins.length === 0 ? 'Any site may show it in a frame' : 'Only these sites may show it in a frame'}</label>
      <div class="share-line">
        <textarea
          id="share-origins"
          rows={Math.min(4, Math.max(1, sharing.allowedOrigins.length))}
          placeholder="https://wiki.example, one a line"
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <button type="submit" class="button" disabled={isSame}>
          Set
        </button>
      </div>
    </form>
  )
}

/** A box that is ticked means `on`; one that is not takes the setting away, or says `off` where that means something else. */
const FLAGS: readonly { readonly name: string; readonly label: string; readonly isTicked: (value: unknown) => boolean; readonly value: (isTicked: boolean) => boolean | undefined }[] = [
  { name: 'showInspector', label: 'Panels: events, console, network, pages', isTicked: (value) => value === true, value: (isTicked) => isTicked },
  // Unset: there is one on the page of its own, and none in a frame.
  { name: 'noHeader', label: 'No bar at the top', isTicked: (value) => value === true, value: (isTicked) => isTicked || undefined },
  { name: 'whitelabel', label: 'Without the name Cassette', isTicked: (value) => value === true, value: (isTicked) => isTicked },
  { name: 'autoplay', label: 'Plays by itself', isTicked: (value) => value !== false, value: (isTicked) => isTicked },
]

export function Look({ id, sharing, run }: PartProps) {
  const { settings } = sharing
  const set = (name: string, value: boolean | string | undefined): void => {
    const { [name]: _before, ...others } = settings
    const next: JsonObject = value === undefined ? others : { ...others, [name]: value }
    void run(() => changeSharing(id, { settings: next }))
  }
  return (
    <fieldset class="share-part share-look">
      <legend>How its page looks</legend>
      {FLAGS.map(({ name, label, isTicked, value }) => (
        <label key={name} class="share-check">
          <input type="checkbox" checked={isTicked(settings[name])} onChange={({ currentTarget }) => set(name, value(currentTarget.checked))} />
          {label}
        </label>
      ))}
      <label class="share-check">
        Theme
        <select class="control is-small" value={typeof settings.theme === 'string' ? settings.theme : ''} onChange={({ currentTarget }) => set('theme', currentTarget.value || undefined)}>
          <option value="">As the viewer chose</option>
          <option value="light">Light</option>
          <option value="dark">Dark</option>
          <option value="system">As the viewer’s system has it</option>
        </select>
      </label>
    </fieldset>
  )
}

export function Passwords({ id, sharing, run }: PartProps) {
  const [password, setPassword] = useState('')
  const [note, setNote] = useState('')
  const add = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    await run(async () => {
      await addSharePassword(id, password, note.trim())
      setPassword('')
      setNote('')
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
    <div class="share-part" role="group" aria-label="Passwords">
      <span>{sharing.passwordRequired ? 'Opens with a password' : 'Opens without a password; adding one makes it needed'}</span>
      {sharing.passwords.length > 0 && (
        <ul class="share-passwords">
          {sharing.passwords.map((one, place) => (
            <li key={one.id}>
              {one.note || `Password ${place + 1}`}
              <button type="button" class="button is-quiet" aria-label={`Take back ${one.note || `password ${place + 1}`}`} onClick={() => remove(one.id)}>
                Take back
              </button>
            </li>
          ))}
        </ul>
      )}
      <form class="share-line is-buttons" onSubmit={(event) => void add(event)}>
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
        <input type="text" class="is-short" aria-label="For whom the password is" placeholder="For whom" maxLength={100} value={note} onInput={({ currentTarget }) => setNote(currentTarget.value)} />
        <button type="submit" class="button">
          Add
        </button>
      </form>
    </div>
  )
}

/** Who opened it. Asked for when somebody wants to know. */
export function Accesses({ id, sharing }: { id: string; sharing: Sharing }) {
  const [asked, ask] = useAsked(() => fetchShareAccesses(id, LATEST_SHOWN))
  const passwordName = (one: number): string => sharing.passwords.find((password) => password.id === one)?.note || 'a password'
  return (
    <details class="share-accesses" onToggle={({ currentTarget }) => currentTarget.open && ask()}>
      <summary>Opened {counted(sharing.views, 'time')}</summary>
      <Answer asked={asked}>
        {({ latest, count }) => (
          <ol aria-label="Who opened it">
            {latest.map(({ time, network, browser, from, password }, place) => (
              <li key={place}>
                <span>{exactTime(time)}</span>
                <span class="hint">{[browser, network, from && `from ${from}`, password !== undefined && `with ${passwordName(password)}`].filter(Boolean).join(' · ')}</span>
              </li>
            ))}
            {latest.length === 0 && <li class="hint">Nobody opened it yet.</li>}
            {count > latest.length && <li class="hint">and {counted(count - latest.length, 'time')} before</li>}
          </ol>
        )}
      </Answer>
    </details>
  )
}
