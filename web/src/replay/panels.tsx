// The panels beside the recorded page. One row here is one tab; a page may add rows of its own (comments, which need a server).

import type { ComponentChildren } from 'preact'
import type { RecordingFacts } from '../format/listing'
import type { Player } from '../player/player'
import type { Notice } from '../timeline/notices'
import { ConsolePanel } from './console-panel'
import { EntryPanel } from './entry-panel'
import { FactsPanel } from './facts-panel'
import { InspectorPanel } from './inspector/inspector-panel'
import { NetworkPanel } from './network-panel'
import { NoticesPanel } from './notices-panel'
import { PagesPanel } from './pages-panel'
import { PersonPanel, type AskPerson } from './person-panel'

export interface PanelContext {
  readonly player: Player
  readonly facts: RecordingFacts | undefined
  /** What is missing in what is known of the recording. */
  readonly notices: readonly Notice[]
}

export interface Panel {
  /** What its tab says. */
  readonly name: string
  /** It tells what the recording itself holds: behind a link nothing else is known. */
  readonly isForShares: boolean
  /** The key that opens it, and goes into its field with `data-field` where it has one. */
  readonly shortcut?: { readonly key: string; readonly does: string }
  /** Stands behind its name where it is not 0. */
  readonly count?: (context: PanelContext) => number
  readonly render: (context: PanelContext) => ComponentChildren
}

export const EVENTS_PANEL: Panel = { name: 'Events', isForShares: true, render: ({ player }) => <EntryPanel player={player} /> }

export const CONSOLE_PANEL: Panel = { name: 'Console', isForShares: true, render: ({ player }) => <ConsolePanel player={player} /> }

export const NETWORK_PANEL: Panel = {
  name: 'Network',
  isForShares: true,
  render: ({ player, facts }) => <NetworkPanel player={player} recordingId={facts?.id} />,
}

export const PAGES_PANEL: Panel = { name: 'Pages', isForShares: true, render: ({ player }) => <PagesPanel player={player} /> }

export const INSPECTOR_PANEL: Panel = { name: 'Inspect', isForShares: true, render: ({ player }) => <InspectorPanel player={player} /> }

/** `ask` where there is a server that knows persons. */
export function personPanel(ask?: AskPerson): Panel {
  return { name: 'Person', isForShares: false, render: ({ player, facts }) => <PersonPanel player={player} facts={facts} ask={ask} /> }
}

export const NOTICES_PANEL: Panel = {
  name: 'Notices',
  isForShares: true,
  count: ({ notices }) => notices.length,
  render: ({ player, notices }) => <NoticesPanel player={player} notices={notices} />,
}

/** `more` stands behind the facts: downloads, licences. */
export function detailsPanel(more?: ComponentChildren): Panel {
  return {
    name: 'Details',
    isForShares: false,
    render: ({ player, facts }) => (
      <FactsPanel player={player} facts={facts}>
        {more}
      </FactsPanel>
    ),
  }
}

/** Those of every recording, in order. */
export const PANELS: readonly Panel[] = [EVENTS_PANEL, CONSOLE_PANEL, NETWORK_PANEL, PAGES_PANEL, INSPECTOR_PANEL, NOTICES_PANEL]
