// The panels, one at a time.

import { useState } from 'preact/hooks'
import type { Panel, PanelContext } from './panels'

export function Side({ panels, context }: { panels: readonly Panel[]; context: PanelContext }) {
  const [chosen, choose] = useState(panels[0]?.name)
  const panel = panels.find(({ name }) => name === chosen) ?? panels[0]
  return (
    <aside class="side" aria-label="About this recording">
      <div class="tabs" role="tablist">
        {panels.map(({ name, count }) => (
          <button key={name} type="button" role="tab" aria-selected={name === panel?.name} onClick={() => choose(name)}>
            {name} {count && count(context) > 0 && <span class="count">{count(context)}</span>}
          </button>
        ))}
      </div>
      {panel && (
        <div class="panel" key={panel.name}>
          {panel.render(context)}
        </div>
      )}
    </aside>
  )
}
