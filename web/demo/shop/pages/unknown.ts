// An address that the shop does not have.

import { element } from '../element'

export function unknownPage(path: string): HTMLElement {
  return element(
    'div',
    { class: 'empty' },
    element('h1', {}, 'That page is not here'),
    element('p', {}, 'There is nothing at ', element('code', {}, path), '.'),
    element('p', {}, element('a', { class: 'primary', href: '/demo/' }, 'Back to the shop')),
  )
}
