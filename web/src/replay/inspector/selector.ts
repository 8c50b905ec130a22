// A selector for an element: as short as one that a person would write, and met by this element alone in its document or shadow root.

const TEST_ATTRIBUTES = ['data-testid', 'data-test-id', 'data-test', 'data-qa', 'data-cy', 'data-attr']
const NAMING_ATTRIBUTES = ['name', 'aria-label', 'alt', 'title', 'placeholder', 'for', 'role', 'type', 'href']
const VALUE_LIMIT = 80
const CLIMB_LIMIT = 600

export function selectorOf(element: Element): string {
  const root = element.getRootNode() as ParentNode // a document, a shadow root, or the top of a tree that was taken out
  if (!('querySelectorAll' in root)) return nameOf(element)
  const isOnly = (selector: string): boolean => {
    const found = root.querySelectorAll(selector)
    return found.length === 1 && found[0] === element
  }
  const short = candidatesOf(element).find(isOnly)
  if (short !== undefined) return short
  return anchored(element, root, isOnly) ?? pathOf(element)
}

/** What may name an element by itself, the most telling first. */
function candidatesOf(element: Element): string[] {
  const name = nameOf(element)
  const classes = classesOf(element)
  return [
    ...TEST_ATTRIBUTES.flatMap((attribute) => attributeSelector(element, attribute)),
    ...(isTelling(element.id) ? [`#${CSS.escape(element.id)}`] : []),
    ...(name === 'html' || name === 'body' || name === 'head' ? [name] : []),
    ...classes.map((one) => `${name}.${one}`),
    ...NAMING_ATTRIBUTES.flatMap((attribute) => attributeSelector(element, attribute).map((selector) => name + selector)),
    ...(classes.length > 1 ? [`${name}.${classes.slice(0, 3).join('.')}`] : []),
    name,
  ]
}

/** Below the nearest element above that has a name of its own: `#cart button.add`. */
function anchored(element: Element, root: ParentNode, isOnly: (selector: string) => boolean): string | undefined {
  const own = [...candidatesOf(element), `${nameOf(element)}${placeOf(element)}`]
  let path = ''
  for (let above = element.parentElement, step = 0; above && step < CLIMB_LIMIT; above = above.parentElement, step++) {
    const anchor = candidatesOf(above).find((selector) => root.querySelectorAll(selector).length === 1)
    if (anchor !== undefined) {
      for (const part of own) {
        if (isOnly(`${anchor} ${part}`)) return `${anchor} ${part}`
      }
      const whole = `${anchor} > ${path}${nameOf(element)}${placeOf(element)}`
      if (isOnly(whole)) return whole
    }
    path = `${nameOf(above)}${placeOf(above)} > ${path}`
  }
  return undefined
}

/** From the root down, by place alone. */
function pathOf(element: Element): string {
  const parts: string[] = []
  for (let one: Element | null = element; one && parts.length < CLIMB_LIMIT; one = one.parentElement) parts.unshift(`${nameOf(one)}${placeOf(one)}`)
  return parts.join(' > ')
}

/** `:nth-of-type(2)`; nothing for an only child of its kind. */
function placeOf(element: Element): string {
  const siblings = [...(element.parentNode?.children ?? [])].filter((one) => one.localName === element.localName)
  return siblings.length < 2 ? '' : `:nth-of-type(${siblings.indexOf(element) + 1})`
}

function nameOf(element: Element): string {
  return CSS.escape(element.localName)
}

function attributeSelector(element: Element, name: string): string[] {
  const value = element.getAttribute(name)
  if (value === null || value === '' || value.length > VALUE_LIMIT) return []
  return [`[${name}=${JSON.stringify(value)}]`].filter(isValid)
}

/** Set by the player: what the mouse is over, and that the page stands still. */
export function isPlayersClass(name: string): boolean {
  return name === ':hover' || name === 'rrweb-paused'
}

/** Classes that tell something. */
function classesOf(element: Element): string[] {
  return [...element.classList].filter((one) => isTelling(one) && !isPlayersClass(one)).map((one) => CSS.escape(one))
}

/** A name that a build or a library made up is another one tomorrow. */
function isTelling(name: string): boolean {
  return name !== '' && name.length <= 40 && !/\d{4,}|[0-9a-f]{8,}|^:|^(css|sc|jsx|svelte)-/i.test(name) && !/^[\w-]*__?[A-Za-z0-9]*\d[A-Za-z0-9]*$/.test(name)
}

/** A line break in a value would need another way of writing it. */
function isValid(selector: string): boolean {
  return !/[\n\r\f\\]/.test(selector)
}
