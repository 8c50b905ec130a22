// Addresses of recorded pages, made short enough to read.

/** The host without `www.`, and the path: what tells one page of a site from another. */
export function shortAddress(href: string): string {
  try {
    const { host, pathname, search, hash } = new URL(href)
    const path = `${pathname === '/' && !search && !hash ? '' : pathname}${search}${hash}`
    return `${host.replace(/^www\./, '')}${path}`
  } catch {
    return href
  }
}

/** Only the path: where the site is known already. */
export function pathOf(href: string): string {
  try {
    const { pathname, search, hash } = new URL(href)
    return `${pathname}${search}${hash}`
  } catch {
    return href
  }
}
