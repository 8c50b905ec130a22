// The recordings of a shared collection: when, and how long. More is nobody's business.

import { useEffect } from 'preact/hooks'
import type { RecordingFacts } from '../format/listing'
import type { OpenedShare } from '../format/shared'
import { Icon } from '../ui/icons'
import { Message } from '../ui/message'
import { counted, duration, exactTime } from '../ui/times'
import { CONTENT } from './skip-link'

interface Props {
  readonly share: OpenedShare
  readonly onChoose: (recording: RecordingFacts) => void
}

export function SharedList({ share, onChoose }: Props) {
  const name = share.name || 'Recordings'
  useEffect(() => {
    document.title = `${name} · Cassette`
  }, [name])
  if (share.recordings.length === 0) {
    return (
      <Message title={name} icon="search">
        <p>There is no recording in this collection.</p>
      </Message>
    )
  }
  return (
    <main class="shared-list" id={CONTENT} tabIndex={-1}>
      <h1>{name}</h1>
      <p class="hint">{counted(share.recordings.length, 'recording')}</p>
      <ol class="card">
        {share.recordings.map((recording) => (
          <li key={recording.id}>
            <button type="button" onClick={() => onChoose(recording)}>
              <Icon name="play" />
              <span>{exactTime(recording.start)}</span>
              <span class="hint">{duration(recording.durationSeconds * 1000)}</span>
            </button>
          </li>
        ))}
      </ol>
    </main>
  )
}
