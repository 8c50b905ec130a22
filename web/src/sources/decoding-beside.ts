// The decoder as a script beside the page's own: `src/sources/decode-worker.ts`, in the page that is alone in its file.

import type { Decoding } from './decoding'

/** Of the script element. */
const ID = 'decoder'

declare global {
  var cassetteDecoding: (() => Decoding) | undefined
}

/** The script says how to decode in the page. */
export function leaveDecoding(begin: () => Decoding): void {
  globalThis.cassetteDecoding = begin
}

export function beginDecodingBeside(): Decoding {
  if (!globalThis.cassetteDecoding) throw new Error('The part of this page that reads recordings is missing.')
  return globalThis.cassetteDecoding()
}

/** What a worker is begun with. */
export function textOfDecoderBeside(): string {
  return document.getElementById(ID)?.textContent ?? ''
}
