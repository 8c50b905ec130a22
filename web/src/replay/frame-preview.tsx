// The small picture over the seek bar. It comes when it comes: the words beside it never wait for it, and no more than one is made at
// a time, the newest that was asked for.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Size } from '../format/line'
import type { Player } from '../player/player'
import { Preview } from '../player/preview'

/** The pointer rests so long before anything is built. */
const REST_MS = 70
const BETWEEN_MS = 150
/** A slow machine, or a heavy page, gets fewer: at most a third of the time is spent on them. */
const PAUSE_PER_WORK = 2
const ROOM: Size = { width: 240, height: 150 }

/** No picture for who asked for less, nor where there is little memory to build it in. */
export function mayPreview(): boolean {
  const asks = (query: string): boolean => matchMedia(query).matches
  if (asks('(prefers-reduced-motion: reduce)') || asks('(prefers-reduced-data: reduce)') || !asks('(hover: hover)')) return false
  // Only some browsers know these; the others are not short of anything that could be known.
  const { connection, deviceMemory } = navigator as Navigator & { connection?: { saveData?: boolean }; deviceMemory?: number }
  if (connection?.saveData === true || (deviceMemory ?? 8) <= 2) return false
  const { memory } = performance as Performance & { memory?: { usedJSHeapSize: number; jsHeapSizeLimit: number } }
  return !memory || memory.usedJSHeapSize < memory.jsHeapSizeLimit * 0.6
}

export function FramePreview({ player, time }: { player: Player; time: number }) {
  const stage = useRef<HTMLDivElement>(null)
  const wanted = useRef(time)
  wanted.current = time
  const [size, setSize] = useState<Size>()
  useEffect(() => {
    if (!stage.current) return
    const preview = new Preview(stage.current)
    let timer: ReturnType<typeof setTimeout>
    let shown: number | undefined
    const make = async (): Promise<void> => {
      const { recording } = player
      const next = wanted.current
      let pause = REST_MS
      if (recording && next !== shown) {
        shown = next
        const began = performance.now()
        // A recorded page that cannot be built is no reason to stop hovering.
        const made = await preview.show(recording, next, player.chosenWindow).catch(() => null)
        setSize(made ?? undefined)
        // What it is made of may come while the pointer rests.
        if (made === undefined) shown = undefined
        pause = Math.max(BETWEEN_MS, (performance.now() - began) * PAUSE_PER_WORK)
      }
      if (!closed) timer = setTimeout(() => void make(), pause)
    }
    let closed = false
    timer = setTimeout(() => void make(), REST_MS)
    return () => {
      closed = true
      clearTimeout(timer)
      preview.close()
    }
  }, [player])
  const scale = size ? Math.min(ROOM.width / size.width, ROOM.height / size.height) : 1
  const room = size ? `width:${Math.round(size.width * scale)}px;height:${Math.round(size.height * scale)}px` : 'display:none'
  const page = size ? `width:${size.width}px;height:${size.height}px;transform:scale(${scale});--unscale:${Math.min(3, 0.5 / scale)}` : ''
  return (
    <div class="preview" style={room} aria-hidden="true">
      <div class="preview-stage" ref={stage} style={page} />
    </div>
  )
}
