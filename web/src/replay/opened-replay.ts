// A recording that is open: its player, the element that it draws into, and what is said of the recording beside it.

import { useEffect, useReducer } from 'preact/hooks'
import type { RecordingFacts } from '../format/listing'
import { Observers } from '../player/observers'
import { Player } from '../player/player'
import type { RecordingSource } from '../sources/source'

const FACTS_REFRESH_MS = 10_000

export interface OpenedReplay {
  readonly player: Player
  readonly stage: HTMLElement
  readonly facts: Facts
  /** Resolves when the first picture is on screen, or it is known that there is none. */
  readonly ready: Promise<void>
  /** Lets go of everything: the worker, what is loaded, the picture. */
  close(): void
}

/** Shows `moment` first; without one, the first picture. */
export function openReplay(source: RecordingSource, moment: number | undefined): OpenedReplay {
  const stage = document.createElement('div')
  stage.className = 'stage'
  const player = new Player(source, stage)
  const ready = player.open(moment)
  const facts = new Facts(source, player)
  return {
    player,
    stage,
    facts,
    ready,
    close() {
      facts.close()
      player.close()
    },
  }
}

/** Who, when, how much. Asked for anew as long as the recording runs. */
export class Facts {
  readonly changes = new Observers()
  current: RecordingFacts | undefined
  private timer: ReturnType<typeof setInterval> | undefined
  private readonly stop: () => void

  constructor(
    private readonly source: RecordingSource,
    private readonly player: Player,
  ) {
    this.load()
    this.stop = player.changes.add(() => this.keepUp())
  }

  close(): void {
    this.stop()
    clearInterval(this.timer)
  }

  /** Something of it was changed from here. */
  refresh(): void {
    this.load()
  }

  private keepUp(): void {
    const isLive = this.player.live.kind === 'running'
    if (isLive === (this.timer !== undefined)) return
    clearInterval(this.timer)
    this.timer = undefined
    // It has ended: what is known now is final.
    if (!isLive) return this.load()
    this.timer = setInterval(() => {
      if (document.visibilityState === 'visible') this.load()
    }, FACTS_REFRESH_MS)
  }

  private load(): void {
    const take = (facts: RecordingFacts): void => {
      this.current = facts
      this.changes.tell()
    }
    // The player itself says what is wrong where there is no answer.
    this.source.facts().then(take, () => undefined)
  }
}

/** Draws the component again when more is known. */
export function useFacts(opened: OpenedReplay | undefined): RecordingFacts | undefined {
  const [, redraw] = useReducer<number, void>((count) => count + 1, 0)
  useEffect(() => {
    if (!opened) return
    redraw()
    return opened.facts.changes.add(() => redraw())
  }, [opened])
  return opened?.facts.current
}
