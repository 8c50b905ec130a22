// The panels, one at a time. The arrow keys go from tab to tab, as in every list of tabs, while one of them has the focus.

import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { listenToKeys, useHost } from './keyboard'
import type { Panel, PanelContext } from './panels'
import { hasOpened, usePlayerValue } from './use-player'

const STEPS: Record<string, number | undefined> = { ArrowLeft: -1, ArrowRight: 1 }

export function Side({ panels, context }: { panels: readonly Panel[]; context: PanelContext }) {
  const [chosen, choose] = useState(panels[0]?.name)
  const tabs = useRef<HTMLDivElement>(null)
  const box = useRef<HTMLDivElement>(null)
  const [goes, setGoes] = useState(0)
  const id = useId()
  const host = useHost()
  const isOpen = usePlayerValue(context.player, hasOpened)
  useEffect(
    () =>
      listenToKeys(host, (event) => {
        const wanted = panels.find(({ shortcut }) => shortcut?.key === event.key)
        if (!wanted) return
        event.preventDefault()
        choose(wanted.name)
        setGoes((count) => count + 1)
      }),
    [host, panels],
  )
  // Before anything else is typed: the next key may be a letter of the text.
  useLayoutEffect(() => {
    if (goes > 0) box.current?.querySelector<HTMLElement>('[data-field]')?.focus()
  }, [goes])
  const panel = panels.find(({ name }) => name === chosen) ?? panels[0]
  useEffect(() => {
    const row = tabs.current
    const tab = row?.querySelector<HTMLElement>('[aria-selected="true"]')
    if (!row || !tab) return
    // Where the row is longer than there is room. Not `scrollIntoView`, which would move the page around the player too.
    const beyond = tab.offsetLeft + tab.offsetWidth - row.offsetLeft - row.clientWidth
    row.scrollLeft = Math.min(tab.offsetLeft - row.offsetLeft, Math.max(row.scrollLeft, beyond))
  }, [panel?.name])
  const step = (event: KeyboardEvent): void => {
    const by = STEPS[event.key]
    if (by === undefined || !panel) return
    event.preventDefault()
    const place = (panels.indexOf(panel) + by + panels.length) % panels.length
    choose(panels[place]?.name)
    tabs.current?.querySelectorAll('button')[place]?.focus()
  }
  return (
    <aside class="side" aria-label="About this recording">
      <div class="tabs" role="tablist" aria-label="Panels" ref={tabs} onKeyDown={step}>
        {panels.map(({ name, count }) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-tab-${name}`}
            aria-selected={name === panel?.name}
            aria-controls={name === panel?.name ? `${id}-panel` : undefined}
            tabIndex={name === panel?.name ? 0 : -1}
            onClick={() => choose(name)}
          >
            {name} {count && count(context) > 0 && <span class="count">{count(context)}</span>}
          </button>
        ))}
      </div>
      {panel && (
        <div class="panel" key={panel.name} ref={box} role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${panel.name}`}>
          {isOpen && panel.render(context)}
        </div>
      )}
    </aside>
  )
}
