// After the order.

import { euros } from '../catalogue'
import { element } from '../element'
import { picture } from '../picture'
import type { Shop } from '../shop'

export function thanksPage(shop: Shop): HTMLElement {
  const { order } = shop
  if (!order) {
    return element(
      'div',
      { class: 'empty' },
      element('h1', {}, 'Nothing ordered yet'),
      element('p', {}, element('a', { class: 'primary', href: '/demo/' }, 'Look around')),
    )
  }
  const another = () => {
    shop.order = undefined
    shop.recorder.startOver()
    shop.go('/demo/')
  }
  return element(
    'div',
    { class: 'thanks' },
    element('div', { class: 'frame' }, picture('tape', { name: 'Thanks', body: '#d9532c', label: '#fff4e6', accent: '#f2b632' })),
    element('h1', {}, `Thank you, ${order.name}`),
    element('p', {}, 'Order ', element('strong', {}, order.number), ` for ${euros(order.total)}, ${order.delivery.toLowerCase()}.`),
    element('p', { class: 'quiet' }, `From here on the recording has a name: ${order.email}. The line below leads to it.`),
    element(
      'p',
      { class: 'actions' },
      element('a', { class: 'primary', href: '/demo/' }, 'Keep looking'),
      element('button', { type: 'button', id: 'start-over', onclick: another }, 'Come back as somebody else'),
    ),
  )
}
