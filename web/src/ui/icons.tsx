// Icons: drawn here, 16 × 16, in the colour of the text around them.

type Name = keyof typeof SHAPES

const STROKE = { fill: 'none', stroke: 'currentColor', 'stroke-width': 1.5, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' } as const
const FILL = { fill: 'currentColor' } as const

/** Outlines of areas; the others are lines. */
const FILLED: readonly Name[] = ['play', 'pause']

/** As text: an element that is drawn twice would keep what it was drawn in. */
const SHAPES = {
  play: 'M4.5 2.8v10.4c0 .6.7 1 1.2.6l7.6-5.2a.7.7 0 0 0 0-1.2L5.7 2.2c-.5-.4-1.2 0-1.2.6Z',
  pause: 'M4 2.5h2.6v11H4zM9.4 2.5H12v11H9.4z',
  again: 'M3.2 8a4.9 4.9 0 1 0 1.7-3.7M4.9 1.6v2.9h2.9',
  back: 'M9.8 3.2 5 8l4.8 4.8',
  skip: 'm2.5 3.5 5 4.5-5 4.5zM8 3.5l5 4.5-5 4.5z',
  fullscreen: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  leaveFullscreen: 'M6 2.5V6H2.5M13.5 6H10V2.5M10 13.5V10h3.5M2.5 10H6v3.5',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6ZM8 1v1.4M8 13.6V15M1 8h1.4M13.6 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7Z',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.4 10.4l3.1 3.1',
  close: 'm4 4 8 8M12 4l-8 8',
  link: 'M6.7 9.3 9.3 6.7M7.3 4.7l1.5-1.5a2.9 2.9 0 0 1 4 4l-1.5 1.5M8.7 11.3l-1.5 1.5a2.9 2.9 0 0 1-4-4l1.5-1.5',
  share: 'M8 10V2M5 4.8 8 1.8l3 3M4.5 7.5h-2v6h11v-6h-2',
  gather: 'M2 4.5h7M2 8h5M2 11.5h5M11.5 7.5v6M8.5 10.5h6',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  download: 'M8 2.5v8M4.7 7.4 8 10.7l3.3-3.3M2.5 13.5h11',
  help: 'M6 6.2a2 2 0 1 1 2.7 1.9c-.5.2-.7.6-.7 1.1v.3M8 11.8v.1M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8Z',
  windows: 'M2 5.5h8.5V14H2zM5 5.5V2h9v8.5h-3.5',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  out: 'M6.5 2.5h-4v11h4M6 8h7.5M10.7 5.2 13.5 8l-2.8 2.8',
  click: 'm5.5 5.5 2.8 8 1.6-3.6 3.6-1.6zM3.2 1.8l.8 1.5M1.8 4.6l1.6.3M6 1.5l-.4 1.6',
  input: 'M2 4.5h12v7H2zM4.5 6.8v2.4',
  page: 'M3.5 1.8h5.8l3.2 3.2v9.2h-9zM9 2v3.3h3.3',
  console: 'm2.5 4 4 4-4 4M8 12.5h5.5',
  error: 'M8 2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.1',
  request: 'M5 13V3M2.5 5.5 5 3l2.5 2.5M11 3v10M8.5 10.5 11 13l2.5-2.5',
  captured: 'M8 1.8 9.8 6l4.4.4-3.3 2.9 1 4.4L8 11.4l-3.9 2.3 1-4.4L1.8 6.4 6.2 6z',
  custom: 'M8 2.5 13.5 8 8 13.5 2.5 8z',
  keys: 'M1.8 4h12.4v8H1.8zM4.3 6.7h.1M7 6.7h.1M9.7 6.7h.1M12 6.7h-.1M5 9.5h6',
  clock: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8ZM8 4.5V8l2.4 1.6',
  stepBack: 'M10.5 3.5 6 8l4.5 4.5zM3.5 3.5v9',
  stepAhead: 'M5.5 3.5 10 8l-4.5 4.5zM12.5 3.5v9',
  previous: 'M8 13.2V3.4M3.8 7.4 8 3.2l4.2 4.2',
  next: 'M8 2.8v9.8M3.8 8.6 8 12.8l4.2-4.2',
  zoomIn: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.4 10.4l3.1 3.1M5 7h4M7 5v4',
  zoomOut: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM10.4 10.4l3.1 3.1M5 7h4',
  moments: 'M2.5 3.5h.1M5.5 3.5h8M2.5 8h.1M5.5 8h8M2.5 12.5h.1M5.5 12.5h8',
  notice: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8ZM8 7.4v3.4M8 5.1v.1',
  refresh: 'M13 8a5 5 0 1 1-1.6-3.7M11.6 1.6v2.9H8.7',
} as const satisfies Record<string, string>

export type IconName = Name

export function Icon({ name }: { name: Name }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={SHAPES[name]} {...(FILLED.includes(name) ? FILL : STROKE)} />
    </svg>
  )
}

/** Two reels: the mark of the product. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 28 20" width="28" height="20" aria-hidden="true" focusable="false">
      <rect x="1" y="1" width="26" height="18" rx="4" fill="var(--accent)" />
      <rect x="5" y="5" width="18" height="8" rx="4" fill="var(--surface)" />
      <circle cx="9.5" cy="9" r="2.2" fill="var(--accent)" />
      <circle cx="18.5" cy="9" r="2.2" fill="var(--accent)" />
      <path d="M8 19l1.6-3h8.8l1.6 3z" fill="var(--surface)" opacity=".85" />
    </svg>
  )
}
