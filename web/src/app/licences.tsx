// The licences of what is bundled, which have to go where the code goes. They stand in the page itself.

import { useState } from 'preact/hooks'

export function Licences() {
  const [text, setText] = useState<string>()
  const show = (): void => setText(document.getElementById('licences')?.textContent?.trim() ?? '')
  return (
    <details class="licences" onToggle={show}>
      <summary>Licences</summary>
      <pre tabIndex={0}>{text}</pre>
    </details>
  )
}
