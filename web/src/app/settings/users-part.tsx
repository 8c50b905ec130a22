// Users: who may log in, what they may do and where. And one's own password.

import { useState } from 'preact/hooks'
import type { Me, ProjectInfo, Role, User } from '../../format/settings'
import { changeUser, createUser, fetchUsers, removeUser, type UserChange } from '../../sources/settings'
import { Question } from '../question'
import { Block, Check, Choices, Field, Locked, Said, SaveBar, Shown } from './form'
import { ProjectChecks } from './keys-part'
import { refusalOf, useLoaded, useWork } from './work'

const ROLES: readonly { readonly value: Role; readonly label: string; readonly hint: string }[] = [
  { value: 'viewer', label: 'Viewer', hint: 'Lists and watches recordings, changes nothing.' },
  { value: 'member', label: 'Member', hint: 'Also marks, imports and deletes recordings, collects, comments and shares.' },
  { value: 'admin', label: 'Administrator', hint: 'Everything, in every project: settings, users, keys, the activity log.' },
]

const SHORTEST_PASSWORD = 8

export function UsersPart({ me }: { me: Me; project: ProjectInfo }) {
  return (
    <>
      <OwnAccount me={me} />
      {me.scopes.has('user:read') ? (
        <Everybody me={me} />
      ) : (
        <Block title="Users">
          <Locked me={me} scope="user:read" what="Only administrators see who the users are." />
        </Block>
      )}
    </>
  )
}

function OwnAccount({ me }: { me: Me }) {
  const { user } = me
  const [password, setPassword] = useState('')
  const [current, setCurrent] = useState('')
  const { work, run } = useWork()
  const [wrong, weak] = [refusalOf(work, 'current_password'), refusalOf(work, 'password')]
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const done = await run('The password is changed. Other browsers are logged out.', () => changeUser('@me', { password, current_password: current }))
    if (done) {
      setPassword('')
      setCurrent('')
    }
  }
  return (
    <Block title="You" lead={user.email === undefined ? 'You are the administrator of this installation, whose password stands in its configuration.' : `You are ${user.email}, with the role ${user.role}.`}>
      {user.email !== undefined && user.hasPassword && (
        <details class="settings-more">
          <summary>Change your password</summary>
          <form onSubmit={(event) => void submit(event)}>
            <input type="hidden" name="username" autocomplete="username" value={user.email} />
            <Field label="Present password" error={wrong}>
              {(ties) => <input {...ties} class="control" type="password" autocomplete="current-password" required value={current} onInput={(event) => setCurrent(event.currentTarget.value)} />}
            </Field>
            <Field label="New password" hint={`${SHORTEST_PASSWORD} characters or more.`} error={weak}>
              {(ties) => <input {...ties} class="control" type="password" autocomplete="new-password" minLength={SHORTEST_PASSWORD} required value={password} onInput={(event) => setPassword(event.currentTarget.value)} />}
            </Field>
            <Said work={work} shown={wrong ?? weak} />
            <SaveBar work={work} isChanged={password !== '' && current !== ''} label="Change the password" />
          </form>
        </details>
      )}
    </Block>
  )
}

function Everybody({ me }: { me: Me }) {
  const users = useLoaded(fetchUsers, 'users')
  const manages = me.scopes.has('user:write')
  return (
    <>
      <Block title="Users" lead="Whoever has the first key or the configured password is the administrator beside these.">
        <Locked me={me} scope="user:write" what="Only administrators change users." />
        <Shown loading={users} what="the users">
          {(shown) =>
            shown.length === 0 ? (
              <p>There is none yet.</p>
            ) : (
              <ul class="settings-rows">
                {shown.map((user) => (
                  <UserRow key={user.id} me={me} user={user} manages={manages} onChanged={users.reload} />
                ))}
              </ul>
            )
          }
        </Shown>
      </Block>
      {manages && <NewUser me={me} onMade={users.reload} />}
    </>
  )
}

interface UserRowProps {
  readonly me: Me
  readonly user: User
  readonly manages: boolean
  readonly onChanged: () => void
}

function UserRow({ me, user, manages, onChanged }: UserRowProps) {
  const [asks, setAsks] = useState(false)
  const { work, run } = useWork()
  const isSelf = user.id === me.user.id
  const name = user.email ?? user.name
  const where = user.projects === undefined ? 'all projects' : user.projects.map((id) => me.projects.find((project) => project.id === id)?.name ?? `project ${id}`).join(', ') || 'no project'
  const limits = [user.mayList ? '' : 'may not list', user.mayWatch ? '' : 'may not watch', user.hasPassword ? '' : 'has no password'].filter(Boolean)
  return (
    <li>
      <div class="settings-row-text">
        <b>
          {name}
          {isSelf && ' (you)'}
        </b>
        <span>{[user.name !== name ? user.name : '', ROLES.find((role) => role.value === user.role)?.label, where, ...limits].filter(Boolean).join(' · ')}</span>
      </div>
      {manages && !isSelf && (
        <div class="settings-row-actions">
          <button type="button" class="button" onClick={() => setAsks(true)}>
            Remove…
          </button>
        </div>
      )}
      <Said work={work} />
      {manages && (
        <details class="settings-more">
          <summary>Change</summary>
          <EditUser me={me} user={user} isSelf={isSelf} onChanged={onChanged} />
        </details>
      )}
      {asks && (
        <Question
          isDangerous
          title={`Remove ${name}?`}
          act="Remove"
          onClose={() => setAsks(false)}
          onAct={async () =>
            void run('The user is removed.', async () => {
              await removeUser(user.id)
              onChanged()
            })
          }
        >
          <p>They are logged out at once, and their keys open nothing any more. What they wrote stays.</p>
        </Question>
      )}
    </li>
  )
}

interface UserDraft {
  readonly role: Role
  readonly isEverywhere: boolean
  readonly projects: readonly number[]
  readonly mayList: boolean
  readonly mayWatch: boolean
}

const FIRST_DRAFT: UserDraft = { role: 'member', isEverywhere: true, projects: [], mayList: true, mayWatch: true }

function draftOf(user: User): UserDraft {
  return { role: user.role, isEverywhere: user.projects === undefined, projects: user.projects ?? [], mayList: user.mayList, mayWatch: user.mayWatch }
}

function changeOf(draft: UserDraft): UserChange & { role: Role } {
  return { role: draft.role, projects: draft.isEverywhere || draft.role === 'admin' ? null : draft.projects, may_list: draft.mayList, may_watch: draft.mayWatch }
}

function EditUser({ me, user, isSelf, onChanged }: { me: Me; user: User; isSelf: boolean; onChanged: () => void }) {
  const [name, setName] = useState(user.name)
  const [draft, setDraft] = useState(draftOf(user))
  const [password, setPassword] = useState('')
  const { work, run } = useWork()
  const [weak, long] = [refusalOf(work, 'password'), refusalOf(work, 'first_name')]
  const isChanged = name !== user.name || password !== '' || JSON.stringify(draft) !== JSON.stringify(draftOf(user))
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const done = await run('Saved.', () => changeUser(user.id, { first_name: name, ...(isSelf ? {} : changeOf(draft)), ...(password === '' ? {} : { password }) }))
    if (done) {
      setPassword('')
      onChanged()
    }
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Field label="Name" error={long}>
        {(ties) => <input {...ties} class="control" value={name} onInput={(event) => setName(event.currentTarget.value)} />}
      </Field>
      {isSelf ? <p class="hint">Your own role is changed by another administrator, so that one remains.</p> : <Rights me={me} draft={draft} change={(members) => setDraft({ ...draft, ...members })} />}
      {!isSelf && (
        <Field label="New password" hint="Empty: it stays. A new one logs the user out everywhere." error={weak}>
          {(ties) => <input {...ties} class="control" type="password" autocomplete="new-password" minLength={SHORTEST_PASSWORD} value={password} onInput={(event) => setPassword(event.currentTarget.value)} />}
        </Field>
      )}
      <Said work={work} shown={weak ?? long} />
      <SaveBar work={work} isChanged={isChanged} />
    </form>
  )
}

function Rights({ me, draft, change }: { me: Me; draft: UserDraft; change: (members: Partial<UserDraft>) => void }) {
  const isAdmin = draft.role === 'admin'
  return (
    <>
      <Choices legend="Role" choices={ROLES} value={draft.role} onChange={(role) => change({ role })} />
      {!isAdmin && (
        <>
          <Check label="Sees all projects" hint="Also those that are made later." checked={draft.isEverywhere} onChange={(isEverywhere) => change({ isEverywhere })} />
          {!draft.isEverywhere && <ProjectChecks label="Projects" me={me} chosen={draft.projects} onChange={(projects) => change({ projects })} />}
          <Check label="May list recordings" hint="See that a visit took place, when and how long." checked={draft.mayList} onChange={(mayList) => change({ mayList })} />
          <Check label="May watch recordings" hint="See what visitors saw and typed." checked={draft.mayWatch} onChange={(mayWatch) => change({ mayWatch })} />
        </>
      )}
    </>
  )
}

function NewUser({ me, onMade }: { me: Me; onMade: () => void }) {
  const [email, setEmail] = useState('')
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [draft, setDraft] = useState(FIRST_DRAFT)
  const { work, run } = useWork()
  const [taken, weak] = [refusalOf(work, 'email'), refusalOf(work, 'password')]
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const { projects, ...rest } = changeOf(draft)
    const done = await run(`${email.trim()} can log in.`, () =>
      createUser({ email: email.trim(), first_name: name, ...rest, ...(projects === null || projects === undefined ? {} : { projects }), ...(password === '' ? {} : { password }) }),
    )
    if (done) {
      setEmail('')
      setName('')
      setPassword('')
      setDraft(FIRST_DRAFT)
      onMade()
    }
  }
  return (
    <Block title="Another user">
      <form onSubmit={(event) => void submit(event)}>
        <Field label="E-mail address" error={taken}>
          {(ties) => <input {...ties} class="control" type="email" autocomplete="off" required value={email} onInput={(event) => setEmail(event.currentTarget.value)} />}
        </Field>
        <Field label="Name">{(ties) => <input {...ties} class="control" autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />}</Field>
        <Field label="Password" hint={`${SHORTEST_PASSWORD} characters or more; tell it to them. Without one they log in by the login provider only.`} error={weak}>
          {(ties) => <input {...ties} class="control" type="password" autocomplete="new-password" minLength={SHORTEST_PASSWORD} value={password} onInput={(event) => setPassword(event.currentTarget.value)} />}
        </Field>
        <Rights me={me} draft={draft} change={(members) => setDraft({ ...draft, ...members })} />
        <Said work={work} shown={taken ?? weak} />
        <SaveBar work={work} isChanged={email.trim() !== ''} label="Make the user" />
      </form>
    </Block>
  )
}
