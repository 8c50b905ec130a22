// The attributes of the element, as values. What cannot be read is as if it were absent.

import type { Panel } from '../replay/panels'
import type { Theme } from '../ui/theme'

/** Seconds in the attribute, milliseconds everywhere else. */
export function momentOfAttribute(text: string | null): number | undefined {
  const seconds = numberOfAttribute(text)
  return seconds === undefined ? undefined : seconds * 1000
}

export function speedOfAttribute(text: string | null): number | undefined {
  const speed = numberOfAttribute(text)
  return speed === undefined || speed === 0 ? undefined : Math.min(16, Math.max(0.1, speed))
}

function numberOfAttribute(text: string | null): number | undefined {
  const value = text === null || text.trim() === '' ? Number.NaN : Number(text)
  return Number.isFinite(value) && value >= 0 ? value : undefined
}

export function themeOfAttribute(text: string | null): Theme {
  return text === 'light' || text === 'dark' ? text : 'system'
}

/** Absent: all. Else those that are named, in that order; `none` names none of them. */
export function panelsOfAttribute(text: string | null, all: readonly Panel[]): readonly Panel[] {
  if (text === null) return all
  const names = text.toLowerCase().split(/[\s,]+/)
  return names.flatMap((name) => all.find((panel) => panel.name.toLowerCase() === name) ?? [])
}
