// Digests, where the browser computes them.

/** In hexadecimal digits; undefined where there are none. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  // Absent on pages without a secure origin, whatever its type says.
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined
  if (!subtle) return undefined
  return [...new Uint8Array(await subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
