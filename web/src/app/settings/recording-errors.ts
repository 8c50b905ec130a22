// What cannot be in settings of recording. Selectors and regular expressions are the browser's language: it is asked.

import type { RecordingSettings } from '../../format/settings'

export type DraftErrors = { readonly [place in 'sample' | 'minimum' | 'fps' | 'quality' | 'triggers' | 'blocklist' | 'flag' | 'text' | 'block']?: string }

const DAY_MS = 86_400_000

export function errorsOf(draft: RecordingSettings): DraftErrors {
  const { masking, canvas } = draft
  const custom = typeof masking === 'string' ? undefined : masking.custom
  const found = {
    sample: isWithin(draft.sample_rate, 0, 1) ? undefined : 'Expected a number from 0 to 100.',
    minimum: isWithin(draft.minimum_duration_ms, 0, DAY_MS) ? undefined : 'Expected 0 seconds to a day, which has 86400.',
    fps: isWithin(canvas.fps, 0, 12) && Number.isInteger(canvas.fps) ? undefined : 'Expected a whole number from 0 to 12.',
    quality: isWithin(canvas.quality, 0, 1) ? undefined : 'Expected a number from 0 to 1.',
    triggers: badExpression(draft.url_triggers),
    blocklist: badExpression(draft.url_blocklist),
    flag: draft.linked_flag && draft.linked_flag.flag.trim() === '' ? 'Expected the name of a flag.' : undefined,
    text: badSelector(custom?.text_selector),
    block: badSelector(custom?.block_selector),
  }
  return Object.fromEntries(Object.entries(found).filter(([, error]) => error !== undefined))
}

function isWithin(value: number, least: number, most: number): boolean {
  return value >= least && value <= most
}

function badExpression(texts: readonly string[]): string | undefined {
  for (const text of texts) {
    try {
      new RegExp(text.trim())
    } catch {
      return `“${text.trim()}” is no regular expression.`
    }
  }
  return undefined
}

function badSelector(text: string | null | undefined): string | undefined {
  if (!text?.trim()) return undefined
  try {
    document.createDocumentFragment().querySelector(text)
    return undefined
  } catch {
    return 'This is no CSS selector.'
  }
}
