// A call of the server's API. Every failure is a SourceError.

import { objectOf, textOf } from '../format/json'
import { takeEarly } from './early'
import { SourceError } from './source'

// The first project that whoever logged in may see.
export const PROJECT = '/api/projects/@current/'

/** How often a call is made again that came too soon. */
const PATIENCE = 5

export async function call(path: string, init: RequestInit = {}, patience = PATIENCE): Promise<Response> {
  let response: Response
  try {
    response = await (earlyFor(path, init) ?? fetch(path, { ...init, credentials: 'same-origin' }))
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new SourceError('unreachable', 'The server does not answer.')
  }
  if (response.ok) return response
  // A long recording has many blocks, and a server may give only so many at once. A login waits for whoever logs in.
  if (response.status === 429 && patience > 0 && path !== '/api/login') {
    await wait(Number(response.headers.get('retry-after')) || 1, init.signal)
    return call(path, init, patience - 1)
  }
  const refusal = await response
    .json()
    .then(objectOf)
    .catch(() => undefined)
  const detail = textOf(refusal?.detail)
  if (response.status === 401) throw new SourceError('not_logged_in', detail ?? 'You are not logged in.')
  if (response.status === 404) throw new SourceError('not_found', detail ?? 'There is no such thing here.')
  throw new SourceError('refused', detail ?? `The server answered ${response.status}.`, textOf(refusal?.attr))
}

function wait(seconds: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
  })
}

/** Only what is read was asked for early. */
function earlyFor(path: string, { method = 'GET' }: RequestInit): Promise<Response> | undefined {
  return method === 'GET' ? takeEarly(path) : undefined
}

export async function callJson(path: string, init?: RequestInit): Promise<unknown> {
  const response = await call(path, init)
  try {
    return await response.json()
  } catch (error) {
    if (init?.signal?.aborted) throw error
    throw new SourceError('unreadable', 'The server answered something that is not JSON.')
  }
}

/** A call that carries JSON. */
export function sending(method: string, body: unknown): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
