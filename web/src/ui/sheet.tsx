// A sheet over the page: a dialog with a heading, closed by its button, by Escape, or by a click beside it. Whoever opened it has the
// focus again when it is closed.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from './icons'

interface Props {
  readonly title: string
  readonly class?: string
  readonly children: ComponentChildren
  readonly onClose: () => void
}

export function Sheet({ title, class: name = '', children, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      class={`sheet card ${name}`.trim()}
      ref={dialog}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close()
      }}
    >
      <div class="sheet-head">
        <h2>{title}</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  )
}
