// Downloads the network as a HAR file. What stands in it is read again, block by block; nothing leaves the page.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Entry } from '../format/entry'
import { messageOf } from '../format/failures'
import { harText, type HarRequest } from '../format/har'
import type { Player } from '../player/player'
import { Icon } from '../ui/icons'
import { counted } from '../ui/times'
import { compare } from '../timeline/time-ordered'
import { pageVisits } from '../timeline/visits'
import type { RequestEntry } from './network-panel'

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'reading'; readonly done: number; readonly of: number }
  | { readonly kind: 'done'; readonly lost: number }
  | { readonly kind: 'failed'; readonly why: string }

interface Props {
  readonly player: Player
  readonly recordingId: string | undefined
  readonly requests: readonly RequestEntry[]
}

export function HarButton({ player, recordingId, requests }: Props) {
  const [state, setState] = useState<State>({ kind: 'idle' })
  const aborter = useRef<AbortController | undefined>(undefined)
  useEffect(() => () => aborter.current?.abort(), [])
  if (requests.length === 0) return null
  const begin = async (): Promise<void> => {
    aborter.current?.abort()
    const { signal } = (aborter.current = new AbortController())
    setState({ kind: 'reading', done: 0, of: 1 })
    try {
      const { file, lost } = await harFile(player, recordingId ?? 'recording', requests, signal, (done, of) => setState({ kind: 'reading', done, of }))
      save(file, `${recordingId ?? 'recording'}.har`)
      setState({ kind: 'done', lost })
    } catch (error) {
      if (!signal.aborted) setState({ kind: 'failed', why: messageOf(error) })
    }
  }
  const isBusy = state.kind === 'reading'
  return (
    <>
      <button type="button" class="chip is-small" disabled={isBusy} title="All requests of the recording as a HAR 1.2 file" onClick={() => void begin()}>
        <Icon name="download" />
        {isBusy ? `HAR, ${Math.round((state.done / Math.max(1, state.of)) * 100)} %` : 'HAR'}
      </button>
      <span class="hint" role="status">
        {state.kind === 'failed' && `The HAR file could not be made. ${state.why}`}
        {state.kind === 'done' && state.lost > 0 && `Headers and bodies are missing in it from ${counted(state.lost, 'part')} of the recording, which could not be loaded.`}
      </span>
    </>
  )
}

type Step = (done: number, of: number) => void

async function harFile(player: Player, id: string, requests: readonly RequestEntry[], signal: AbortSignal, step: Step): Promise<{ file: Blob; lost: number }> {
  const { recording, looking } = player
  if (!recording) throw new Error('The recording is not open.')
  // What the list holds is all there is, or else every block is read for it. Lines that still come in are in no block.
  const isListed = player.reading.kind === 'done' || player.live.kind !== 'no'
  const all: HarRequest[] = []
  const pages: Entry[] = []
  let lost = 0
  for await (const { found, progress } of isListed ? looking.detailsOf(requests, signal) : looking.network(signal)) {
    lost = progress.lost
    step(progress.done, progress.of)
    for (const { entry, detail } of found) {
      if (entry.kind === 'request') all.push({ entry, detail: detail?.kind === 'request' ? detail : undefined })
      else pages.push(entry)
    }
  }
  const about = { id, startedAt: recording.listing.startedAt, browser: recording.visitor.facts.Browser ?? '', version: '1' }
  const visits = pageVisits(isListed ? recording.entryList() : pages.sort(compare), recording.duration)
  return { file: new Blob([...harText(about, visits, all)], { type: 'application/json' }), lost }
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
