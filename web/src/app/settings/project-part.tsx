// A project: its name, and the token by which pages record into it.

import { useState } from 'preact/hooks'
import type { Me, Project, ProjectInfo } from '../../format/settings'
import { changeProject, createProject, fetchProject, resetToken } from '../../sources/settings'
import { exactTime } from '../../ui/times'
import { Question } from '../question'
import { Block, CopyLine, Field, Locked, Said, SaveBar, Shown } from './form'
import { refusalOf, useLoaded, useWork } from './work'

interface Props {
  readonly me: Me
  readonly project: ProjectInfo
  readonly onChanged: () => void
  /** Another project was made. */
  readonly onMade: (id: number) => void
}

/** Hours for which the token before may stay good. */
const GRACES = [
  { hours: 0, name: 'At once' },
  { hours: 24, name: 'After a day' },
  { hours: 7 * 24, name: 'After a week' },
  { hours: 30 * 24, name: 'After 30 days' },
] as const

export function ProjectPart({ me, project, onChanged, onMade }: Props) {
  const loading = useLoaded(() => fetchProject(project.id), `${project.id}`)
  const set = (changed: Project): void => {
    loading.set(changed)
    onChanged()
  }
  return (
    <Shown loading={loading} what="the project">
      {(shown) => (
        <>
          <Name me={me} project={shown} set={set} />
          <Token me={me} project={shown} set={set} />
          {me.scopes.has('project:write') && (
            <NewProject
              onMade={(id) => {
                onChanged()
                onMade(id)
              }}
            />
          )}
        </>
      )}
    </Shown>
  )
}

interface PieceProps {
  readonly me: Me
  readonly project: Project
  readonly set: (project: Project) => void
}

function Name({ me, project, set }: PieceProps) {
  const [name, setName] = useState(project.name)
  const { work, run } = useWork()
  const refused = refusalOf(work, 'name')
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    await run('The name is saved.', async () => {
      const changed = await changeProject(project.id, { name })
      setName(changed.name)
      set(changed)
    })
  }
  return (
    <Block title="Name">
      <Locked me={me} scope="project:write" what="Only administrators change projects." />
      <form onSubmit={(event) => void submit(event)}>
        <Field label="Name of the project" error={refused} hint={<>In addresses of the API it is <code>{project.id}</code>.</>}>
          {(ties) => (
            <input {...ties} class="control" value={name} maxLength={200} required disabled={!me.scopes.has('project:write')} onInput={(event) => setName(event.currentTarget.value)} />
          )}
        </Field>
        <Said work={work} shown={refused} />
        <SaveBar work={work} isChanged={name.trim() !== '' && name !== project.name} onDiscard={() => setName(project.name)} />
      </form>
    </Block>
  )
}

function Token({ me, project, set }: PieceProps) {
  const [grace, setGrace] = useState<number>(24)
  const [asks, setAsks] = useState(false)
  const { work, run } = useWork()
  const mayChange = me.scopes.has('project:write')
  const chosen = GRACES.find((one) => one.hours === grace) ?? GRACES[0]
  return (
    <Block
      title="Project token"
      lead="It stands in every page that records, so it is no secret: it opens nothing but the way in. Another one is needed only where somebody sends what you do not want."
    >
      <CopyLine label="Token" text={project.token} />
      {project.oldTokens.length > 0 && (
        <div class="settings-group">
          <h4>Earlier tokens that are still good</h4>
          <ul class="settings-rows">
            {project.oldTokens.map((old) => (
              <li key={old.token}>
                <div class="settings-row-text">
                  <code>{old.token}</code>
                  <span>until {exactTime(old.until)}</span>
                </div>
              </li>
            ))}
          </ul>
        </div>
      )}
      <Locked me={me} scope="project:write" what="Only administrators give a project another token." />
      {mayChange && (
        <div class="settings-line is-mixed">
          <label class="settings-line is-mixed">
            <span>The present token ends</span>
            <select class="control is-short" style={{ width: '150px' }} value={String(grace)} onChange={(event) => setGrace(Number(event.currentTarget.value))}>
              {GRACES.map((one) => (
                <option key={one.hours} value={String(one.hours)}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
          <button type="button" class="button" onClick={() => setAsks(true)}>
            Make another token…
          </button>
        </div>
      )}
      <Said work={work} />
      {asks && (
        <Question
          isDangerous
          title={`Another token for ${project.name}?`}
          act="Make another token"
          typed={grace === 0 ? project.name : undefined}
          onClose={() => setAsks(false)}
          onAct={async () => void run('The project has another token. Put it into your pages.', async () => set(await resetToken(project.id, grace)))}
        >
          <p>
            Pages with the present token stop recording {chosen.name.toLowerCase()}. What was recorded stays.
          </p>
        </Question>
      )}
    </Block>
  )
}

function NewProject({ onMade }: { onMade: (id: number) => void }) {
  const [name, setName] = useState('')
  const { work, run } = useWork()
  const refused = refusalOf(work, 'name')
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    await run('The project is made.', async () => {
      const made = await createProject(name)
      setName('')
      onMade(made.id)
    })
  }
  return (
    <Block title="Another project" lead="Projects have recordings, tokens and settings of their own. A new one records at once.">
      <form onSubmit={(event) => void submit(event)}>
        <Field label="Name of the new project" error={refused}>
          {(ties) => <input {...ties} class="control" value={name} maxLength={200} required onInput={(event) => setName(event.currentTarget.value)} />}
        </Field>
        <Said work={work} shown={refused} />
        <SaveBar work={work} isChanged={name.trim() !== ''} label="Make the project" />
      </form>
    </Block>
  )
}
