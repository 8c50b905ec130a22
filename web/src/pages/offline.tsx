// The offline page: one file that holds player and recording, and asks nobody for anything.

import { render } from 'preact'
import { EmbeddedSource } from '../sources/embedded'
import { Licences } from '../app/licences'
import { PlayerPage } from '../app/player-page'
import { detailsPanel, PANELS, personPanel } from '../replay/panels'

const root = document.getElementById('app')
const source = new EmbeddedSource(document)
if (root) render(<PlayerPage source={source} panels={[...PANELS, personPanel(), detailsPanel(<Licences />)]} />, root)
