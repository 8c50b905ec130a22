// The first page: everything there is, with search, and a long read below it to scroll through.

import { type Order, type Product, euros } from '../catalogue'
import { element, fill } from '../element'
import { picture } from '../picture'
import type { Shop } from '../shop'

/** Kept while the tab lasts, so that coming back from a product finds the list as it was. */
const chosen: { text: string; category: string | undefined; order: Order } = { text: '', category: undefined, order: 'ours' }

const ORDERS: readonly (readonly [Order, string])[] = [
  ['ours', 'As we like it'],
  ['cheapest', 'Cheapest first'],
  ['dearest', 'Dearest first'],
  ['name', 'By name'],
]

export function listPage({ catalogue }: Shop): HTMLElement {
  const grid = element('ul', { class: 'grid' })
  const count = element('p', { class: 'count', role: 'status' })
  const chips = element('div', { class: 'chips', role: 'group', 'aria-label': 'Category' })
  const update = () => {
    const found = catalogue.matching(chosen.text, chosen.category, chosen.order)
    fill(count, found.length === 1 ? '1 thing' : `${found.length} things`)
    fill(grid, found.length > 0 ? found.map((product) => element('li', {}, card(product))) : nothingFound())
    fill(chips, [undefined, ...catalogue.categories()].map((category) => chip(category, update)))
  }
  update()
  return element(
    'div',
    {},
    element(
      'section',
      { class: 'hero' },
      element('div', {}, element('h1', {}, 'Everything for the other side'), element('p', { class: 'lead' }, 'Tapes, players, and the small things that keep both running. Turn it over.')),
      thingsToTry(),
    ),
    element('section', { class: 'tools', 'aria-label': 'Find something' }, searchField(update), orderField(update), chips, count),
    grid,
    careGuide(),
  )
}

export function card(product: Product): HTMLElement {
  return element(
    'a',
    { class: 'card', href: `/demo/product/${product.id}` },
    element('span', { class: 'frame' }, picture(product.shape, product.colours[0])),
    element('span', { class: 'card-name' }, product.name),
    element('span', { class: 'card-price' }, euros(product.price)),
    element('span', { class: 'card-blurb' }, product.blurb),
    product.stock === 0 && element('span', { class: 'badge' }, 'Sold out'),
    product.stock > 0 && product.stock < 10 && element('span', { class: 'badge few' }, `Only ${product.stock} left`),
  )
}

function searchField(update: () => void): HTMLElement {
  const input = element('input', {
    type: 'search',
    id: 'search',
    placeholder: 'chrome, headphones, care…',
    value: chosen.text,
    autocomplete: 'off',
    oninput: () => {
      chosen.text = input.value
      update()
    },
  })
  return element('label', { class: 'field search' }, element('span', {}, 'Search'), input)
}

function orderField(update: () => void): HTMLElement {
  const select = element(
    'select',
    {
      id: 'order',
      onchange: () => {
        chosen.order = ORDERS.find(([order]) => order === select.value)?.[0] ?? 'ours'
        update()
      },
    },
    ORDERS.map(([order, name]) => element('option', { value: order, selected: order === chosen.order }, name)),
  )
  return element('label', { class: 'field' }, element('span', {}, 'Sorted'), select)
}

function chip(category: string | undefined, update: () => void): HTMLElement {
  const choose = () => {
    chosen.category = category
    update()
  }
  return element('button', { type: 'button', class: 'chip', 'aria-pressed': String(category === chosen.category), onclick: choose }, category ?? 'All')
}

function nothingFound(): HTMLElement {
  return element('li', { class: 'nothing' }, element('p', {}, 'We have nothing of that kind. Try a shorter word, or another category.'))
}

function thingsToTry(): HTMLElement {
  return element(
    'aside',
    { class: 'try', 'aria-label': 'Things to try' },
    element('h2', {}, 'Worth trying, then watching'),
    element(
      'ol',
      {},
      element('li', {}, 'Search for ', element('em', {}, 'pencil'), ' and open what you find.'),
      element('li', {}, 'Press ', element('em', {}, 'Hear a sample'), ' on a product: it is broken on purpose.'),
      element('li', {}, 'In the cart, try the voucher ', element('code', {}, 'SPOOL'), ', and one that does not exist.'),
      element('li', {}, 'Order. The password and card number never leave this page.'),
    ),
  )
}

const CARE: readonly (readonly [string, string])[] = [
  ['Wind before you store', 'Play a tape to its end once a year, then wind it back in one go. Uneven winding leaves ridges, and ridges become wow.'],
  ['Keep it upright', 'On its spine the weight rests on the shell. Flat on a pile, it rests on the reel, and in a warm summer the reel gives way.'],
  ['Mind the magnets', 'A loudspeaker, the back of a fridge door, the clasp of a bag. A hand’s breadth of distance is enough; less is a gamble.'],
  ['Clean what touches', 'Heads, capstan, pinch roller, in this order, every thirty hours. If the swab comes back brown, that was your treble.'],
  ['Mend, do not mourn', 'A torn tape wants splicing tape, a sharp blade and a steady minute. You lose a quarter of a second; nobody will notice but you.'],
  ['Lend it', 'A tape that nobody hears sticks to itself. Write your name on the spine, and let it come back with a story.'],
]

function careGuide(): HTMLElement {
  return element(
    'section',
    { class: 'care', id: 'care' },
    element('h2', {}, 'How to keep a tape for fifty years'),
    element('p', { class: 'lead' }, 'Most tapes that die were killed by kindness, heat, or a car. A short guide from the back room.'),
    element('ol', {}, CARE.map(([title, text]) => element('li', {}, element('h3', {}, title), element('p', {}, text)))),
    element(
      'div',
      { class: 'questions' },
      element('h3', {}, 'Asked across the counter'),
      question('Does it sound better than streaming?', 'No. It sounds like someone made it for you.'),
      question('Which type does my deck take?', 'If there is a switch that says CrO₂, types I and II. If it says Metal as well, all of them.'),
      question('Do you buy old tapes?', 'Only those with a story. Bring the story.'),
    ),
  )
}

function question(asked: string, answer: string): HTMLElement {
  return element('details', {}, element('summary', {}, asked), element('p', {}, answer))
}
