import { beginTheme } from './theme'

beginTheme()
