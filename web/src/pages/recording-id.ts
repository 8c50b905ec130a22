// Which recording the address of its page names.

export function recordingIdOf(path: string): string {
  return decodeURIComponent(/^\/recordings\/([^/]+)\/?$/.exec(path)?.[1] ?? '')
}
