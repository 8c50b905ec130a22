// The cart: quantities, a voucher that is asked of the server, and the sum.

import { type CartLine, MOST_OF_ONE, type Voucher } from '../cart'
import { euros } from '../catalogue'
import { element, fill } from '../element'
import { picture } from '../picture'
import type { Shop } from '../shop'

export function cartPage(shop: Shop): HTMLElement {
  const page = element('div')
  const update = () => fill(page, element('h1', {}, 'Your cart'), shop.cart.lines.length > 0 ? filled(shop, update) : empty())
  update()
  return page
}

function empty(): HTMLElement {
  return element(
    'div',
    { class: 'empty' },
    element('p', {}, 'Nothing in it yet. A rewind pencil is a good start.'),
    element('p', {}, element('a', { class: 'primary', href: '/demo/' }, 'Look around')),
  )
}

function filled(shop: Shop, update: () => void): HTMLElement {
  return element(
    'div',
    { class: 'with-summary' },
    element('ul', { class: 'lines' }, shop.cart.lines.map((line) => element('li', {}, cartLine(shop, line, update)))),
    element(
      'aside',
      { class: 'summary', 'aria-label': 'Sum' },
      sums(shop, 0),
      voucherForm(shop, update),
      element('a', { class: 'primary wide', id: 'checkout', href: '/demo/checkout' }, 'Go to checkout'),
    ),
  )
}

function cartLine(shop: Shop, line: CartLine, update: () => void): HTMLElement {
  const { product, quantity } = line
  const colour = product.colours[line.colour] ?? product.colours[0]
  const become = (wanted: number) => {
    shop.cart.setQuantity(line, wanted)
    update()
  }
  const step = (by: number, sign: string, name: string) =>
    element('button', { type: 'button', 'aria-label': name, disabled: quantity + by > MOST_OF_ONE, onclick: () => become(quantity + by) }, sign)
  return element(
    'div',
    { class: 'line' },
    element('a', { class: 'frame small', href: `/demo/product/${product.id}`, 'aria-label': product.name }, picture(product.shape, colour)),
    element('div', { class: 'line-name' }, element('a', { href: `/demo/product/${product.id}` }, product.name), element('span', { class: 'quiet' }, colour.name)),
    element(
      'div',
      { class: 'stepper', role: 'group', 'aria-label': `How many of ${product.name}` },
      step(-1, '−', 'One less'),
      element('output', {}, quantity),
      step(1, '+', 'One more'),
    ),
    element('span', { class: 'line-price' }, euros(quantity * product.price)),
    element('button', { type: 'button', class: 'link', onclick: () => become(0) }, 'Remove'),
  )
}

/** Goods, voucher, delivery (in cents) and what it comes to. */
export function sums({ cart }: Shop, delivery: number): HTMLElement {
  const row = (name: string, value: string, kind = '') => [element('dt', { class: kind }, name), element('dd', { class: kind }, value)]
  return element(
    'dl',
    { class: 'sums' },
    row(cart.count === 1 ? '1 thing' : `${cart.count} things`, euros(cart.goods)),
    cart.voucher && row(`Voucher ${cart.voucher.code}`, `− ${euros(cart.discount)}`),
    delivery > 0 && row('Delivery', euros(delivery)),
    row('Together', euros(cart.goods - cart.discount + delivery), 'total'),
  )
}

function voucherForm(shop: Shop, update: () => void): HTMLElement {
  const input = element('input', { id: 'voucher', autocomplete: 'off', spellcheck: 'false', maxlength: 24 })
  const answer = element('p', { class: 'hint', role: 'status' }, shop.cart.voucher?.text)
  const ask = async (event: Event) => {
    event.preventDefault()
    const code = input.value.trim().toUpperCase()
    if (code === '') return
    const voucher = await askForVoucher(code)
    if (voucher) {
      shop.cart.redeem(voucher)
      update()
    } else {
      fill(answer, `We do not know a voucher “${code}”.`)
      answer.classList.add('wrong')
    }
  }
  return element(
    'form',
    { class: 'voucher', novalidate: true, onsubmit: (event) => void ask(event) },
    element('label', { class: 'field' }, element('span', {}, 'Voucher'), input),
    element('button', { type: 'submit', id: 'redeem' }, 'Redeem'),
    answer,
  )
}

async function askForVoucher(code: string): Promise<Voucher | undefined> {
  const answer = await fetch(`/demo/api/vouchers/${encodeURIComponent(code)}.json`)
  if (answer.ok) return (await answer.json()) as Voucher // the file is the shop's own
  console.warn(`voucher ${code} was refused: the shop answered ${answer.status}`)
  return undefined
}
