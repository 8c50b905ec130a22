// Building parts of a page. Text becomes text nodes, never markup: what a visitor types is shown, not parsed.

export type Content = Node | string | number | false | null | undefined | readonly Content[]

type Attributes = Readonly<Record<string, string | number | boolean | undefined | ((event: Event) => void)>>

/** An element with attributes (`on…` functions become listeners) and content. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...content: readonly Content[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.replace(/^on/, ''), value)
    else if (value === true) made.setAttribute(name, '')
    else if (value !== false && value !== undefined) made.setAttribute(name, String(value))
  }
  made.append(...nodes(content))
  return made
}

/** Replaces all that is in `parent`. */
export function fill(parent: Element, ...content: readonly Content[]): void {
  parent.replaceChildren(...nodes(content))
}

function nodes(content: readonly Content[]): (Node | string)[] {
  return content.flatMap((part): (Node | string)[] => {
    if (part === null || part === undefined || part === false) return []
    if (typeof part === 'string' || typeof part === 'number') return [String(part)]
    return part instanceof Node ? [part] : nodes(part)
  })
}
