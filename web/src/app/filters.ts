// Filters of the list. They live in the page's address, so that a filtered list is a link.

export interface Filters {
  /** As the API takes it: `-24h`, `-7d`, or a date. Empty is no limit. */
  readonly dateFrom: string
  readonly dateTo: string
  readonly person: string
  readonly page: string
  readonly errors: boolean
  readonly live: boolean
}

export const NO_FILTERS: Filters = { dateFrom: '', dateTo: '', person: '', page: '', errors: false, live: false }

export function readFilters(search: string): Filters {
  const query = new URLSearchParams(search)
  return {
    dateFrom: query.get('date_from') ?? '',
    dateTo: query.get('date_to') ?? '',
    person: query.get('person') ?? '',
    page: query.get('page') ?? '',
    errors: query.get('errors') === '1',
    live: query.get('live') === '1',
  }
}

export function toQuery(filters: Filters): URLSearchParams {
  const query = new URLSearchParams()
  if (filters.dateFrom) query.set('date_from', filters.dateFrom)
  if (filters.dateTo) query.set('date_to', filters.dateTo)
  if (filters.person.trim()) query.set('person', filters.person.trim())
  if (filters.page.trim()) query.set('page', filters.page.trim())
  if (filters.errors) query.set('errors', '1')
  if (filters.live) query.set('live', '1')
  return query
}

/** What is asked of the server: a day is meant in the viewer's zone, from its first to its last millisecond. */
export function toRequest(filters: Filters): URLSearchParams {
  const query = toQuery(filters)
  if (isDay(filters.dateFrom)) query.set('date_from', new Date(`${filters.dateFrom}T00:00:00`).toISOString())
  if (isDay(filters.dateTo)) query.set('date_to', new Date(`${filters.dateTo}T23:59:59.999`).toISOString())
  return query
}

export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
}

export function anyFilter(filters: Filters): boolean {
  return toQuery(filters).size > 0
}
