// Notices: what is missing here and why, one plain sentence each.
//
// ## What counts as what
// - A *gap* is a stretch in which nothing came though posthog-js would have sent something: it takes a full snapshot every five minutes
//   unless the visitor is idle, and says so when that begins. Six minutes of silence that it did not announce are a gap; silence of
//   another recorder, of a hidden tab or an idle visitor is none.
// - Elements and files are counted once, however often their page was recorded.
// - Nothing is guessed: a recording of which nothing is missing has no notices.

import type { FoundKind, RecorderState } from '../format/traces'
import type { Block, LeftOut } from '../format/listing'
import type { Stretch } from './activity'
import type { GatheredTraces, GatheredWindow } from './gathered-traces'

export type NoticeKind =
  | Exclude<FoundKind, 'canvas_content'>
  | 'gap' | 'paused' | 'lost_part' | 'lost_lines' | 'unreadable' | 'inexact' | 'clock_jump' | 'no_picture' | 'mobile' | 'left_out'

export interface Notice {
  readonly kind: NoticeKind
  readonly title: string
  /** What, and why. */
  readonly text: string
  readonly from: number
  readonly to: number
  readonly count: number
  /** A few names of what is missing. */
  readonly examples: readonly string[]
  /** Nothing at all is there of this stretch. */
  readonly isGap: boolean
  /** It is about a stretch of time, and shown on the time line. */
  readonly isStretch: boolean
  /** Where it is about one window only. */
  readonly windowId?: string
}

/** What is known of a recording, as far as it matters here. */
export interface Known {
  readonly traces: GatheredTraces
  readonly duration: number
  readonly isMobile: boolean
  readonly blocks: readonly Block[]
  readonly lostBlocks: readonly Block[]
  readonly isRead: (from: number, to: number) => boolean
  readonly windows: readonly string[]
  readonly unreadable: number
  readonly unreadableReason: string
  /** Changes that could not be replayed. */
  readonly inexact: number
  readonly inexactReason: string
  readonly leftOut: readonly LeftOut[]
}

const GAP_AFTER_MS = 6 * 60_000
/** Changes just before their picture are of the same moment. */
const PICTURE_IS_DUE_MS = 1000
const MOST_EXAMPLES = 5
const MINUTE_MS = 60_000

export function noticesOf(known: Known): Notice[] {
  return [
    ...(known.isMobile ? [mobile(known)] : noPictures(known)),
    ...lostParts(known),
    ...gaps(known),
    ...pauses(known),
    ...clockJumps(known),
    ...missingEvents(known),
    ...absences(known),
    ...known.leftOut.map((leftOut) => leftOutOf(leftOut, known)),
  ]
}

type Part = Pick<Notice, 'kind' | 'title' | 'text' | 'from' | 'to'> & Partial<Notice>

function notice(part: Part): Notice {
  return { count: 1, examples: [], isGap: false, isStretch: false, ...part }
}

function mobile({ duration }: Known): Notice {
  return notice({
    kind: 'mobile', title: 'A mobile app', from: 0, to: duration,
    text: 'The recording holds wireframes of the screens of an app instead of a page, which this player cannot draw.',
  })
}

/** The stretch of a window before its first full snapshot, or all of it. */
function noPictures({ traces, blocks, windows }: Known): Notice[] {
  const listed = blocks.flatMap(({ fullSnapshots }) => fullSnapshots)
  return traces.windows().flatMap((window): Notice[] => {
    const { windowId, firstChange, last } = window
    if (firstChange === undefined) return []
    const first = firstPictureOf(window, listed.filter((snapshot) => snapshot.windowId === windowId).map(({ timestamp }) => timestamp))
    if (first !== undefined && first - firstChange < PICTURE_IS_DUE_MS) return []
    const place = windows.indexOf(windowId) + 1
    const where = windows.length > 1 && place > 0 ? ` of window ${place}` : ''
    const common = { kind: 'no_picture', title: 'No picture of the page', from: firstChange, isStretch: true, windowId } as const
    if (first === undefined) {
      return [notice({ ...common, to: last, text: `The recording holds no full picture of the page${where}, so the changes to it have nothing to stand on. The visitor mostly left before it was sent.` })]
    }
    return [notice({ ...common, to: first, text: `There is no picture of the page${where} yet: its first one came later, or an earlier one was lost. What is shown is the first one.` })]
  })
}

function firstPictureOf({ firstPicture }: GatheredWindow, listed: readonly number[]): number | undefined {
  const first = Math.min(firstPicture ?? Infinity, ...listed)
  return Number.isFinite(first) ? first : undefined
}

function lostParts({ lostBlocks }: Known): Notice[] {
  return lostBlocks.map(({ first, last }) =>
    notice({ kind: 'lost_part', title: 'A part could not be loaded', from: first, to: last, isGap: true, isStretch: true, text: 'This part of the recording could not be had from where it is kept. Playback goes on without it.' }),
  )
}

function gaps({ traces, isRead, lostBlocks }: Known): Notice[] {
  if (!traces.isByPosthog) return []
  const states = traces.states()
  return traces
    .silences(GAP_AFTER_MS, isRead)
    .filter(({ from, to }) => !lostBlocks.some((block) => block.first < to && block.last > from))
    .filter(({ from }) => stateAt(states, from) === 'recording')
    .map(({ from, to }) =>
      notice({
        kind: 'gap', title: 'A gap', from, to, isGap: true, isStretch: true,
        text: `Nothing came for ${minutes(to - from)}, though the recorder had announced no pause: the visitor's device slept, or what was sent was lost.`,
      }),
    )
}

function stateAt(states: readonly RecorderState[], time: number): RecorderState['state'] {
  return states.findLast(({ timestamp }) => timestamp <= time)?.state ?? 'recording'
}

/** Where a rule of the site stopped the recorder, until it went on in that window. */
function pauses({ traces, duration }: Known): Notice[] {
  const states = traces.states()
  return states.flatMap(({ state, timestamp, windowId }, place): Notice[] => {
    if (state !== 'paused') return []
    const end = states.slice(place + 1).find((later) => later.windowId === windowId)?.timestamp ?? duration
    return [notice({ kind: 'paused', title: 'Recording was paused', from: timestamp, to: end, isGap: true, isStretch: true, text: 'A rule of the site keeps its pages at this place from being recorded.' })]
  })
}

function clockJumps({ traces }: Known): Notice[] {
  return traces.clockJumps().map(({ at, by }) =>
    notice({
      kind: 'clock_jump', title: "The visitor's clock jumped", from: at, to: at, isStretch: true,
      text: `The clock of the visitor's device went ${by > 0 ? 'ahead' : 'back'} by ${minutes(Math.abs(by))} here. Times are those of the server; between the events around this place they may be a little off.`,
    }),
  )
}

function missingEvents(known: Known): Notice[] {
  const { traces, duration, unreadable, unreadableReason, inexact, inexactReason } = known
  const notices: Notice[] = []
  const whole = { from: 0, to: duration }
  if (traces.lostLines > 0) {
    const text = `${many(traces.lostLines, 'line')} of the recording ${are(traces.lostLines)} not there: the numbers of those around ${traces.lostLines === 1 ? 'it' : 'them'} leave room.`
    notices.push(notice({ ...whole, kind: 'lost_lines', title: 'Lines are missing', count: traces.lostLines, text }))
  }
  if (unreadable > 0) {
    const text = `${many(unreadable, 'event')} could not be read and ${unreadable === 1 ? 'was' : 'were'} left out${unreadableReason && `: ${unreadableReason}`}.`
    notices.push(notice({ ...whole, kind: 'unreadable', title: 'Events that cannot be read', count: unreadable, text }))
  }
  if (inexact > 0) {
    const text = `${many(inexact, 'change')} of the page could not be replayed exactly, because what ${inexact === 1 ? 'it is' : 'they are'} about is not there.`
    notices.push(notice({ ...whole, kind: 'inexact', title: 'Changes that cannot be replayed', count: inexact, text, examples: inexactReason === '' ? [] : [inexactReason.slice(0, 200)] }))
  }
  return notices
}

type Absent = Exclude<FoundKind, 'canvas_content'>

const ABSENCES: readonly { readonly kind: Absent; readonly title: string; readonly say: (count: number) => string }[] = [
  { kind: 'masked_text', title: 'Masked text', say: (count) => `The text of ${many(count, 'element')} was masked before it left the visitor's browser: stars stand in its place.` },
  { kind: 'masked_input', title: 'Masked input', say: (count) => `What stood in ${many(count, 'field')} was masked before it left the visitor's browser: stars stand in its place.` },
  { kind: 'blocked', title: 'Blocked elements', say: (count) => `${many(count, 'element')} ${count === 1 ? 'is an empty box: the site keeps it' : 'are empty boxes: the site keeps them'} out of recordings.` },
  { kind: 'picture', title: 'Pictures that are not here', say: (count) => `The recording holds the ${addresses(count)} of ${many(count, 'picture')} and not what ${count === 1 ? 'it shows' : 'they show'}; the player asks nobody for ${count === 1 ? 'it' : 'them'}.` },
  { kind: 'style_sheet', title: 'Style sheets that are not here', say: (count) => `The recording holds the ${addresses(count)} of ${many(count, 'style sheet')} and not what ${count === 1 ? 'it says' : 'they say'}: parts of the page may look otherwise than they did.` },
  { kind: 'font', title: 'Fonts that are not here', say: (count) => `${many(count, 'font file')} ${are(count)} not in the recording: text is set in a font of your own device.` },
  { kind: 'media', title: 'Films and sound', say: (count) => `${many(count, 'film or sound', 'films or sounds')} ${are(count)} not recorded: only the place on the page is there.` },
  { kind: 'canvas', title: 'Drawings that were not recorded', say: (count) => `What was drawn on ${many(count, 'canvas', 'canvases')} was not recorded: ${count === 1 ? 'it stays' : 'they stay'} empty.` },
  { kind: 'frame', title: 'Frames of other sites', say: (count) => `${many(count, 'frame')} of another site could not be recorded: browsers let no page look into ${count === 1 ? 'it' : 'them'}.` },
]

function absences({ traces }: Known): Notice[] {
  return ABSENCES.flatMap(({ kind, title, say }): Notice[] => {
    const found = traces.found(kind)
    if (!found) return []
    const drawn = kind === 'canvas' ? traces.found('canvas_content')?.names : undefined
    const names = [...found.names].filter((name) => drawn?.has(name) !== true)
    if (names.length === 0) return []
    const text = say(names.length)
    const areFiles = kind === 'picture' || kind === 'style_sheet' || kind === 'font' || kind === 'frame'
    return [notice({
      kind, title, count: names.length, from: found.first, to: found.last,
      text: found.isCut ? `${text} There are more: they were not all counted.` : text,
      examples: areFiles ? names.slice(0, MOST_EXAMPLES) : [],
    })]
  })
}

function leftOutOf({ what, count, reason }: LeftOut, { duration }: Known): Notice {
  const because = reason === '' ? '' : `: ${reason}`
  return notice({ kind: 'left_out', title: 'Left out of this copy', from: 0, to: duration, count, text: `${count} ${what}${because}.` })
}

function many(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are'
}

function addresses(count: number): string {
  return count === 1 ? 'address' : 'addresses'
}

function minutes(milliseconds: number): string {
  if (milliseconds < 2 * MINUTE_MS) return many(Math.round(milliseconds / 1000), 'second')
  if (milliseconds < 120 * MINUTE_MS) return many(Math.round(milliseconds / MINUTE_MS), 'minute')
  return many(Math.round(milliseconds / (60 * MINUTE_MS)), 'hour')
}

/** Those that are about this moment of this window. */
export function noticesAt(notices: readonly Notice[], time: number, windowId: string): Notice[] {
  return notices.filter(({ isStretch, from, to, windowId: only }) => isStretch && time >= from && time < to && (only === undefined || only === windowId))
}

export function stretchesOf(notices: readonly Notice[]): { readonly gaps: readonly Stretch[]; readonly remarks: readonly Stretch[] } {
  return { gaps: notices.filter(({ isGap }) => isGap), remarks: notices.filter(({ isStretch, isGap }) => isStretch && !isGap) }
}
