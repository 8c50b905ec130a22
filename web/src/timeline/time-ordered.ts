// Things in time order. Blocks mostly arrive in order, so adding is mostly appending; after a jump it is a merge.

export interface Timed {
  readonly timestamp: number
  /** Decides between things of the same time. */
  readonly order?: number
}

export class TimeOrdered<T extends Timed> {
  private list: T[] = []

  get items(): readonly T[] {
    return this.list
  }

  /** `added` may be in any order. Answers where the list is changed from. */
  add(added: readonly T[]): number {
    const sorted = isSorted(added) ? added : [...added].sort(compare)
    const first = sorted[0]
    if (!first) return this.list.length
    const last = this.list.at(-1)
    const from = last && compare(last, first) > 0 ? this.countUpTo(first) : this.list.length
    if (from === this.list.length) {
      for (const item of sorted) this.list.push(item)
    } else {
      this.list = [...this.list.slice(0, from), ...merge(this.list.slice(from), sorted)]
    }
    return from
  }

  remove(isGone: (item: T) => boolean): void {
    this.list = this.list.filter((item) => !isGone(item))
  }

  /** How many are at `time` or before it: the place of the first that is later. */
  countUntil(time: number): number {
    let low = 0
    let high = this.list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.list[middle]?.timestamp ?? Infinity) <= time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** How many come not after `item`. */
  countUpTo(item: Timed): number {
    let low = 0
    let high = this.list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.list[middle]
      if (other && compare(other, item) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }

  lastUntil(time: number): T | undefined {
    return this.list[this.countUntil(time) - 1]
  }

  firstAfter(time: number): T | undefined {
    return this.list[this.countUntil(time)]
  }

}

export function compare(a: Timed, b: Timed): number {
  return a.timestamp - b.timestamp || (a.order ?? 0) - (b.order ?? 0)
}

function isSorted(items: readonly Timed[]): boolean {
  return items.every((item, index) => index === 0 || compare(items[index - 1] ?? item, item) <= 0)
}

function merge<T extends Timed>(a: readonly T[], b: readonly T[]): T[] {
  const merged: T[] = []
  let i = 0
  let j = 0
  for (;;) {
    const left = a[i]
    const right = b[j]
    if (!left) return merged.concat(b.slice(j))
    if (!right) return merged.concat(a.slice(i))
    if (compare(left, right) <= 0) {
      merged.push(left)
      i += 1
    } else {
      merged.push(right)
      j += 1
    }
  }
}
