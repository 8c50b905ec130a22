// Past the bar at the top: the first thing that Tab reaches, and seen only then. Every page with the bar has a `main` of this id, which
// takes the focus.

export const CONTENT = 'content'

export function SkipLink() {
  return (
    <a
      class="skip-link"
      href={`#${CONTENT}`}
      onClick={(event) => {
        // The address stays: its hash is the moment that is shown, or what is unfolded.
        event.preventDefault()
        document.getElementById(CONTENT)?.focus()
      }}
    >
      Skip to content
    </a>
  )
}
