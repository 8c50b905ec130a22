// Styles of the recorded page where the page around the player forbids inline styles: the recorded page inherits that policy, and would
// stand there without any. What scripts set is not forbidden, so each style element gets a constructed sheet, and each style attribute is
// set once more by script.
//
// The sheets are adopted in the order of their elements. rrweb asks a style element for its sheet to insert rules, and finds the
// constructed one. Left out: styles inside shadow roots and frames of the recorded page.

let forbidden: boolean | undefined

/** Asked once; a browser that forbids it says so in its console. */
function areStylesForbidden(): boolean {
  if (forbidden !== undefined) return forbidden
  const probe = document.createElement('i')
  probe.setAttribute('style', 'color:red')
  return (forbidden = probe.style.length === 0)
}

interface OwnSheet {
  readonly text: string
  readonly sheet: CSSStyleSheet
}

export class StylesByScript {
  private readonly own = new WeakMap<Element, OwnSheet>()
  private readonly ours = new WeakSet<CSSStyleSheet>()
  private readonly observer: MutationObserver

  /** Undefined where nothing is forbidden. */
  static forFrame(frame: HTMLIFrameElement): StylesByScript | undefined {
    return frame.contentDocument && areStylesForbidden() ? new StylesByScript(frame.contentDocument) : undefined
  }

  private constructor(private readonly page: Document) {
    this.observer = new MutationObserver((records) => this.follow(records))
    this.observer.observe(page, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['style', 'media'] })
  }

  close(): void {
    this.observer.disconnect()
  }

  /** Brings everything up to what has changed until now. */
  settle(): void {
    this.follow(this.observer.takeRecords())
  }

  private follow(records: readonly MutationRecord[]): void {
    let sheetsChanged = false
    for (const { type, target, addedNodes, removedNodes, attributeName } of records) {
      if (type === 'attributes' && attributeName === 'style') setAgain(target)
      else sheetsChanged ||= type !== 'childList' || removedNodes.length > 0 || isStyle(target)
      for (const node of addedNodes) {
        setAgain(node)
        if (!isElement(node)) continue
        for (const styled of node.querySelectorAll('[style]')) setAgain(styled)
        sheetsChanged ||= isStyle(node) || node.querySelector('style') !== null
      }
    }
    if (sheetsChanged) this.adopt()
  }

  private adopt(): void {
    const sheets = [...this.page.querySelectorAll('style')].flatMap((style) => this.sheetOf(style) ?? [])
    // Those that the recorded page had adopted itself come behind, as they do there.
    const others = this.page.adoptedStyleSheets.filter((sheet) => !this.ours.has(sheet))
    this.page.adoptedStyleSheets = [...sheets, ...others]
  }

  private sheetOf(style: HTMLStyleElement): CSSStyleSheet | undefined {
    const view = this.page.defaultView
    if (!view) return undefined
    const text = style.textContent ?? ''
    const known = this.own.get(style)
    if (known?.text === text) return known.sheet
    // The frame's own kind of sheet: another document's may not be adopted.
    const { CSSStyleSheet: Sheet } = view as Window & typeof globalThis
    const sheet = new Sheet(style.media === '' ? {} : { media: style.media })
    sheet.replaceSync(text)
    this.own.set(style, { text, sheet })
    this.ours.add(sheet)
    Object.defineProperty(style, 'sheet', { configurable: true, get: () => sheet })
    return sheet
  }
}

/** Elements of the frame are of its own classes: `instanceof` knows none of them. */
function isElement(node: Node): node is Element {
  return node.nodeType === Node.ELEMENT_NODE
}

function isStyle(node: Node): boolean {
  return node.nodeName.toLowerCase() === 'style' || node.parentNode?.nodeName.toLowerCase() === 'style'
}

/** An attribute that was refused is there and has no effect. */
function setAgain(node: Node): void {
  if (!isElement(node) || !('style' in node)) return
  const { style } = node as HTMLElement // every element with a style attribute has the property
  const text = node.getAttribute('style')
  if (text !== null && text.trim() !== '' && style.length === 0) style.cssText = text
}
