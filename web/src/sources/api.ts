// The server's API, as far as the pages call it. Every failure is a SourceError.

import {
  readAccount,
  readBlockListing,
  readRecordingFacts,
  readRecordingPage,
  type Account,
  type BlockListing,
  type RecordingFacts,
  type RecordingPage,
} from '../format/listing'
import { arrayOf, numberOf, objectOf, textOf } from '../format/json'
import { SourceError } from './source'

// The first project that whoever logged in may see.
const RECORDINGS = '/api/projects/@current/session_recordings/'

/** How often a call is made again that came too soon. */
const PATIENCE = 5

async function call(path: string, init: RequestInit = {}, patience = PATIENCE): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, { ...init, credentials: 'same-origin' })
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
  const detail = await response
    .json()
    .then((body: unknown) => textOf(objectOf(body)?.detail))
    .catch(() => undefined)
  if (response.status === 401) throw new SourceError('not_logged_in', detail ?? 'You are not logged in.')
  if (response.status === 404) throw new SourceError('not_found', detail ?? 'There is no such thing here.')
  throw new SourceError('refused', detail ?? `The server answered ${response.status}.`)
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

async function callJson(path: string, init?: RequestInit): Promise<unknown> {
  const response = await call(path, init)
  try {
    return await response.json()
  } catch (error) {
    if (init?.signal?.aborted) throw error
    throw new SourceError('unreadable', 'The server answered something that is not JSON.')
  }
}

export async function fetchAccount(): Promise<Account> {
  return readAccount(await callJson('/api/me'))
}

/** The server's description of its API: OpenAPI. */
export async function fetchDescription(): Promise<unknown> {
  return callJson('/api/schema')
}

/** What the login provider is called, where the server has one. */
export async function fetchProviderName(signal: AbortSignal): Promise<string | undefined> {
  return textOf(objectOf(objectOf(await callJson('/api/login', { signal }))?.oidc)?.name)
}

/** Where the browser logs in by the provider, and then comes back to `here`. */
export function providerAddress(here: Location): string {
  return `/api/login/oidc?next=${encodeURIComponent(here.pathname + here.search + here.hash)}`
}

/** Logs this browser in by a personal API key, or by the password of a user; without an address, the administrator's. */
export async function logIn(email: string, secret: string): Promise<void> {
  const isKey = secret.trim().startsWith('phx_')
  const user = email.trim() === '' ? {} : { email: email.trim() }
  await call('/api/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(isKey ? { api_key: secret.trim() } : { ...user, password: secret }),
  })
}

export async function logOut(): Promise<void> {
  await call('/api/logout', { method: 'POST' })
}

export async function fetchRecordings(query: URLSearchParams, signal: AbortSignal): Promise<RecordingPage> {
  return readRecordingPage(await callJson(`${RECORDINGS}?${query}`, { signal }))
}

export async function fetchRecording(id: string): Promise<RecordingFacts> {
  const facts = readRecordingFacts(await callJson(recordingPath(id)))
  if (!facts) throw new SourceError('unreadable', 'The server described the recording in a way that this page does not know.')
  return facts
}

export async function fetchListing(id: string): Promise<BlockListing> {
  const listing = readBlockListing(await callJson(`${recordingPath(id)}blocks`))
  if (!listing) throw new SourceError('unreadable', 'The server listed the blocks in a way that this page does not know.')
  return listing
}

export async function fetchBlock(id: string, key: number, base: number, signal: AbortSignal): Promise<ArrayBuffer> {
  const response = await call(`${recordingPath(id)}blocks/${key}?base=${base}`, { signal })
  return response.arrayBuffer()
}

export function liveAddress(id: string, base: number): string {
  return `${recordingPath(id)}live?base=${base}`
}

/** A password of a link, without what would open anything. */
export interface SharePassword {
  readonly id: number
  readonly note: string
}

/** How a recording is shared. */
export interface Sharing {
  readonly enabled: boolean
  readonly token: string
  readonly passwordRequired: boolean
  readonly passwords: readonly SharePassword[]
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined
  readonly views: number
}

export async function fetchSharing(id: string): Promise<Sharing> {
  return readSharing(await callJson(`${recordingPath(id)}sharing`))
}

export interface SharingChange {
  readonly enabled?: boolean
  readonly password_required?: boolean
  readonly expires_at?: string | null
}

export async function changeSharing(id: string, change: SharingChange): Promise<Sharing> {
  return readSharing(await callJson(`${recordingPath(id)}sharing`, sending('PATCH', change)))
}

export async function addSharePassword(id: string, password: string): Promise<void> {
  await call(`${recordingPath(id)}sharing/passwords`, sending('POST', { raw_password: password }))
}

export async function removeSharePassword(id: string, password: number): Promise<void> {
  await call(`${recordingPath(id)}sharing/passwords/${password}`, { method: 'DELETE' })
}

function sending(method: string, body: unknown): RequestInit {
  return { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function readSharing(value: unknown): Sharing {
  const sharing = objectOf(value)
  return {
    enabled: sharing?.enabled === true,
    token: textOf(sharing?.access_token) ?? '',
    passwordRequired: sharing?.password_required === true,
    passwords: arrayOf(sharing?.share_passwords).flatMap((one) => {
      const id = numberOf(objectOf(one)?.id)
      return id === undefined ? [] : [{ id, note: textOf(objectOf(one)?.note) ?? '' }]
    }),
    expiresAt: Date.parse(textOf(sharing?.expires_at) ?? '') || undefined,
    views: numberOf(sharing?.views) ?? 0,
  }
}

export type DownloadFormat = 'ndjson.zst' | 'ndjson' | 'protobuf' | 'posthog-json' | 'rrweb' | 'html'

export function downloadAddress(id: string, format: DownloadFormat): string {
  return `${recordingPath(id)}recording?format=${format}`
}

function recordingPath(id: string): string {
  return `${RECORDINGS}${encodeURIComponent(id)}/`
}
