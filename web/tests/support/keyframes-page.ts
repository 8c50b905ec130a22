// What the test of keyframes runs in the browser: the real recorder over a page that is changed at random, and the real replayer,
// whose page is written down with everything that a viewer could see a difference by.

import { record, Replayer, type eventWithTime } from 'posthog-js/rrweb'

type Random = () => number

const BEFORE_EVERYTHING_MS = 1e10
const BEHIND_EVERYTHING_MS = 1e13

const marker = (timestamp: number): eventWithTime => ({ type: 5, data: { tag: 'test', payload: {} }, timestamp }) as eventWithTime

/** As the player does it: rrweb drops what stands before a `Meta`. */
function asResize(event: eventWithTime): eventWithTime {
  if (event.type !== 4) return event
  const { width, height } = event.data
  return { type: 3, data: { source: 4, width, height }, timestamp: event.timestamp } as eventWithTime
}

/** The page at `time`, epoch milliseconds, after these events; `pictures`: the last one of each canvas. */
async function show(events: eventWithTime[], time: number): Promise<{ page: string; size: string; pictures: string }> {
  const root = document.createElement('div')
  document.body.append(root)
  const first = events[0]?.timestamp ?? 0
  const base = first - BEFORE_EVERYTHING_MS
  let size = ''
  const pictures = new Map<number, string>()
  const replayer = new Replayer([marker(base), ...events.map(asResize), marker(first + BEHIND_EVERYTHING_MS)], {
    root,
    useVirtualDom: false,
    mouseTail: false,
    triggerFocus: false,
    showWarning: false,
    plugins: [{ handler: (event) => {
      const data = event.data as { source?: number; id?: number; commands?: { property: string }[] } // as the event's type says
      if (event.type === 3 && data.source === 9 && data.commands?.some(({ property }) => property === 'drawImage')) pictures.set(data.id ?? 0, JSON.stringify(data))
    } }],
  })
  replayer.on('resize', (now) => { size = JSON.stringify(now) })
  replayer.pause(time - base + 0.5)
  // Sheets that were not there when they were adopted are looked for again.
  await new Promise((resolve) => setTimeout(resolve, 20))
  const mirror = replayer.getMirror()
  const known = [...pictures].filter(([id]) => mirror.getNode(id)).sort(([a], [b]) => a - b)
  const page = written(replayer.iframe.contentDocument as Document, (node) => mirror.getId(node))
  replayer.destroy()
  root.remove()
  return { page, size, pictures: JSON.stringify(known) }
}

/** A page as text: each node on a line, by its id, with what it is and shows. */
function written(document: Document, idOf: (node: Node) => number): string {
  const lines: string[] = []
  const walk = (node: Node, depth: number): void => {
    // Nodes of the replayer's own are in both, and say nothing.
    const id = idOf(node)
    lines.push(`${' '.repeat(depth)}${id} ${described(node)}`)
    const element = node as HTMLElement & HTMLIFrameElement
    if (element.shadowRoot) {
      lines.push(`${' '.repeat(depth + 1)}shadow ${sheetsOf(element.shadowRoot)}`)
      element.shadowRoot.childNodes.forEach((child) => walk(child, depth + 2))
    }
    node.childNodes.forEach((child) => walk(child, depth + 1))
    // A frame without a recorded document shows what the browser puts there, at some time.
    if (node.nodeName === 'IFRAME' && element.contentDocument && idOf(element.contentDocument) > 0) walk(element.contentDocument, depth + 1)
  }
  walk(document, 0)
  return lines.join('\n')
}

function described(node: Node): string {
  if (node.nodeType === Node.DOCUMENT_NODE) {
    const document = node as Document
    return `document ${document.compatMode} ${sheetsOf(document)} fonts ${[...document.fonts].map((font) => font.family).sort().join()}`
  }
  if (node.nodeType !== Node.ELEMENT_NODE) return `${node.nodeName} ${JSON.stringify(node.nodeValue)}`
  const element = node as HTMLInputElement
  const attributes = [...element.attributes].map(({ name, value }) => `${name}=${JSON.stringify(name === 'style' ? styleOf(element) : value)}`).sort()
  const state = ['INPUT', 'TEXTAREA', 'SELECT', 'OPTION'].includes(node.nodeName)
    ? ` value=${JSON.stringify(element.value)} checked=${element.checked} selected=${(node as HTMLOptionElement).selected} index=${(node as unknown as HTMLSelectElement).selectedIndex}`
    : ''
  const sheet = (node as unknown as HTMLStyleElement).sheet
  const rules = sheet ? ` rules ${rulesOf(sheet)}` : ''
  const scrolled = element.scrollTop || element.scrollLeft ? ` scrolled ${element.scrollLeft} ${element.scrollTop}` : ''
  return `${node.nodeName} ${element.namespaceURI?.endsWith('svg') ? 'svg ' : ''}${attributes.join(' ')}${state}${rules}${scrolled}`
}

/** In the order of their names: which was set first shows only where two say something of the same. */
function styleOf(element: HTMLElement): string {
  return [...element.style].map((name) => `${name}:${element.style.getPropertyValue(name)}!${element.style.getPropertyPriority(name)}`).sort().join(';')
}

const rulesOf = (sheet: CSSStyleSheet): string => [...sheet.cssRules].map((rule) => rule.cssText).join(' ')
const sheetsOf = (root: Document | ShadowRoot): string => `sheets [${[...root.adoptedStyleSheets].map(rulesOf).join(' | ')}]`

function randomOf(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Records a page while it is changed at random. */
async function recorded(seed: number, steps: number): Promise<eventWithTime[]> {
  const random = randomOf(seed)
  const events: eventWithTime[] = []
  const stage = document.createElement('div')
  document.body.replaceChildren(stage)
  prepare(stage, random)
  const stop = record({ emit: (event) => void events.push(event as eventWithTime), recordCanvas: false, inlineStylesheet: true, sampling: { scroll: 1, input: 'all' } })
  for (let step = 0; step < steps; step++) {
    try {
      change(stage, random)
    } catch {
      // The browser refused it: a node into itself, a rule that is none.
    }
    // Several changes in one mutation, and mutations in one millisecond, but not always.
    if (random() < 0.6) await new Promise((resolve) => setTimeout(resolve, random() < 0.5 ? 0 : 3))
  }
  await new Promise((resolve) => setTimeout(resolve, 60))
  stop?.()
  document.adoptedStyleSheets = []
  document.body.replaceChildren()
  return events
}

function prepare(stage: HTMLElement, random: Random): void {
  stage.innerHTML = `<style>p { color: green } a:hover { color: red }</style><style></style>
    <form><input value="a"><input type="checkbox"><input type="radio" name="r"><input type="radio" name="r" checked>
    <textarea>first</textarea><select><option value="1">one</option><option value="2" selected>two</option></select></form>
    <svg viewBox="0 0 9 9"><g><circle r="3"></circle></g></svg><div class="scrolls" style="height: 40px; overflow: auto"><p style="height: 900px">long</p></div><ul></ul>`
  for (let at = 0; at < 20; at++) stage.append(made(random))
}

let counter = 0
const NAMES = ['p', 'div', 'li', 'span', 'a', 'section', 'b', 'article', 'x-thing']

function made(random: Random, depth = 0): Node {
  counter += 1
  if (random() < 0.25) return document.createTextNode(`text ${counter} \ud83d\ude00`)
  if (random() < 0.05) return document.createComment(`comment ${counter}`)
  const element = document.createElement(pick(NAMES, random))
  element.className = `c${counter}`
  if (random() < 0.3) element.setAttribute('style', `color: rgb(${counter % 255}, 0, 0); --n: ${counter}`)
  for (let child = Math.floor(random() * 4); child > 0 && depth < 4; child--) element.append(made(random, depth + 1))
  if (random() < 0.08) {
    element.append(document.createElement('iframe'))
  }
  if (random() < 0.12 && ['P', 'DIV', 'SPAN', 'SECTION', 'ARTICLE', 'X-THING'].includes(element.nodeName)) {
    const shadow = element.attachShadow({ mode: 'open' })
    shadow.append(made(random, depth + 1))
    if (random() < 0.5) shadow.adoptedStyleSheets = [sheet(random)]
  }
  return element
}

const pool: CSSStyleSheet[] = []
function sheet(random: Random): CSSStyleSheet {
  if (pool.length > 0 && random() < 0.4) return pick(pool, random)
  const made = new CSSStyleSheet()
  made.insertRule(`i { order: ${++counter} }`)
  pool.push(made)
  return made
}

const pick = <T>(from: readonly T[], random: Random): T => from[Math.floor(random() * from.length)] as T

function everything(stage: HTMLElement): (Element | ShadowRoot)[] {
  const found: (Element | ShadowRoot)[] = [stage]
  for (let at = 0; at < found.length; at++) {
    const node = found[at] as Element
    if (node.shadowRoot) found.push(node.shadowRoot)
    if (node.nodeName === 'IFRAME') {
      const body = (node as HTMLIFrameElement).contentDocument?.body
      if (body) found.push(body)
    }
    found.push(...node.children)
  }
  return found.slice(1)
}

function change(stage: HTMLElement, random: Random): void {
  const all = everything(stage)
  const holders = all.filter((node) => !['INPUT', 'TEXTAREA', 'SELECT', 'OPTION', 'STYLE', 'IFRAME'].includes(node.nodeName))
  const target = pick(all, random) as HTMLElement
  const holder = pick(holders, random)
  const act = random()
  counter += 1
  if (act < 0.22) holder.insertBefore(made(random), pick([null, ...holder.childNodes], random))
  else if (act < 0.3) holder.append(made(random), made(random))
  else if (act < 0.4) holder.insertBefore(target, pick([null, ...holder.childNodes], random))
  else if (act < 0.48) (target.childNodes[0] ?? target).parentNode?.removeChild(target.childNodes[0] ?? target)
  else if (act < 0.56) target.setAttribute(pick(['title', 'class', 'data-x', 'style', 'hidden'], random), `v${counter}`)
  else if (act < 0.6) target.removeAttribute(pick(['title', 'class', 'style', 'hidden'], random))
  else if (act < 0.68) target.style.setProperty(pick(['color', 'margin-left', 'margin', '--n', 'width'], random), `${counter % 99}px`, random() < 0.2 ? 'important' : '')
  else if (act < 0.7) target.style.removeProperty(pick(['color', 'margin', '--n'], random))
  else if (act < 0.78) changeText(all, random)
  else if (act < 0.86) changeForm(stage, random)
  else if (act < 0.94) changeRules(stage, all, random)
  else if (act < 0.96) (stage.querySelector('.scrolls') as HTMLElement | null)?.scrollTo(0, counter % 800)
  else if (act < 0.98) holder.replaceChildren(made(random), ...holder.childNodes)
  else document.adoptedStyleSheets = [sheet(random)]
}

function changeText(all: (Element | ShadowRoot)[], random: Random): void {
  const texts = all.flatMap((node) => [...node.childNodes]).filter((node) => node.nodeType === Node.TEXT_NODE)
  const text = pick(texts, random)
  if (text) text.nodeValue = text.parentNode?.nodeName === 'STYLE' ? `p { order: ${counter} } a:hover { order: 1 }` : `text ${counter}`
}

function changeForm(stage: HTMLElement, random: Random): void {
  const select = stage.querySelector('select')
  const form = pick([...stage.querySelectorAll('input, textarea, select')], random) as HTMLInputElement | undefined
  if (!form) return
  if (form.type === 'checkbox' || form.type === 'radio') form.click()
  else if (form.nodeName === 'SELECT') form.value = String(1 + Math.floor(random() * (select?.options.length ?? 1)))
  else form.value = `typed ${counter}`
  form.dispatchEvent(new Event('input', { bubbles: true }))
  form.dispatchEvent(new Event('change', { bubbles: true }))
  if (random() < 0.1 && select) select.append(new Option(`option ${counter}`, String(select.options.length + 1)))
  if (random() < 0.1 && form.nodeName === 'INPUT') form.setAttribute('value', `set ${counter}`)
}

function changeRules(stage: HTMLElement, all: (Element | ShadowRoot)[], random: Random): void {
  const style = pick([...stage.querySelectorAll('style')], random)
  const sheets = [style?.sheet, ...pool].filter((one): one is CSSStyleSheet => Boolean(one))
  const one = pick(sheets, random)
  const act = random()
  if (!one) return
  if (act < 0.5) one.insertRule(`.r${counter} { order: ${counter} }`, Math.floor(random() * (one.cssRules.length + 1)))
  else if (act < 0.6) one.deleteRule(Math.floor(random() * one.cssRules.length))
  else if (act < 0.75) (one.cssRules[0] as CSSStyleRule | undefined)?.style?.setProperty('order', String(counter))
  else if (act < 0.8) one.insertRule(`@media all { .m${counter} { order: 1 } }`, 0)
  else if (act < 0.9) (one.cssRules[0] as CSSMediaRule | undefined)?.insertRule?.(`.n${counter} { order: 2 }`, 0)
  else if (act < 0.95 && pool.includes(one)) one.replaceSync(`.s${counter} { order: 3 }`)
  else {
    const shadow = all.find((node): node is ShadowRoot => node instanceof ShadowRoot)
    if (shadow) shadow.adoptedStyleSheets = [sheet(random), sheet(random)].filter((found, at, list) => list.indexOf(found) === at)
  }
}

Object.assign(window, { keyframesTest: { show, recorded } })
