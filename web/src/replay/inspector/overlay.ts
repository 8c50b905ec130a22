// What the inspector draws over the recorded page: the box of an element with its name, and the cross hair with which one is picked. It
// stands outside of the recorded page, which is not touched.

import type { RecordedPage } from '../../player/replayer'
import { boxOf, boxOnScreen, elementAt, labelOf } from './looking-at'

export interface Overlay {
  /** Draws the box of this element, or none. */
  show(page: RecordedPage | undefined, element: Element | undefined): void
  /** Until something was picked or given up. */
  pick(page: () => RecordedPage | undefined, picked: (element: Element | undefined) => void): void
  stopPicking(): void
  close(): void
}

export function overlayOn(room: HTMLElement): Overlay {
  const layer = document.createElement('div')
  layer.className = 'inspect-layer'
  const frame = document.createElement('div')
  frame.className = 'inspect-box'
  frame.hidden = true
  const label = document.createElement('span')
  label.className = 'inspect-label'
  frame.append(label)
  layer.append(frame)
  room.append(layer)
  // What invites to play would stand in front of what is looked at.
  room.toggleAttribute('data-inspected', true)

  let shown: Parameters<Overlay['show']> = [undefined, undefined]
  const show = (page: RecordedPage | undefined, element: Element | undefined): void => {
    shown = [page, element]
    frame.hidden = !page || !element
    if (!page || !element) return
    const own = boxOf(element)
    const box = boxOnScreen(page, own)
    const outer = room.getBoundingClientRect()
    const [left, top] = [box.x - outer.left, box.y - outer.top]
    Object.assign(frame.style, { left: `${left}px`, top: `${top}px`, width: `${box.width}px`, height: `${box.height}px` })
    label.textContent = `${labelOf(page, element)}  ${Math.round(own.width)} × ${Math.round(own.height)}`
    // Over the box, or in it where there is no room above; never out of sight.
    label.classList.toggle('is-inside', top < 24)
    label.style.left = `${Math.max(-1, -left)}px`
  }

  // The picture is scaled to its room, by who watched the room first.
  const roomSize = new ResizeObserver(() => show(...shown))
  roomSize.observe(room)

  let stop: (() => void) | undefined
  const stopPicking = (): void => {
    stop?.()
    stop = undefined
  }
  const pick: Overlay['pick'] = (page, picked) => {
    stopPicking()
    layer.classList.add('is-picking')
    const at = (event: MouseEvent): Element | undefined => {
      const now = page()
      return now && elementAt(now, event.clientX, event.clientY)
    }
    const move = (event: PointerEvent): void => show(page(), at(event))
    const take = (event: MouseEvent): void => {
      // The viewport below would begin to play.
      event.stopPropagation()
      event.preventDefault()
      const element = at(event)
      stopPicking()
      picked(element)
    }
    const giveUp = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      event.preventDefault()
      stopPicking()
      picked(undefined)
    }
    layer.addEventListener('pointermove', move)
    layer.addEventListener('click', take)
    addEventListener('keydown', giveUp, true)
    stop = () => {
      layer.classList.remove('is-picking')
      layer.removeEventListener('pointermove', move)
      layer.removeEventListener('click', take)
      removeEventListener('keydown', giveUp, true)
    }
  }
  return {
    show,
    pick,
    stopPicking,
    close: () => {
      stopPicking()
      roomSize.disconnect()
      layer.remove()
      room.toggleAttribute('data-inspected', false)
    },
  }
}
