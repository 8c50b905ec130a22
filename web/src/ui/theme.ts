// Light, dark, or as the system says. The choice is kept in this browser and applied before the first paint;
// the page's root element says which of the two is in force.

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'cassette-theme'
const dark = matchMedia('(prefers-color-scheme: dark)')

export function chosenTheme(): Theme {
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

export function followSystem(): void {
  dark.addEventListener('change', () => applyTheme(chosenTheme()))
}

export function chooseTheme(theme: Theme): void {
  try {
    if (theme === 'system') localStorage.removeItem(KEY)
    else localStorage.setItem(KEY, theme)
  } catch {
    // Not kept then; it holds until the page is left.
  }
  applyTheme(theme)
}
