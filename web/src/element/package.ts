// The package as an ES module: importing it defines <session-replay>.

import { definePackage } from './define'

definePackage(import.meta.url)

export { SessionReplay } from './session-replay'
