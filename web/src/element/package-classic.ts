// The package as a classic script, for pages from files, where modules do not load.

import { definePackage } from './define'

definePackage(document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : undefined)
