// A button that opens something small below it. Focus goes in and comes back; Escape, a click elsewhere and leaving by Tab close it.

import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

const EDGE_PX = 12

interface Props {
  readonly class: string
  /** What the opened thing is called. */
  readonly label: string
  readonly title?: string
  readonly isInvalid?: boolean
  /** What stands on the button. */
  readonly children: ComponentChildren
  /** What is opened; `close` gives the focus back. */
  readonly content: (close: () => void) => ComponentChildren
}

export function PopoverButton({ class: name, label, title, isInvalid, children, content }: Props) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = (): void => {
    setOpen(false)
    button.current?.focus()
  }
  return (
    <span class="popover-place">
      <button
        type="button"
        class={name}
        ref={button}
        title={title}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-invalid={isInvalid === true}
        onClick={() => setOpen(!open)}
      >
        {children}
      </button>
      {open && (
        <Popover label={label} onEscape={close} onLeave={() => setOpen(false)}>
          {content(close)}
        </Popover>
      )}
    </span>
  )
}

function Popover({ label, onEscape, onLeave, children }: { label: string; onEscape: () => void; onLeave: () => void; children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null)
  const leave = useRef(onLeave)
  leave.current = onLeave
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const place = (): void => {
      element.style.translate = 'none'
      const { left, right } = element.getBoundingClientRect()
      const beyond = Math.max(0, right - (document.documentElement.clientWidth - EDGE_PX))
      element.style.translate = `${-Math.min(beyond, left - EDGE_PX)}px 0`
    }
    place()
    // With nothing in it yet it takes the focus itself: Escape is heard in it alone.
    const first = element.querySelector<HTMLElement>('input, select, textarea, button') ?? element
    first.focus({ preventScroll: true })
    // A window that is turned has its edges elsewhere.
    addEventListener('resize', place)
    return () => removeEventListener('resize', place)
  }, [])
  useEffect(() => {
    const away = (event: Event): void => {
      const inside = box.current?.parentElement
      if (inside && !event.composedPath().includes(inside)) leave.current()
    }
    document.addEventListener('pointerdown', away)
    document.addEventListener('focusin', away)
    return () => {
      document.removeEventListener('pointerdown', away)
      document.removeEventListener('focusin', away)
    }
  }, [])
  return (
    <div
      class="popover card"
      role="dialog"
      aria-label={label}
      tabIndex={-1}
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onEscape()
      }}
    >
      {children}
    </div>
  )
}
