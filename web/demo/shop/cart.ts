// What the visitor means to buy. It lasts as long as the tab.

import type { Catalogue, Product } from './catalogue'

export interface Voucher {
  readonly code: string
  readonly percent: number
  readonly text: string
}

export interface CartLine {
  readonly product: Product
  readonly colour: number
  readonly quantity: number
}

interface Stored {
  readonly lines: readonly { readonly id: string; readonly colour: number; readonly quantity: number }[]
  readonly voucher?: Voucher
}

const STORED_AS = 'side-b-cart'
export const MOST_OF_ONE = 20

export class Cart {
  #lines: readonly CartLine[] = []
  #voucher: Voucher | undefined
  #listeners: (() => void)[] = []

  constructor(catalogue: Catalogue) {
    const stored = readStored()
    this.#voucher = stored?.voucher
    this.#lines = (stored?.lines ?? []).flatMap(({ id, colour, quantity }) => {
      const product = catalogue.find(id)
      return product ? [{ product, colour, quantity }] : []
    })
  }

  get lines(): readonly CartLine[] {
    return this.#lines
  }

  get voucher(): Voucher | undefined {
    return this.#voucher
  }

  get count(): number {
    return this.#lines.reduce((sum, line) => sum + line.quantity, 0)
  }

  /** Before the voucher, in cents. */
  get goods(): number {
    return this.#lines.reduce((sum, line) => sum + line.quantity * line.product.price, 0)
  }

  get discount(): number {
    return Math.round((this.goods * (this.#voucher?.percent ?? 0)) / 100)
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  add(product: Product, colour: number, quantity: number): void {
    const present = this.#lines.find((line) => line.product.id === product.id && line.colour === colour)
    if (present) this.setQuantity(present, present.quantity + quantity)
    else this.#become([...this.#lines, { product, colour, quantity }])
  }

  /** Zero takes the line out. */
  setQuantity(line: CartLine, quantity: number): void {
    const within = Math.max(0, Math.min(MOST_OF_ONE, Math.floor(quantity)))
    const changed = this.#lines.map((other) => (other === line ? { ...line, quantity: within } : other))
    this.#become(changed.filter((other) => other.quantity > 0))
  }

  redeem(voucher: Voucher): void {
    this.#voucher = voucher
    this.#become(this.#lines)
  }

  empty(): void {
    this.#voucher = undefined
    this.#become([])
  }

  #become(lines: readonly CartLine[]): void {
    this.#lines = lines
    const stored: Stored = {
      lines: lines.map(({ product, colour, quantity }) => ({ id: product.id, colour, quantity })),
      ...(this.#voucher && { voucher: this.#voucher }),
    }
    sessionStorage.setItem(STORED_AS, JSON.stringify(stored))
    for (const listener of this.#listeners) listener()
  }
}

function readStored(): Stored | undefined {
  try {
    // Only `#become` writes this key; anything else in it fails below or counts as an empty cart.
    return JSON.parse(sessionStorage.getItem(STORED_AS) ?? 'null') as Stored
  } catch {
    return undefined
  }
}
