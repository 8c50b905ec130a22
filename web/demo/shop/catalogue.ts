// What the shop sells, as `/demo/api/products.json` tells it.

import type { Shape } from './picture'

export interface Colour {
  readonly name: string
  readonly body: string
  readonly label: string
  readonly accent: string
}

export interface Product {
  readonly id: string
  readonly name: string
  readonly category: string
  /** In cents. */
  readonly price: number
  readonly shape: Shape
  readonly colours: readonly [Colour, ...Colour[]]
  readonly blurb: string
  readonly details: readonly string[]
  readonly specs: Readonly<Record<string, string>>
  readonly stock: number
}

export type Order = 'ours' | 'cheapest' | 'dearest' | 'name'

export class Catalogue {
  constructor(readonly products: readonly Product[]) {}

  static async load(): Promise<Catalogue> {
    const answer = await fetch('/demo/api/products.json')
    if (!answer.ok) throw new Error(`the shop answered ${answer.status} to the question what it sells`)
    // The file stands beside this one and is built with it.
    return new Catalogue((await answer.json()) as Product[])
  }

  find(id: string): Product | undefined {
    return this.products.find((product) => product.id === id)
  }

  categories(): readonly string[] {
    return [...new Set(this.products.map((product) => product.category))]
  }

  /** Those of a category (all, without one) of which every word of `text` is said somewhere. */
  matching(text: string, category: string | undefined, order: Order): readonly Product[] {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean)
    const found = this.products.filter((product) => {
      if (category !== undefined && product.category !== category) return false
      const said = [product.name, product.category, product.blurb, ...product.details].join(' ').toLowerCase()
      return words.every((word) => said.includes(word))
    })
    switch (order) {
      case 'ours':
        return found
      case 'cheapest':
        return found.sort((a, b) => a.price - b.price)
      case 'dearest':
        return found.sort((a, b) => b.price - a.price)
      case 'name':
        return found.sort((a, b) => a.name.localeCompare(b.name))
    }
  }

  /** Others of the same category first, then what is left. */
  besides(product: Product, count: number): readonly Product[] {
    const others = this.products.filter((other) => other.id !== product.id)
    const near = others.filter((other) => other.category === product.category)
    return [...near, ...others.filter((other) => !near.includes(other))].slice(0, count)
  }
}

const EUROS = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' })

export function euros(cents: number): string {
  return EUROS.format(cents / 100)
}
