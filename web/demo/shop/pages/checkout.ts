// The form. Name and e-mail become the recording's person; the recording masks what is typed, and blocks the card's fields altogether.

import { euros } from '../catalogue'
import { openDeliveryAndReturns } from '../dialog'
import { type Content, element, fill } from '../element'
import type { Shop } from '../shop'
import { sums } from './cart'

interface Delivery {
  readonly id: string
  readonly name: string
  readonly time: string
  readonly price: number
}

interface Field {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly attributes?: Readonly<Record<string, string>>
  /** What is wrong with it, if anything. */
  readonly wrong?: (value: string) => string | undefined
}

const NAME: Field = { name: 'name', label: 'Name', attributes: { autocomplete: 'name' }, wrong: (value) => (value === '' ? 'Who shall we send it to?' : undefined) }
const EMAIL: Field = {
  name: 'email',
  label: 'E-mail',
  attributes: { type: 'email', autocomplete: 'email', inputmode: 'email' },
  wrong: (value) => (/^\S+@\S+\.\S+$/.test(value) ? undefined : 'An address has an @ and a dot after it.'),
}
const STREET: Field = { name: 'street', label: 'Street and number', attributes: { autocomplete: 'street-address' } }
const TOWN: Field = { name: 'town', label: 'Town', attributes: { autocomplete: 'address-level2' } }
const PASSWORD: Field = {
  name: 'password',
  label: 'Password',
  hint: 'Eight characters or more.',
  attributes: { type: 'password', autocomplete: 'new-password' },
  wrong: (value) => (value.length < 8 ? 'Eight characters, please.' : undefined),
}
const CARD: Field = {
  name: 'card',
  label: 'Card number',
  hint: 'Any number will do. Nothing is charged.',
  attributes: { class: 'ph-no-capture', inputmode: 'numeric', autocomplete: 'off', placeholder: '4242 4242 4242 4242', maxlength: '23' },
  wrong: (value) => (value.replace(/\D/g, '').length < 12 ? 'A card number has twelve digits or more.' : undefined),
}
const EXPIRES: Field = { name: 'expires', label: 'Expires', attributes: { class: 'ph-no-capture', inputmode: 'numeric', autocomplete: 'off', placeholder: '12/29' } }
const CODE: Field = { name: 'code', label: 'Code', attributes: { class: 'ph-no-capture', inputmode: 'numeric', autocomplete: 'off', placeholder: '123', maxlength: '4' } }

export function checkoutPage(shop: Shop): HTMLElement {
  const page = element('div', {}, element('h1', {}, 'Checkout'))
  if (shop.cart.count === 0) {
    page.append(element('p', {}, 'There is nothing to pay for yet.'), element('a', { class: 'primary', href: '/demo/' }, 'Look around'))
    return page
  }
  const content = element('div', {}, element('p', { class: 'quiet' }, 'Asking how we could deliver…'))
  page.append(content)
  loadDeliveries().then(
    (deliveries) => fill(content, new Checkout(shop, deliveries).form),
    (error: unknown) => fill(content, element('p', { class: 'wrong' }, String(error))),
  )
  return page
}

async function loadDeliveries(): Promise<readonly Delivery[]> {
  const answer = await fetch('/demo/api/delivery.json')
  if (!answer.ok) throw new Error(`the shop answered ${answer.status} to the question how it delivers`)
  return (await answer.json()) as Delivery[] // the file is the shop's own
}

class Checkout {
  readonly form: HTMLFormElement
  readonly #shop: Shop
  readonly #deliveries: readonly Delivery[]
  readonly #summary = element('div')
  readonly #account = element('div', { class: 'account', hidden: true }, field(PASSWORD))
  readonly #submit = element('button', { type: 'submit', class: 'primary wide', id: 'order-now' })

  constructor(shop: Shop, deliveries: readonly Delivery[]) {
    this.#shop = shop
    this.#deliveries = deliveries
    this.form = element(
      'form',
      { class: 'with-summary', novalidate: true, onsubmit: (event) => this.#place(event), oninput: (event) => this.#typed(event) },
      element('div', { class: 'form' }, this.#who(), this.#delivery(), this.#payment()),
      element('aside', { class: 'summary', 'aria-label': 'Sum' }, this.#summary, this.#terms(), this.#submit),
    )
    this.#sum()
  }

  #who(): HTMLElement {
    const wanted = element('input', { type: 'checkbox', id: 'account', onchange: () => (this.#account.hidden = !wanted.checked) })
    return group('You', field(NAME), field(EMAIL), element('label', { class: 'check' }, wanted, 'Create an account'), this.#account)
  }

  #delivery(): HTMLElement {
    const choices = this.#deliveries.map(({ id, name, time, price }, index) =>
      element(
        'label',
        { class: 'option' },
        element('input', { type: 'radio', name: 'delivery', value: id, checked: index === 0 }),
        element('span', {}, element('strong', {}, name), element('span', { class: 'quiet' }, time)),
        element('span', {}, price === 0 ? 'free' : euros(price)),
      ))
    const gift = element('textarea', { name: 'gift', rows: 2, placeholder: 'For the road.' })
    return group(
      'Delivery',
      element('div', { class: 'options', role: 'radiogroup', 'aria-label': 'Delivery' }, choices),
      element('div', { class: 'pair' }, field(STREET), field(TOWN)),
      element('label', { class: 'field' }, element('span', {}, 'A line for the parcel'), gift),
    )
  }

  #payment(): HTMLElement {
    return group('Payment', field(CARD), element('div', { class: 'pair' }, field(EXPIRES), field(CODE)))
  }

  #terms(): HTMLElement {
    return element('p', { class: 'quiet' }, 'By ordering you agree to ', element('button', { type: 'button', class: 'link', onclick: openDeliveryAndReturns }, 'how we deliver'), '.')
  }

  get #chosen(): Delivery | undefined {
    const id = new FormData(this.form).get('delivery')
    return this.#deliveries.find((delivery) => delivery.id === id)
  }

  get #total(): number {
    const { cart } = this.#shop
    return cart.goods - cart.discount + (this.#chosen?.price ?? 0)
  }

  #sum(): void {
    fill(this.#summary, sums(this.#shop, this.#chosen?.price ?? 0))
    fill(this.#submit, `Order for ${euros(this.#total)}`)
  }

  #typed(event: Event): void {
    const input = event.target
    if (!(input instanceof HTMLInputElement)) return
    if (input.name === 'delivery') this.#sum()
    if (input.name === 'card') input.value = input.value.replace(/\D/g, '').replace(/(\d{4})(?=\d)/g, '$1 ')
    complain(this.form, input.name, undefined)
  }

  #place(event: Event): void {
    event.preventDefault()
    const typed = new FormData(this.form)
    const asked = [NAME, EMAIL, ...(this.#account.hidden ? [] : [PASSWORD]), CARD]
    const wrong = asked.filter(({ name, wrong }) => {
      const complaint = wrong?.(String(typed.get(name) ?? '').trim())
      complain(this.form, name, complaint)
      return complaint !== undefined
    })
    const [first] = wrong
    if (first) return inputOf(this.form, first.name)?.focus()
    this.#submit.disabled = true
    fill(this.#submit, 'Placing your order…')
    const number = `B-${Date.now().toString(36).slice(-6).toUpperCase()}`
    const name = String(typed.get('name')).trim()
    const email = String(typed.get('email')).trim()
    setTimeout(() => this.#placed(number, name, email), 800)
  }

  #placed(number: string, name: string, email: string): void {
    const { recorder, cart } = this.#shop
    const delivery = this.#chosen?.name ?? ''
    recorder.identify(email, { name, email })
    recorder.capture('order placed', {
      order: number,
      total: this.#total / 100,
      currency: 'EUR',
      items: cart.count,
      products: cart.lines.map((line) => line.product.id),
      voucher: cart.voucher?.code,
      delivery,
    })
    this.#shop.order = { number, name, email, total: this.#total, delivery }
    cart.empty()
    this.#shop.go('/demo/thanks')
  }
}

function group(title: string, ...content: readonly Content[]): HTMLElement {
  return element('fieldset', {}, element('legend', {}, title), content)
}

function field({ name, label, hint, attributes }: Field): HTMLElement {
  return element(
    'label',
    { class: 'field' },
    element('span', {}, label),
    element('input', { name, ...attributes }),
    hint !== undefined && element('small', { class: 'hint' }, hint),
    element('small', { class: 'hint wrong', id: `wrong-${name}`, hidden: true, role: 'alert' }),
  )
}

function inputOf(form: HTMLFormElement, name: string): HTMLInputElement | undefined {
  const found = form.elements.namedItem(name)
  return found instanceof HTMLInputElement ? found : undefined
}

function complain(form: HTMLFormElement, name: string, complaint: string | undefined): void {
  const place = form.querySelector<HTMLElement>(`[id="wrong-${name}"]`)
  const input = inputOf(form, name)
  if (!place || !input) return
  place.hidden = complaint === undefined
  fill(place, complaint)
  if (complaint === undefined) input.removeAttribute('aria-invalid')
  else input.setAttribute('aria-invalid', 'true')
}
