// The moment in a link: `#t=SECONDS`, a fraction allowed.

export function momentOf(hash: string): number | undefined {
  const match = /^#(?:.*&)?t=(\d+(?:\.\d+)?)(?:&|$)/.exec(hash)
  return match ? Number(match[1]) * 1000 : undefined
}

export function hashFor(milliseconds: number): string {
  return `#t=${Math.round(milliseconds / 100) / 10}`
}

/** The moment that an address asks for: behind the `#`, or as a parameter, as PostHog writes it. */
export function momentOfAddress(hash: string, search: string): number | undefined {
  return momentOf(hash) ?? momentOf(`#${search.slice(1)}`)
}
