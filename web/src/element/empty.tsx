// The element before it has anything to play: a place for a file.

import { useState } from 'preact/hooks'
import { Icon } from '../ui/icons'

export function Empty({ onFile }: { onFile: (file: File) => void }) {
  const [isOver, setOver] = useState(false)
  return (
    <div
      class={isOver ? 'empty is-over' : 'empty'}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        const file = event.dataTransfer?.files[0]
        if (file) onFile(file)
      }}
    >
      <label class="button">
        <Icon name="play" /> Choose a recording
        <input
          class="empty-file"
          type="file"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0]
            if (file) onFile(file)
          }}
        />
      </label>
      <p class="hint">Or drop a file here: .ndjson.zst, .ndjson, an export of PostHog, rrweb events. It does not leave this page.</p>
    </div>
  )
}
