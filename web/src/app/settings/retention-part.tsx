// How long recordings are kept. Before a shorter time is saved, the page says how many recordings it deletes, and asks.

import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../../format/failures'
import type { Me, Project, ProjectInfo, RetentionPreview } from '../../format/settings'
import { changeProject, fetchProject, fetchRetentionPreview } from '../../sources/settings'
import { bytes, counted } from '../../ui/times'
import { Question } from '../question'
import { Block, Choices, Field, Locked, Said, SaveBar, Shown } from './form'
import { refusalOf, useLoaded, useWork } from './work'

const MOST_DAYS = 36_500
const FIRST_DAYS = 90
const TYPING_MS = 300

type Preview =
  | { readonly kind: 'none' }
  | { readonly kind: 'counting' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'counted'; readonly days: number; readonly preview: RetentionPreview }

export function RetentionPart({ me, project }: { me: Me; project: ProjectInfo }) {
  const loading = useLoaded(() => fetchProject(project.id), `${project.id}`)
  return (
    <Shown loading={loading} what="the retention">
      {(shown) => <RetentionForm me={me} project={shown} set={loading.set} />}
    </Shown>
  )
}

function RetentionForm({ me, project, set }: { me: Me; project: Project; set: (project: Project) => void }) {
  const [ends, setEnds] = useState(project.retentionDays !== undefined)
  const [days, setDays] = useState(project.retentionDays ?? FIRST_DAYS)
  const [asks, setAsks] = useState(false)
  const { work, run, clear } = useWork()
  const locked = !me.scopes.has('project:write')
  const wanted = ends ? days : undefined
  const isGood = Number.isInteger(days) && days >= 1 && days <= MOST_DAYS
  const isChanged = wanted !== project.retentionDays
  const preview = usePreview(project.id, ends && isGood && isChanged ? days : undefined)
  const refused = refusalOf(work, 'retention_days')
  const save = (): void => {
    const said = wanted === undefined ? 'Saved. Recordings are kept for ever.' : `Saved. Recordings are kept for ${counted(wanted, 'day')}.`
    void run(said, async () => set(await changeProject(project.id, { retention_days: wanted ?? null })))
  }
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (preview.kind === 'counted' && preview.preview.recordings > 0) setAsks(true)
    else save()
  }
  return (
    <Block
      title="How long recordings are kept"
      lead="A recording’s age counts from the last data that came for it. What is older is deleted for good, and leaves a line in the activity log. What still runs stays; whether somebody put a recording into a collection or shared it makes no difference. An imported recording is as old as its file says."
    >
      <Locked me={me} scope="project:write" what="Only administrators change the retention." />
      <form onSubmit={submit}>
        <Choices
          legend="Recordings are"
          value={ends ? 'ends' : 'ever'}
          disabled={locked}
          onChange={(choice) => {
            setEnds(choice === 'ends')
            clear()
          }}
          choices={[
            { value: 'ever', label: 'Kept for ever' },
            { value: 'ends', label: 'Deleted when they are older than' },
          ]}
        />
        {ends && (
          <div class="settings-inset">
            <Field label="Days" error={isGood ? refused : `Expected a whole number of days from 1 to ${MOST_DAYS}.`}>
              {(ties) => (
                <input
                  {...ties}
                  class="control is-short"
                  type="number"
                  min={1}
                  max={MOST_DAYS}
                  value={Number.isNaN(days) ? '' : days}
                  disabled={locked}
                  onInput={(event) => {
                    setDays(event.currentTarget.valueAsNumber)
                    clear()
                  }}
                />
              )}
            </Field>
            <Effect preview={preview} />
          </div>
        )}
        <Said work={work} shown={refused} />
        {!locked && <SaveBar work={work} isChanged={isChanged} hasErrors={ends && (!isGood || preview.kind === 'counting' || preview.kind === 'none' || preview.kind === 'failed')} />}
      </form>
      {asks && preview.kind === 'counted' && (
        <Question
          isDangerous
          title={`Delete ${counted(preview.preview.recordings, 'recording')} of ${project.name}?`}
          act={`Delete ${counted(preview.preview.recordings, 'recording')}`}
          typed={project.name}
          onAct={async () => save()}
          onClose={() => setAsks(false)}
        >
          <p>
            {counted(preview.preview.recordings, 'recording')} ({bytes(preview.preview.bytes)}) to which nothing came for{' '}
            {counted(preview.days, 'day')} will be deleted within the hour. Nobody can bring them back.
          </p>
        </Question>
      )}
    </Block>
  )
}

function Effect({ preview }: { preview: Preview }) {
  switch (preview.kind) {
    case 'none':
      return null
    case 'counting':
      return <p class="hint" role="status">Counting what that deletes…</p>
    case 'failed':
      return <p class="field-error" role="alert">What that deletes cannot be counted: {preview.message}</p>
    case 'counted': {
      const { recordings, bytes: size } = preview.preview
      return (
        <p role="status">
          {recordings === 0 ? 'No recording is that old now.' : `${counted(recordings, 'recording')} (${bytes(size)}) ${recordings === 1 ? 'is' : 'are'} older than that and will be deleted.`}
        </p>
      )
    }
    default:
      return preview satisfies never
  }
}

/** What so many days would delete now. */
function usePreview(project: number, days: number | undefined): Preview {
  const [preview, setPreview] = useState<Preview>({ kind: 'none' })
  useEffect(() => {
    if (days === undefined) {
      setPreview({ kind: 'none' })
      return
    }
    setPreview({ kind: 'counting' })
    const leaving = new AbortController()
    const timer = setTimeout(() => {
      fetchRetentionPreview(project, days, leaving.signal).then(
        (found) => setPreview({ kind: 'counted', days, preview: found }),
        (error: unknown) => leaving.signal.aborted || setPreview({ kind: 'failed', message: messageOf(error) }),
      )
    }, TYPING_MS)
    return () => {
      clearTimeout(timer)
      leaving.abort()
    }
  }, [project, days])
  return preview
}
