// Light, dark, or as the system says. The choice is kept in this browser and applied before the first paint;
// the page's root element says which of the two is in force.

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'cassette-theme'
const dark = matchMedia('(prefers-color-scheme: dark)')

export function chosenTheme(): Theme {
  const { forcedTheme } = document.documentElement.dataset
  if (forcedTheme === 'light' || forcedTheme === 'dark' || forcedTheme === 'system') return forcedTheme
  try {
    const stored = localStorage.getItem(KEY)
    return stored === 'light' || stored === 'dark' ? stored : 'system'
  } catch {
    return 'system' // a browser may refuse storage
  }
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme
  dispatchEvent(new Event('themechange'))
}

/** Runs before the page is painted, so that a dark page does not flash white. */
export function beginTheme(): void {
  const begin = (): void => applyTheme(chosenTheme())
  begin()
  dark.addEventListener('change', begin)
}

/** What a page was asked to look like, whatever its reader chose elsewhere. On the root element, where every script sees it. */
export function forceTheme(theme: Theme): void {
  document.documentElement.dataset.forcedTheme = theme
  applyTheme(theme)
}

export function chooseTheme(theme: Theme): void {
  delete document.documentElement.dataset.forcedTheme
  try {
    if (theme === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, theme)
  } catch {
    // Not kept then; it holds until the page is left.
  }
  applyTheme(theme)
}
