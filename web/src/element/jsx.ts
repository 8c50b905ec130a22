// The element in components: its properties are checked as those of every other.

import type { HTMLAttributes } from 'preact'
import type { SessionReplay } from './session-replay'

type Settable = 'source' | 'file' | 'src' | 'panels' | 'panelTable' | 'neighbours' | 'marks' | 'theme' | 't' | 'speed' | 'autoplay' | 'copyLink' | 'apiKey'

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'session-replay': HTMLAttributes<SessionReplay> & Partial<Pick<SessionReplay, Settable>>
    }
  }
}
