// The files to take away.

import { downloadAddress, type DownloadFormat } from '../sources/recordings'
import { Icon } from '../ui/icons'

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
      <div class="downloads">
        {FILES.map(({ format, label, hint }) => (
          <a key={format} class="download" href={downloadAddress(id, format)} download>
            <Icon name="download" />
            <span>{label}</span>
            <span class="hint">{hint}</span>
          </a>
        ))}
      </div>
    </>
  )
}
