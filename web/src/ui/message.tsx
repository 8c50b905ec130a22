// A message in place of content.

import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons'

export function Message({ title, children, icon }: { title: string; children?: ComponentChildren; icon?: IconName }) {
  return (
    <div class="message" role="status">
      {icon && (
        <span class="message-icon">
          <Icon name={icon} />
        </span>
      )}
      <h1>{title}</h1>
      {children}
    </div>
  )
}
