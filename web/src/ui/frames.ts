/** Resolves before the next frame is painted, and so after what was changed before the last one is. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    // A page in the background gets no frames; it must not wait for them.
    const timer = setTimeout(resolve, 100)
    requestAnimationFrame(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
