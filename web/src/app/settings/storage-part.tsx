// What a project takes up: in all, day by day, and what the disk has left.

import { useState } from 'preact/hooks'
import type { ProjectInfo, Stored, StorageUse } from '../../format/settings'
import { fetchStorageUse } from '../../sources/settings'
import { bytes, counted, number, relativeTime } from '../../ui/times'
import { Block, Shown } from './form'
import { useLoaded } from './work'

const SPANS = [30, 90] as const

export function StoragePart({ project }: { project: ProjectInfo }) {
  const [days, setDays] = useState<number>(SPANS[0])
  const loading = useLoaded(() => fetchStorageUse(project.id, days), `${project.id} ${days}`)
  return (
    <Shown loading={loading} what="what is stored">
      {(use) => (
        <>
          <Totals use={use} />
          <Days use={use} days={days} setDays={setDays} />
          <Beside use={use} reload={loading.reload} />
          <DiskBlock use={use} />
        </>
      )}
    </Shown>
  )
}

function Totals({ use }: { use: StorageUse }) {
  const { recordings, live } = use
  const share = recordings.rawBytes === 0 ? undefined : Math.round((recordings.storedBytes / recordings.rawBytes) * 1000) / 10
  return (
    <Block title="Recordings">
      <dl class="settings-tiles">
        <div>
          <dt>Recordings</dt>
          <dd>{number(recordings.recordings)}</dd>
        </div>
        <div>
          <dt>Stored</dt>
          <dd>
            {bytes(recordings.storedBytes)}
            {share !== undefined && <span>{share} % of what came</span>}
          </dd>
        </div>
        <div>
          <dt>Before compression</dt>
          <dd>{bytes(recordings.rawBytes)}</dd>
        </div>
        <div>
          <dt>Of it still running</dt>
          <dd>
            {bytes(live.storedBytes)}
            <span>{counted(live.recordings, 'recording')}</span>
          </dd>
        </div>
      </dl>
    </Block>
  )
}

function Days({ use, days, setDays }: { use: StorageUse; days: number; setDays: (days: number) => void }) {
  const most = Math.max(1, ...use.days.map((day) => day.storedBytes))
  const [first, last] = [use.days[0], use.days.at(-1)]
  return (
    <Block title="Day by day" lead="Recordings by the day on which their first data came, in UTC.">
      <div class="settings-line" role="group" aria-label="Days shown">
        {SPANS.map((span) => (
          <button key={span} type="button" class="chip" aria-pressed={span === days} onClick={() => setDays(span)}>
            {span} days
          </button>
        ))}
      </div>
      <figure>
        <div class="settings-days" aria-hidden="true">
          {use.days.map((day) => (
            <i key={day.day} class={day.recordings === 0 ? 'is-empty' : ''} style={{ height: `${(day.storedBytes / most) * 100}%` }} title={`${day.day}: ${counted(day.recordings, 'recording')}, ${bytes(day.storedBytes)}`} />
          ))}
        </div>
        <figcaption class="settings-days-foot">
          <span>{first?.day}</span>
          <span>at most {bytes(most === 1 ? 0 : most)} a day</span>
          <span>{last?.day}</span>
        </figcaption>
      </figure>
      <details class="settings-more">
        <summary>As a table</summary>
        <div class="settings-scroll">
          <table class="settings-table">
            <thead>
              <tr>
                <th scope="col">Day</th>
                <th scope="col" class="is-number">Recordings</th>
                <th scope="col" class="is-number">Stored</th>
                <th scope="col" class="is-number">Before compression</th>
              </tr>
            </thead>
            <tbody>
              {use.days.filter((day) => day.recordings > 0).map((day) => (
                <tr key={day.day}>
                  <th scope="row">{day.day}</th>
                  <td class="is-number">{number(day.recordings)}</td>
                  <td class="is-number">{bytes(day.storedBytes)}</td>
                  <td class="is-number">{bytes(day.rawBytes)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </Block>
  )
}

function Beside({ use, reload }: { use: StorageUse; reload: () => void }) {
  const { others } = use
  if (others === undefined) {
    return (
      <Block title="Beside recordings" lead="It is being counted. That takes a while where there is much.">
        <div class="settings-save">
          <button type="button" class="button" onClick={reload}>
            Look again
          </button>
        </div>
      </Block>
    )
  }
  const rows: readonly (readonly [string, Stored])[] = [
    ['Persons', others.persons],
    ['Settings, shares, collections, comments, activity log', others.documents],
    ['Files of recorded pages', others.assets],
    ['Made from recordings; can be made again', others.derived],
  ]
  return (
    <Block title="Beside recordings" lead={others.countedAt === undefined ? undefined : `Counted ${relativeTime(others.countedAt, Date.now())}.`}>
      <div class="settings-scroll">
        <table class="settings-table">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col" class="is-number">Objects</th>
              <th scope="col" class="is-number">Size</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, stored]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="is-number">{number(stored.objects)}</td>
                <td class="is-number">{bytes(stored.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Block>
  )
}

function DiskBlock({ use }: { use: StorageUse }) {
  const { disk } = use
  if (disk === undefined) return null
  const used = disk.totalBytes === 0 ? 0 : (disk.totalBytes - disk.freeBytes) / disk.totalBytes
  const left = disk.freeBytes - disk.minFreeBytes
  return (
    <Block title="Disk">
      <div class={`settings-meter ${left < disk.totalBytes / 20 ? 'is-low' : ''}`} aria-hidden="true">
        <i style={{ width: `${used * 100}%` }} />
      </div>
      <p>
        {bytes(disk.freeBytes)} of {bytes(disk.totalBytes)} are free. {left <= 0 ? 'That is too little: no data is taken any more. SDKs keep what they have and try again for up to an hour.' : `Below ${bytes(disk.minFreeBytes)} no data is taken any more.`}
      </p>
    </Block>
  )
}
