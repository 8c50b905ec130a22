// Things that come up over the page: modal dialogs, and the short note after something was done.

import { type Content, element, fill } from './element'

export function openDialog(title: string, ...content: readonly Content[]): void {
  const close = () => dialog.close()
  const dialog: HTMLDialogElement = element(
    'dialog',
    { 'aria-label': title, onclose: () => dialog.remove(), onclick: (event) => event.target === dialog && close() },
    element(
      'div',
      { class: 'dialog' },
      element('h2', {}, title),
      content,
      element('p', { class: 'actions' }, element('button', { class: 'primary', type: 'button', onclick: close }, 'Close')),
    ),
  )
  document.body.append(dialog)
  dialog.showModal()
}

export function openDeliveryAndReturns(): void {
  openDialog(
    'Delivery and returns',
    element('p', {}, 'We pack every day until four. By post it takes three to five days; in town a bicycle brings it the same evening.'),
    element(
      'ul',
      {},
      element('li', {}, 'Thirty days to send anything back, opened or not.'),
      element('li', {}, 'Tapes you have recorded on are yours to keep.'),
      element('li', {}, 'Players are repaired, not replaced, wherever that is possible.'),
    ),
    element('p', { class: 'quiet' }, 'As this shop is made up, nothing will ever be delivered.'),
  )
}

let leaving: ReturnType<typeof setTimeout> | undefined

/** A note that goes away by itself, or with the page it was about. */
export function note(...content: readonly Content[]): void {
  const shown = document.querySelector('.note') ?? element('div', { class: 'note', role: 'status' })
  fill(shown, ...content)
  document.body.append(shown)
  clearTimeout(leaving)
  leaving = setTimeout(endNote, 5000)
}

export function endNote(): void {
  clearTimeout(leaving)
  document.querySelector('.note')?.remove()
}
