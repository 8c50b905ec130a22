// The numbers rrweb writes into its events. They are a stored format: no value here ever changes.

export const EventType = {
  FullSnapshot: 2,
  Incremental: 3,
  Meta: 4,
  Custom: 5,
  Plugin: 6,
} as const

export const Source = {
  Mutation: 0,
  MouseMove: 1,
  MouseInteraction: 2,
  Scroll: 3,
  ViewportResize: 4,
  Input: 5,
  TouchMove: 6,
  MediaInteraction: 7,
  StyleSheetRule: 8,
  CanvasMutation: 9,
  Font: 10,
  Drag: 12,
  StyleDeclaration: 13,
  Selection: 14,
  AdoptedStyleSheet: 15,
} as const

export const MouseInteraction = {
  MouseUp: 0,
  MouseDown: 1,
  Click: 2,
  ContextMenu: 3,
  DblClick: 4,
  Focus: 5,
  Blur: 6,
  TouchStart: 7,
  TouchEnd: 9,
} as const

/** Sources that only a person at the page causes. */
const ACTIVITY: ReadonlySet<number> = new Set([
  Source.MouseMove,
  Source.MouseInteraction,
  Source.Scroll,
  Source.ViewportResize,
  Source.Input,
  Source.TouchMove,
  Source.MediaInteraction,
  Source.Drag,
  Source.Selection,
])

export function isActivitySource(source: number): boolean {
  return ACTIVITY.has(source)
}

/** The node type of rrweb's serialized nodes. */
export const NodeType = { Document: 0, Element: 2, Text: 3 } as const
