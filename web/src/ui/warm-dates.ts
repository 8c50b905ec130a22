// The first date that a browser writes takes it tens of milliseconds. A page that writes one soon has that done while its scripts are on
// their way.

export function warmDates(): void {
  new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' }).format(0)
}
