// Runs before the page is painted, so that a dark page does not flash white.

import { applyTheme, chosenTheme, followSystem } from './theme'

applyTheme(chosenTheme())
followSystem()
