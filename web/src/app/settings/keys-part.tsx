// Personal API keys: made with no more than they need, shown once, taken back.

import { useState } from 'preact/hooks'
import type { Key, Me, ProjectInfo } from '../../format/settings'
import { createKey, fetchKeys, removeKey, rollKey } from '../../sources/settings'
import { exactTime, relativeTime } from '../../ui/times'
import { Question } from '../question'
import { Block, Check, Choices, Field, Locked, Said, SaveBar, Secret, Shown } from './form'
import { refusalOf, useLoaded, useWork, type Loading } from './work'

const DAY_MS = 24 * 3_600_000

/** What a key is mostly for. */
const READING = ['session_recording:read', 'person:read', 'project:read', 'session_recording_playlist:read', 'comment:read']

export function KeysPart({ me }: { me: Me; project: ProjectInfo }) {
  const [ofAll, setOfAll] = useState(false)
  const [fresh, setFresh] = useState<Key>()
  const keys = useLoaded(() => fetchKeys(ofAll), `${ofAll}`)
  const made = (key: Key): void => {
    setFresh(key)
    keys.reload()
  }
  if (!me.scopes.has('personal_api_key:read')) return <Block title="API keys"><Locked me={me} scope="personal_api_key:read" what="You may not see keys." /></Block>
  return (
    <>
      <Block title={ofAll ? 'Everybody’s keys' : 'Your keys'} lead={<>A program sends its key as <code>Authorization: Bearer phx_…</code>. A key may do what its scopes and its user’s role both allow.</>}>
        {fresh?.value !== undefined && <Secret what={`The key ${fresh.label}.`} text={fresh.value} onSeen={() => setFresh(undefined)} />}
        {me.scopes.has('user:write') && <Check label="Show everybody’s keys" checked={ofAll} onChange={setOfAll} />}
        <Shown loading={keys} what="the keys">
          {(shown) =>
            shown.length === 0 ? (
              <p>There is none yet.</p>
            ) : (
              <ul class="settings-rows">
                {shown.map((key) => (
                  <KeyRow key={key.id} me={me} one={key} loading={keys} onRolled={made} />
                ))}
              </ul>
            )
          }
        </Shown>
      </Block>
      <Locked me={me} scope="personal_api_key:write" what="You may not make keys." />
      {me.scopes.has('personal_api_key:write') && <NewKey me={me} onMade={made} />}
    </>
  )
}

function KeyRow({ me, one, loading, onRolled }: { me: Me; one: Key; loading: Loading<Key[]>; onRolled: (key: Key) => void }) {
  const [asks, setAsks] = useState<'roll' | 'remove'>()
  const { work, run } = useWork()
  const isOwn = one.userId === me.user.id
  const mayChange = me.scopes.has('personal_api_key:write')
  return (
    <li>
      <div class="settings-row-text">
        <b>{one.label || 'Without a name'}</b>
        <span>
          <code>{one.mask}</code> · {one.scopes.length === 0 ? 'may nothing' : one.scopes.includes('*') ? 'may everything that its user may' : one.scopes.join(', ')}
          {one.projects.length > 0 && ` · in ${one.projects.map((id) => me.projects.find((project) => project.id === id)?.name ?? `project ${id}`).join(', ')}`}
        </span>
        <span>{[lastUse(one), ending(one), isOwn ? '' : `of ${one.userId === 'admin' ? 'the administrator' : one.userId}`].filter(Boolean).join(' · ')}</span>
      </div>
      {mayChange && (
        <div class="settings-row-actions">
          {isOwn && (
            <button type="button" class="button" onClick={() => setAsks('roll')}>
              New value…
            </button>
          )}
          <button type="button" class="button" onClick={() => setAsks('remove')}>
            Take back…
          </button>
        </div>
      )}
      <Said work={work} />
      {asks === 'roll' && (
        <Question
          isDangerous
          title={`New value for ${one.label}?`}
          act="Make a new value"
          onClose={() => setAsks(undefined)}
          onAct={async () => void run('The key has a new value.', async () => onRolled(await rollKey(one.id)))}
        >
          <p>The value that programs have now opens nothing from that moment on.</p>
        </Question>
      )}
      {asks === 'remove' && (
        <Question
          isDangerous
          title={`Take back ${one.label}?`}
          act="Take back"
          onClose={() => setAsks(undefined)}
          onAct={async () =>
            void run('The key is taken back.', async () => {
              await removeKey(one.id)
              loading.reload()
            })
          }
        >
          <p>Programs that have this key get no answer any more. This cannot be undone.</p>
        </Question>
      )}
    </li>
  )
}

function lastUse(key: Key): string {
  const made = key.createdAt === undefined ? '' : `made ${relativeTime(key.createdAt, Date.now())}`
  const used = key.lastUsedAt === undefined ? 'never used' : `used ${new Date(key.lastUsedAt).toLocaleDateString(undefined, { dateStyle: 'medium' })}`
  return [made, used].filter(Boolean).join(', ')
}

function ending(key: Key): string {
  if (key.expiresAt === undefined) return ''
  return key.expiresAt < Date.now() ? `ended ${exactTime(key.expiresAt)}` : `ends ${exactTime(key.expiresAt)}`
}

type Extent = 'everything' | 'reading' | 'chosen'

function NewKey({ me, onMade }: { me: Me; onMade: (key: Key) => void }) {
  const [label, setLabel] = useState('')
  const [extent, setExtent] = useState<Extent>('reading')
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [projects, setProjects] = useState<readonly number[]>([])
  const [days, setDays] = useState('')
  const { work, run } = useWork()
  const refused = refusalOf(work, 'label')
  const scopes = extent === 'everything' ? ['*'] : extent === 'reading' ? READING.filter((scope) => me.scopes.has(scope)) : chosen
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    await run('The key is made. Its value stands above.', async () => {
      const ends = days === '' ? {} : { expires_at: new Date(Date.now() + Number(days) * DAY_MS).toISOString() }
      onMade(await createKey({ label, scopes, scoped_teams: projects, ...ends }))
      setLabel('')
    })
  }
  return (
    <Block title="Another key">
      <form onSubmit={(event) => void submit(event)}>
        <Field label="What it is for" error={refused}>
          {(ties) => <input {...ties} class="control" value={label} maxLength={100} required placeholder="Nightly export" onInput={(event) => setLabel(event.currentTarget.value)} />}
        </Field>
        <Choices
          legend="What it may do"
          value={extent}
          onChange={setExtent}
          choices={[
            { value: 'reading', label: 'Read recordings', hint: 'List, watch and export recordings; see persons, collections, comments and settings.' },
            { value: 'everything', label: 'Everything that you may', hint: 'Also what later versions add.' },
            { value: 'chosen', label: 'Chosen scopes' },
          ]}
        />
        {extent === 'chosen' && (
          <div class="settings-inset">
            <div class="settings-scopes" role="group" aria-label="Scopes">
              {[...me.scopes].map((scope) => (
                <Check key={scope} label={<code>{scope}</code>} checked={chosen.includes(scope)} onChange={(checked) => setChosen(checked ? [...chosen, scope] : chosen.filter((one) => one !== scope))} />
              ))}
            </div>
          </div>
        )}
        {me.projects.length > 1 && <ProjectChecks label="Where; none chosen: in all that you see" me={me} chosen={projects} onChange={setProjects} />}
        <Field label="When it ends">
          {(ties) => (
            <select {...ties} class="control" value={days} onChange={(event) => setDays(event.currentTarget.value)}>
              <option value="">Never</option>
              <option value="7">In a week</option>
              <option value="30">In 30 days</option>
              <option value="365">In a year</option>
            </select>
          )}
        </Field>
        <Said work={work} shown={refused} />
        <SaveBar work={work} isChanged={label.trim() !== '' && scopes.length > 0} label="Make the key" />
      </form>
    </Block>
  )
}

export function ProjectChecks({ label, me, chosen, onChange }: { label: string; me: Me; chosen: readonly number[]; onChange: (chosen: readonly number[]) => void }) {
  return (
    <fieldset class="settings-choices">
      <legend>{label}</legend>
      {me.projects.map((project) => (
        <Check key={project.id} label={project.name} checked={chosen.includes(project.id)} onChange={(checked) => onChange(checked ? [...chosen, project.id] : chosen.filter((id) => id !== project.id))} />
      ))}
    </fieldset>
  )
}
