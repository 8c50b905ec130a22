// The bar at the top of every page.

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Icon, Mark, type IconName } from '../ui/icons'
import { chooseTheme, chosenTheme, type Theme } from '../ui/theme'
import { SkipLink } from './skip-link'

interface Props {
  /** Where the name leads; a page that is alone has no such place. */
  readonly home?: string
  readonly children?: ComponentChildren
  /** Stands behind everything. */
  readonly last?: ComponentChildren
  /** Without the product's name. */
  readonly isPlain?: boolean
}

export function TopBar({ home, children, last, isPlain = false }: Props) {
  const name = (
    <>
      <Mark />
      <span class="brand-name">Cassette</span>
    </>
  )
  return (
    <header class="topbar">
      <SkipLink />
      {isPlain ? null : home === undefined ? (
        <span class="brand">{name}</span>
      ) : (
        <a class="brand" href={home} aria-label="Cassette, all recordings">
          {name}
        </a>
      )}
      <div class="topbar-content">{children}</div>
      <ThemeToggle />
      {last}
    </header>
  )
}

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }
const THEME_ICON: Record<Theme, IconName> = { system: 'system', light: 'sun', dark: 'moon' }

function ThemeToggle() {
  const [theme, setTheme] = useState(chosenTheme)
  const label = `Theme: ${theme}. Change to ${NEXT[theme]}`
  return (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={label}
      onClick={() => {
        chooseTheme(NEXT[theme])
        setTheme(NEXT[theme])
      }}
    >
      <Icon name={THEME_ICON[theme]} />
    </button>
  )
}
