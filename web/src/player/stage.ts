// The stage: where pictures stand. A new one is built behind the one on screen and replaces it when it is complete.

import type { Replay } from './replayer'

interface Standing {
  readonly root: HTMLElement
  readonly replay: Replay
}

export class Stage {
  /** In the order in which they were begun. */
  private standing: Standing[] = []

  constructor(private readonly element: HTMLElement) {}

  get isEmpty(): boolean {
    return this.standing.length === 0
  }

  begin(create: (root: HTMLElement) => Replay): Replay {
    const root = document.createElement('div')
    root.className = 'stage-picture is-coming'
    this.element.append(root)
    const replay = create(root)
    this.standing.push({ root, replay })
    return replay
  }

  /** Puts the picture on screen and takes away those that were begun before it. */
  reveal(replay: Replay): void {
    const place = this.standing.findIndex((picture) => picture.replay === replay)
    if (place === -1) return
    this.standing[place]?.root.classList.remove('is-coming')
    this.clear(this.standing.slice(0, place))
  }

  /** For a picture that was overtaken before it was complete. */
  giveUp(replay: Replay): void {
    this.clear(this.standing.filter((picture) => picture.replay === replay))
  }

  close(): void {
    this.clear(this.standing)
  }

  private clear(gone: readonly Standing[]): void {
    this.standing = this.standing.filter((picture) => !gone.includes(picture))
    for (const { replay, root } of gone) {
      replay.destroy()
      root.remove()
    }
  }
}

