// What pointers do to the seek bar: hovering, pressing and dragging by one, pinching by two, the wheel.
//
// Places are pixels from the bar's upper left corner.

import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

export interface Place {
  readonly x: number
  readonly y: number
  readonly isMouse: boolean
}

interface BarActions {
  readonly onHover: (place: Place | undefined) => void
  readonly onPress: (place: Place) => void
  readonly onDrag: (place: Place) => void
  /** Shall show `factor` times as much, without moving what is at `x`. */
  readonly onZoom: (factor: number, x: number) => void
  /** Shall show what lies so many pixels further on. */
  readonly onMove: (pixels: number) => void
}

/** A notch of a mouse's wheel is about 100 of its units. */
const WHEEL_STRENGTH = 0.003
const TREMBLE_PX = 3

type Gesture =
  | { readonly kind: 'none' }
  /** It is not clear yet that it is more than a press. */
  | { readonly kind: 'pressed'; readonly at: Place }
  | { readonly kind: 'dragging' }
  /** Until the last finger has left: the one that stays a moment longer means nothing. */
  | { readonly kind: 'pinching' }

export function useBarPointers(bar: RefObject<HTMLElement | null>, actions: BarActions) {
  const held = useRef(new Map<number, Place>())
  const gesture = useRef<Gesture>({ kind: 'none' })
  const latest = useRef(actions)
  latest.current = actions
  const placeOf = (event: MouseEvent & { readonly pointerType?: string }): Place => {
    const box = bar.current?.getBoundingClientRect()
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0), isMouse: event.pointerType !== 'touch' }
  }
  useEffect(() => {
    const element = bar.current
    if (!element) return
    // Not as a property: those listeners may not keep the page from scrolling.
    const turn = (event: WheelEvent): void => {
      const isSideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)
      event.preventDefault()
      if (isSideways) latest.current.onMove(event.deltaX || event.deltaY)
      else latest.current.onZoom(Math.exp(event.deltaY * WHEEL_STRENGTH), placeOf(event).x)
    }
    element.addEventListener('wheel', turn, { passive: false })
    return () => element.removeEventListener('wheel', turn)
  }, [bar])
  const release = (event: PointerEvent, isMeant: boolean): void => {
    if (!held.current.delete(event.pointerId)) return
    const { current } = gesture
    // A finger may have been the first of two: what it meant is known when it leaves.
    if (isMeant && current.kind === 'pressed' && !current.at.isMouse) latest.current.onPress(current.at)
    if (held.current.size === 0) gesture.current = { kind: 'none' }
    if (event.pointerType === 'touch') latest.current.onHover(undefined)
  }
  return {
    onPointerDown: (event: PointerEvent): void => {
      if (event.button !== 0) return
      const place = placeOf(event)
      bar.current?.setPointerCapture(event.pointerId)
      held.current.set(event.pointerId, place)
      gesture.current = held.current.size > 1 ? { kind: 'pinching' } : { kind: 'pressed', at: place }
      if (gesture.current.kind === 'pressed' && place.isMouse) latest.current.onPress(place)
    },
    onPointerMove: (event: PointerEvent): void => {
      const place = placeOf(event)
      const before = held.current.get(event.pointerId)
      if (before) held.current.set(event.pointerId, place)
      const { current } = gesture
      switch (current.kind) {
        case 'none':
          return latest.current.onHover(place)
        case 'pinching':
          if (before) pinch([...held.current.values()], before, place, latest.current)
          return
        case 'pressed':
          latest.current.onHover(place)
          // A hand that trembles while it presses a mark still means the mark.
          if (Math.abs(place.x - current.at.x) < TREMBLE_PX) return
          gesture.current = { kind: 'dragging' }
          return latest.current.onDrag(place)
        case 'dragging':
          latest.current.onHover(place)
          return latest.current.onDrag(place)
        default:
          return current satisfies never
      }
    },
    onPointerUp: (event: PointerEvent): void => release(event, true),
    onPointerCancel: (event: PointerEvent): void => release(event, false),
    onPointerLeave: (): void => latest.current.onHover(undefined),
  }
}

function pinch(held: readonly Place[], before: Place, now: Place, actions: BarActions): void {
  const other = held.find((place) => place !== now)
  if (!other) return
  const was = Math.max(20, Math.abs(before.x - other.x))
  const is = Math.max(20, Math.abs(now.x - other.x))
  actions.onZoom(was / is, (now.x + other.x) / 2)
  actions.onMove((before.x - now.x) / 2)
}
