// Says that the visitor is there right now.

export function LiveMark() {
  return (
    <span class="live-mark">
      <span class="pulse" aria-hidden="true" />
      Live
    </span>
  )
}
