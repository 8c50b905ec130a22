// Addresses of the shop. Changing the page is a history entry, not a load, as in most shops of today.

export type Route =
  | { readonly kind: 'list' }
  | { readonly kind: 'product'; readonly id: string }
  | { readonly kind: 'cart' }
  | { readonly kind: 'checkout' }
  | { readonly kind: 'thanks' }
  | { readonly kind: 'unknown'; readonly path: string }

export const HOME = '/demo/'

export function routeOf(path: string): Route {
  const [first, second, ...rest] = path.replace(/^\/demo\/?/, '').split('/').filter(Boolean)
  if (first === undefined) return { kind: 'list' }
  if (first === 'product' && second !== undefined && rest.length === 0) return { kind: 'product', id: second }
  if (second === undefined && (first === 'cart' || first === 'checkout' || first === 'thanks')) return { kind: first }
  return { kind: 'unknown', path }
}

export class Router {
  #shown: string | undefined
  readonly #show: (route: Route) => void

  constructor(show: (route: Route) => void) {
    this.#show = show
    addEventListener('popstate', () => this.#follow())
    document.addEventListener('click', (event) => this.#takeOver(event))
  }

  start(): void {
    this.#follow()
  }

  go(path: string): void {
    history.pushState(null, '', path)
    this.#follow()
    scrollTo({ top: 0, behavior: 'instant' })
  }

  #follow(): void {
    if (this.#shown === location.pathname) return
    this.#shown = location.pathname
    this.#show(routeOf(location.pathname))
  }

  /** Plain clicks on the shop's own links; those meant for a new tab stay the browser's. */
  #takeOver(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || link.target === '_blank' || link.origin !== location.origin || link.hash !== '') return
    if (!link.pathname.startsWith(HOME)) return
    event.preventDefault()
    if (link.pathname !== location.pathname) this.go(link.pathname)
  }
}
