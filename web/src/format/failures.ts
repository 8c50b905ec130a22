// What was thrown: anything may be.

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** In words, for whoever looks at the page. */
export function messageOf(thrown: unknown): string {
  return asError(thrown).message
}
