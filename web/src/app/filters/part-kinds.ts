// The parts that can be added, as a list to search in: each begins as what most people want of it.

import type { Metric, Part, PropertyTest } from './part'

export interface PartChoice {
  readonly label: string
  /** More words by which it is found. */
  readonly words: string
  readonly part: Part
  /** Nothing is left to be said of it. */
  readonly isWhole?: boolean
}

const number = (metric: Metric, value = 1): Part => ({ kind: 'number', metric, operator: 'gte', value })
const property = (of: 'person' | 'event', key: string, operator: PropertyTest['operator'] = 'icontains'): Part => ({
  kind: 'property',
  of,
  test: { key, operator, values: [] },
})

export const PART_CHOICES: readonly PartChoice[] = [
  { label: 'Page visited', words: 'url address path', part: { kind: 'page', operator: 'icontains', text: '' } },
  { label: 'Person', words: 'visitor user id e-mail name who', part: { kind: 'person', text: '' } },
  { label: 'Clicks', words: 'count number', part: number('click_count') },
  { label: 'Key presses', words: 'keys typing input count', part: number('keypress_count') },
  { label: 'Rage clicks', words: 'signal frustration angry', part: number('rage_click_count') },
  { label: 'Dead clicks', words: 'signal frustration nothing happened', part: number('dead_click_count') },
  { label: 'Clicks that caused an error', words: 'signal error click frustration', part: number('error_click_count') },
  { label: 'Quick ways back', words: 'signal quick back frustration', part: number('quick_back_count') },
  { label: 'Thrashing of the mouse', words: 'signal mouse frustration shake', part: number('thrashing_count') },
  { label: 'Any error', words: 'console exception wrong', part: { kind: 'errors' }, isWhole: true },
  { label: 'Console line', words: 'log message error warning text says', part: { kind: 'console', level: 'error', text: '' } },
  { label: 'Exceptions', words: 'error crash count', part: number('exception_count') },
  { label: 'Console errors', words: 'count number', part: number('console_error_count') },
  { label: 'Console warnings', words: 'count number', part: number('console_warn_count') },
  { label: 'Event', words: 'analytics captured name property', part: { kind: 'event', name: '', properties: [] } },
  { label: 'Property of an event', words: 'analytics any', part: property('event', '') },
  { label: 'E-mail address', words: 'person mail user', part: property('person', 'email') },
  { label: 'Property of a person', words: 'user plan group', part: property('person', '', 'exact') },
  { label: 'Country', words: 'place geo code', part: property('event', '$geoip_country_code', 'exact') },
  { label: 'Browser', words: 'chrome firefox safari', part: property('event', '$browser', 'exact') },
  { label: 'Operating system', words: 'os windows mac ios android linux', part: property('event', '$os', 'exact') },
  { label: 'Device', words: 'phone desktop tablet mobile', part: property('event', '$device_type', 'exact') },
  { label: 'Length', words: 'duration long short time', part: number('duration', 60) },
  { label: 'Active time', words: 'duration activity', part: number('active_seconds', 60) },
  { label: 'Idle time', words: 'inactive', part: number('inactive_seconds', 60) },
  { label: 'Activity score', words: 'active', part: number('activity_score', 50) },
  { label: 'Live now', words: 'running ongoing', part: { kind: 'live' }, isWhole: true },
  { label: 'Not watched yet', words: 'viewed seen unwatched new', part: { kind: 'unwatched', by: 'me' } },
  { label: 'Comment', words: 'note said text', part: { kind: 'comment', text: '' } },
  { label: 'Web or mobile app', words: 'source platform', part: { kind: 'source', source: 'mobile' } },
  { label: 'Collection', words: 'playlist in', part: { kind: 'collection', id: '', isNot: false } },
]

export function choicesFor(search: string): readonly PartChoice[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const found = PART_CHOICES.filter(({ label, words: more }) => words.every((word) => `${label} ${more}`.toLowerCase().includes(word)))
  // What is called so stands before what is only about it.
  return [...found].sort((a, b) => Number(begins(b, search)) - Number(begins(a, search)))
}

function begins({ label }: PartChoice, search: string): boolean {
  return label.toLowerCase().startsWith(search.trim().toLowerCase())
}
