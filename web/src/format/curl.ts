// A request as a curl command that a POSIX shell understands, whatever stands in the address, the headers and the body.

import type { RequestDetail } from './details'

/** Set by curl itself, from the address, the body and what it can do. */
const OWN_HEADERS = new Set(['host', 'content-length', 'connection', 'accept-encoding', 'transfer-encoding'])

export function curlOf({ method, url, requestHeaders, requestBody }: RequestDetail): string {
  const body = requestBody
  const words = ['curl', quoted(url)]
  // Brackets and braces are patterns to curl.
  if (/[[\]{}]/.test(url)) words.push('--globoff')
  const usual = body === undefined ? 'GET' : 'POST'
  if (method === 'HEAD') words.push('--head')
  else if (method !== usual) words.push('-X', quoted(method))
  for (const { name, value } of requestHeaders ?? []) {
    const isOwn = OWN_HEADERS.has(name.toLowerCase()) || name.startsWith(':')
    // `Name;` is how curl is told of a header without a value.
    if (!isOwn) words.push('-H', quoted(value === '' ? `${name};` : `${name}: ${value}`))
  }
  if (requestHeaders?.some(({ name }) => name.toLowerCase() === 'accept-encoding')) words.push('--compressed')
  if (body !== undefined) words.push('--data-raw', quoted(body))
  return lines(words)
}

/** In single quotes nothing means anything but the quote itself. A NUL cannot be said at all. */
function quoted(text: string): string {
  const clean = text.replaceAll('\0', '')
  return /^[\w@%+=:,./-]+$/.test(clean) ? clean : `'${clean.replaceAll("'", `'\\''`)}'`
}

/** One option a line. */
function lines(words: readonly string[]): string {
  let text = ''
  words.forEach((word, place) => {
    if (place === 0) text = word
    else text += word.startsWith('-') ? ` \\\n  ${word}` : ` ${word}`
  })
  return text
}
