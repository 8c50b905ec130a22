// Side B, the demo shop: starts the recorder, loads the catalogue, shows the page that the address names.

import { logo } from './shop/picture'
import { Cart } from './shop/cart'
import { Catalogue } from './shop/catalogue'
import { endNote } from './shop/dialog'
import { element, fill } from './shop/element'
import { cartPage } from './shop/pages/cart'
import { checkoutPage } from './shop/pages/checkout'
import { listPage } from './shop/pages/list'
import { productPage } from './shop/pages/product'
import { thanksPage } from './shop/pages/thanks'
import { unknownPage } from './shop/pages/unknown'
import { Recorder } from './shop/recorder'
import { showRecorder } from './shop/recorder_bar'
import { type Route, Router } from './shop/router'
import type { Shop } from './shop/shop'

const recorder = new Recorder()
const bar = place('recording')
recorder.onChange((state) => showRecorder(bar, state))
recorder.start()
void open()

async function open(): Promise<void> {
  const page = place('page')
  const catalogue = await Catalogue.load().catch((error: unknown) => {
    fill(page, element('h1', {}, 'The shop is closed'), element('p', {}, String(error)), element('p', {}, 'Loading the page again may help.'))
    return undefined
  })
  if (!catalogue) return
  const cart = new Cart(catalogue)
  const shop: Shop = { catalogue, cart, recorder, order: undefined, go: (path) => router.go(path) }
  const showTop = () => fill(place('top'), ...topLine(cart.count))
  cart.onChange(showTop)
  showTop()
  const router = new Router((route) => {
    document.title = `${titleOf(route, catalogue)} · Side B`
    endNote()
    fill(page, pageOf(route, shop))
    page.focus({ preventScroll: true })
  })
  router.start()
}

function pageOf(route: Route, shop: Shop): HTMLElement {
  switch (route.kind) {
    case 'list':
      return listPage(shop)
    case 'product':
      return productPage(shop, route.id)
    case 'cart':
      return cartPage(shop)
    case 'checkout':
      return checkoutPage(shop)
    case 'thanks':
      return thanksPage(shop)
    case 'unknown':
      return unknownPage(route.path)
  }
}

function titleOf(route: Route, catalogue: Catalogue): string {
  switch (route.kind) {
    case 'list':
      return 'Tapes and players'
    case 'product':
      return catalogue.find(route.id)?.name ?? 'Not here'
    case 'cart':
      return 'Cart'
    case 'checkout':
      return 'Checkout'
    case 'thanks':
      return 'Thank you'
    case 'unknown':
      return 'Not here'
  }
}

function topLine(count: number): HTMLElement[] {
  return [
    element('a', { class: 'logo', href: '/demo/' }, logo(), 'Side B'),
    element(
      'nav',
      { 'aria-label': 'Shop' },
      element('a', { href: '/demo/' }, 'Shop'),
      element('a', { class: 'cart-link', href: '/demo/cart' }, 'Cart', count > 0 && element('span', { class: 'cart-count' }, count)),
    ),
  ]
}

function place(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new Error(`index.html has no element #${id}`)
  return found
}
