// The player as a package: the element with sources for files and addresses, as other people's pages have it.

import { sourceOfAddress } from '../sources/address'
import { FileSource } from '../sources/file'
import { bytesOfBlob } from '../sources/files/bytes'
import type { RecordingSource } from '../sources/source'
import { workerIsBeside } from '../sources/start-worker'
import { defineSessionReplay, SessionReplay, type Playable } from './session-replay'

function makeSource(playable: Exclude<Playable, { kind: 'source' }>): RecordingSource {
  switch (playable.kind) {
    case 'file':
      return new FileSource(async () => bytesOfBlob(playable.file))
    case 'address':
      return sourceOfAddress(playable.address, playable.apiKey)
    default:
      return playable satisfies never
  }
}

/** `script`: where the package's own script came from. */
export function definePackage(script: string | undefined): void {
  SessionReplay.makeSource = makeSource
  workerIsBeside(script, 'decode-worker.js')
  defineSessionReplay()
}
