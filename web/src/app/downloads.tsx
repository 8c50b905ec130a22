// The files to take away.

import { useMemo } from 'preact/hooks'
import type { Player } from '../player/player'
import { HarButton } from '../replay/har-button'
import { isRequest } from '../replay/network-panel'
import { useEntries } from '../replay/use-entries'
import { downloadPath, type DownloadFormat } from '../sources/recording-paths'
import { Icon } from '../ui/icons'
import { counted } from '../ui/times'

const FILES: readonly { readonly format: DownloadFormat; readonly label: string; readonly hint: string }[] = [
  { format: 'ndjson.zst', label: 'Recording file', hint: 'NDJSON, zstd' },
  { format: 'html', label: 'Page to play it anywhere', hint: 'one HTML file' },
  { format: 'ndjson', label: 'Plain NDJSON', hint: 'one event a line' },
  { format: 'protobuf', label: 'Protobuf', hint: 'delimited messages' },
  { format: 'posthog-json', label: 'PostHog export', hint: 'JSON' },
  { format: 'rrweb', label: 'rrweb events', hint: 'JSON array' },
]

export function Downloads({ id }: { id: string }) {
  return (
    <>
      <h2>Download</h2>
      <Files id={id} />
    </>
  )
}

/** What is made of the recording by the server; `player` where the network, which this page makes, is wanted too. */
export function Files({ id, player }: { id: string; player?: Player }) {
  return (
    <div class="downloads">
      {FILES.map(({ format, label, hint }) => (
        <a key={format} class="download" href={downloadPath(id, format)} download>
          <Icon name="download" />
          <span>{label}</span>
          <span class="hint">{hint}</span>
        </a>
      ))}
      {player && <NetworkFile id={id} player={player} />}
    </div>
  )
}

function NetworkFile({ id, player }: { id: string; player: Player }) {
  const entries = useEntries(player)
  const requests = useMemo(() => entries.filter(isRequest), [entries])
  if (requests.length === 0) return null
  return (
    <div class="download">
      <HarButton player={player} recordingId={id} requests={requests} />
      <span>{counted(requests.length, 'request')}</span>
      <span class="hint">HAR 1.2</span>
    </div>
  )
}
