// The page `/settings`: projects, keys, users, what is recorded and kept, and how data comes in. Everything on it is done by
// the public API; what somebody may not do, the page says why before the server has to.

import { Fragment, render, type ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { AppPage } from '../app/app-page'
import { HealthPart } from '../app/settings/health-part'
import { InstallPart } from '../app/settings/install-part'
import { KeysPart } from '../app/settings/keys-part'
import { addressOf, PARTS, usePlace, type Place } from '../app/settings/places'
import { ProjectPart } from '../app/settings/project-part'
import { RecordingPart } from '../app/settings/recording-part'
import { RetentionPart } from '../app/settings/retention-part'
import { StoragePart } from '../app/settings/storage-part'
import { UsersPart } from '../app/settings/users-part'
import { Shown } from '../app/settings/form'
import { useLoaded } from '../app/settings/work'
import type { Me, ProjectInfo } from '../format/settings'
import { fetchMe } from '../sources/settings'
import { isLoggedOut } from '../sources/source'
import { Message } from '../ui/message'
import { useMedia } from '../ui/use-media'

function SettingsPage() {
  const me = useLoaded(fetchMe, 'me')
  const [place, go] = usePlace()
  const { state } = me
  const account = state.kind === 'shown' ? state.value : undefined
  return (
    <AppPage class="settings" current="Settings" account={account} isLoggedOut={state.kind === 'failed' && isLoggedOut(state.error)}>
      <Side place={place} go={go} projects={state.kind === 'shown' ? state.value.projects : []} />
      <div class="settings-main">
        <Shown loading={me} what="the settings">
          {(shown) => <Part me={shown} place={place} go={go} onChanged={me.reload} />}
        </Shown>
      </div>
    </AppPage>
  )
}

interface SideProps {
  readonly place: Place
  readonly go: (place: Place) => void
  readonly projects: readonly ProjectInfo[]
}

function Side({ place, go, projects }: SideProps) {
  const list = useRef<HTMLUListElement>(null)
  const isNarrow = useMedia('(max-width: 760px)')
  useEffect(() => {
    // On a narrow screen the parts are a row, and the present one may lie outside of it.
    const link = list.current?.querySelector<HTMLElement>('[aria-current]')
    if (list.current && link) list.current.scrollLeft = link.offsetLeft - list.current.clientWidth / 2 + link.offsetWidth / 2
  }, [place.part, isNarrow])
  return (
    <nav class="settings-side" aria-label="Settings">
      <h1>Settings</h1>
      {projects.length > 1 && (
        <select
          class="control"
          aria-label="Project"
          value={String(place.project ?? projects[0]?.id)}
          onChange={(event) => go({ ...place, project: Number(event.currentTarget.value) })}
        >
          {projects.map((project) => (
            <option key={project.id} value={String(project.id)}>
              {project.name}
            </option>
          ))}
        </select>
      )}
      <ul ref={list}>
        {PARTS.map((part) => (
          <li key={part.name}>
            <a
              href={addressOf({ ...place, part: part.name })}
              aria-current={part.name === place.part ? 'page' : undefined}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
                event.preventDefault()
                go({ ...place, part: part.name })
              }}
            >
              {part.title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

interface PartProps {
  readonly me: Me
  readonly place: Place
  readonly go: (place: Place) => void
  /** A name, a token or the number of projects is another now. */
  readonly onChanged: () => void
}

function Part({ me, place, go, onChanged }: PartProps) {
  const title = PARTS.find((part) => part.name === place.part)?.title
  useEffect(() => {
    document.title = `${title ?? 'Settings'} · Cassette`
  }, [title])
  const project = place.project === undefined ? me.projects[0] : me.projects.find((known) => known.id === place.project)
  if (place.part === undefined) return <Message title="There is no such part of the settings" icon="search" />
  if (project === undefined) {
    const none = me.projects.length === 0 ? 'You see no project. Whoever manages users can give you one.' : 'There is no such project, or you do not see it.'
    return <Message title="No project to show" icon="search"><p>{none}</p></Message>
  }
  const props = { me, project }
  const content = (): ComponentChildren => {
    switch (place.part) {
      case 'project':
        return <ProjectPart {...props} onChanged={onChanged} onMade={(id) => go({ part: 'install', project: id })} />
      case 'install':
        return <InstallPart {...props} />
      case 'recording':
        return <RecordingPart {...props} />
      case 'retention':
        return <RetentionPart {...props} />
      case 'storage':
        return <StoragePart {...props} />
      case 'health':
        return <HealthPart {...props} />
      case 'keys':
        return <KeysPart {...props} />
      case 'users':
        return <UsersPart {...props} />
      case undefined:
        return null
      default:
        return place.part satisfies never
    }
  }
  return (
    // Made anew for each project: nothing typed for one is saved to another.
    <Fragment key={project.id}>
      <h2>{title}</h2>
      {content()}
    </Fragment>
  )
}

const root = document.getElementById('app')
if (root) render(<SettingsPage />, root)
