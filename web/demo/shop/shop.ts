// What each page is given.

import type { Cart } from './cart'
import type { Catalogue } from './catalogue'
import type { Recorder } from './recorder'

export interface Shop {
  readonly catalogue: Catalogue
  readonly cart: Cart
  readonly recorder: Recorder
  /** The last order of this tab. */
  order: PlacedOrder | undefined
  go(path: string): void
}

export interface PlacedOrder {
  readonly number: string
  readonly name: string
  readonly email: string
  readonly total: number
  readonly delivery: string
}
