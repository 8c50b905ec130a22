// One product: its colours, how many, and a button that does not work.

import { MOST_OF_ONE } from '../cart'
import { type Product, euros } from '../catalogue'
import { note, openDeliveryAndReturns } from '../dialog'
import { element, fill } from '../element'
import { picture } from '../picture'
import type { Shop } from '../shop'
import { card } from './list'
import { unknownPage } from './unknown'

export function productPage(shop: Shop, id: string): HTMLElement {
  const product = shop.catalogue.find(id)
  if (!product) return unknownPage(`/demo/product/${id}`)
  shop.recorder.capture('product viewed', { product: product.id, price: product.price / 100 })

  const choice = { colour: 0, quantity: 1 }
  const frame = element('div', { class: 'frame large' })
  const swatches = element('div', { class: 'swatches', role: 'group', 'aria-label': 'Colour' })
  const colourName = element('span')
  const update = () => {
    const colour = product.colours[choice.colour] ?? product.colours[0]
    fill(frame, picture(product.shape, colour))
    fill(colourName, colour.name)
    for (const [index, button] of [...swatches.children].entries()) button.setAttribute('aria-pressed', String(index === choice.colour))
  }
  fill(swatches, product.colours.map((colour, index) =>
    element('button', {
      type: 'button',
      class: 'swatch',
      'aria-label': colour.name,
      style: `--swatch: ${colour.body}`,
      onclick: () => {
        choice.colour = index
        update()
      },
    })))
  update()

  return element(
    'div',
    {},
    element('p', { class: 'crumbs' }, element('a', { href: '/demo/' }, 'Shop'), ' / ', product.category),
    element(
      'article',
      { class: 'product' },
      frame,
      element(
        'div',
        { class: 'product-text' },
        element('h1', {}, product.name),
        element('p', { class: 'price' }, euros(product.price)),
        product.details.map((text) => element('p', {}, text)),
        element('div', { class: 'choice' }, element('p', { class: 'label' }, 'Colour: ', colourName), swatches),
        buying(shop, product, choice),
        element(
          'p',
          { class: 'links' },
          element('button', { type: 'button', class: 'link', id: 'sample', onclick: () => hearSample(product) }, 'Hear a sample'),
          element('button', { type: 'button', class: 'link', id: 'returns', onclick: openDeliveryAndReturns }, 'Delivery and returns'),
        ),
        specs(product),
      ),
    ),
    element('h2', { class: 'besides' }, 'Goes well with'),
    element('ul', { class: 'grid' }, shop.catalogue.besides(product, 4).map((other) => element('li', {}, card(other)))),
  )
}

function buying(shop: Shop, product: Product, choice: { colour: number; quantity: number }): HTMLElement {
  if (product.stock === 0) return element('p', { class: 'soldout' }, 'Sold out. The next ones are on a boat.')
  const quantity = element('input', { type: 'number', id: 'quantity', min: 1, max: MOST_OF_ONE, value: 1, inputmode: 'numeric' })
  const add = () => {
    choice.quantity = Math.max(1, Math.min(MOST_OF_ONE, quantity.valueAsNumber || 1))
    shop.cart.add(product, choice.colour, choice.quantity)
    shop.recorder.capture('added to cart', { product: product.id, quantity: choice.quantity })
    note(`${product.name} is in your cart. `, element('a', { href: '/demo/cart' }, 'See the cart'))
  }
  return element(
    'div',
    { class: 'buy' },
    element('label', { class: 'field short' }, element('span', {}, 'How many'), quantity),
    element('button', { type: 'button', class: 'primary', id: 'add', onclick: add }, 'Add to cart'),
  )
}

/** No product has a sample: every press raises a real TypeError, which the replay shows where it happened. */
function hearSample(product: Product): void {
  const samples = new Map<string, HTMLAudioElement>()
  // Wrong on purpose, as said above.
  const sample = samples.get(product.id) as HTMLAudioElement
  void sample.play()
}

function specs(product: Product): HTMLElement {
  return element('dl', { class: 'specs' }, Object.entries(product.specs).map(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]))
}
