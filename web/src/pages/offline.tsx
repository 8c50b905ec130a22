// The offline page: one file that holds player and recording, and asks nobody for anything.

import { render } from 'preact'
import { EmbeddedSource } from '../sources/embedded'
import { Licences } from '../ui/licences'
import { PlayerPage } from '../ui/player-page'

const root = document.getElementById('app')
const source = new EmbeddedSource(document)
if (root) render(<PlayerPage source={source} details={<Licences />} />, root)
