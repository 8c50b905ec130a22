// How a recording is shared, and who came by its link.

import { arrayOf, numberOf, objectOf, objectsOf, textOf, textsOf, type JsonObject } from '../format/json'
import { call, callJson, sending } from './call'
import { recordingPath } from './recording-paths'

/** A password of a link, without what would open anything. */
export interface SharePassword {
  readonly id: number
  readonly note: string
}

/** How a recording is shared. */
export interface Sharing {
  readonly enabled: boolean
  readonly token: string
  /** For the page of the link; others than those that this page knows are kept. */
  readonly settings: JsonObject
  readonly passwordRequired: boolean
  readonly passwords: readonly SharePassword[]
  /** Epoch milliseconds. */
  readonly expiresAt: number | undefined
  readonly maxViews: number | undefined
  readonly views: number
  /** What is shown, in milliseconds since the recording's start. */
  readonly startsAt: number | undefined
  readonly endsAt: number | undefined
  /** None: any site may frame it. */
  readonly allowedOrigins: readonly string[]
}

/** Somebody opened the link. */
export interface ShareAccess {
  readonly time: number
  readonly network: string
  readonly browser: string
  /** The site that framed or linked it. */
  readonly from: string
  readonly password: number | undefined
}

export async function fetchSharing(id: string): Promise<Sharing> {
  return readSharing(await callJson(`${recordingPath(id)}sharing`))
}

export interface SharingChange {
  readonly enabled?: boolean
  readonly settings?: JsonObject
  readonly password_required?: boolean
  readonly expires_at?: string | null
  readonly max_views?: number | null
  readonly starts_at?: number | null
  readonly ends_at?: number | null
  readonly allowed_origins?: readonly string[]
}

export async function changeSharing(id: string, change: SharingChange): Promise<Sharing> {
  return readSharing(await callJson(`${recordingPath(id)}sharing`, sending('PATCH', change)))
}

/** Another token; the one before opens for five minutes more. */
export async function refreshSharing(id: string): Promise<Sharing> {
  return readSharing(await callJson(`${recordingPath(id)}sharing/refresh`, { method: 'POST' }))
}

export async function addSharePassword(id: string, password: string, note: string): Promise<void> {
  await call(`${recordingPath(id)}sharing/passwords`, sending('POST', { raw_password: password, ...(note !== '' && { note }) }))
}

export async function removeSharePassword(id: string, password: number): Promise<void> {
  await call(`${recordingPath(id)}sharing/passwords/${password}`, { method: 'DELETE' })
}

export interface ShareAccesses {
  /** The latest first. */
  readonly latest: readonly ShareAccess[]
  readonly count: number
}

export async function fetchShareAccesses(id: string, limit: number): Promise<ShareAccesses> {
  const page = objectOf(await callJson(`${recordingPath(id)}sharing/accesses?limit=${limit}`))
  const latest = objectsOf(page?.results).map((line) => ({
    time: Date.parse(textOf(line.time) ?? '') || 0,
    network: textOf(line.address) ?? '',
    browser: textOf(line.user_agent) ?? '',
    from: textOf(line.referrer_origin) ?? '',
    password: numberOf(line.password_id),
  }))
  return { latest, count: numberOf(page?.count) ?? latest.length }
}

function readSharing(value: unknown): Sharing {
  const sharing = objectOf(value)
  return {
    enabled: sharing?.enabled === true,
    token: textOf(sharing?.access_token) ?? '',
    settings: objectOf(sharing?.settings) ?? {},
    passwordRequired: sharing?.password_required === true,
    passwords: arrayOf(sharing?.share_passwords).flatMap((one) => {
      const id = numberOf(objectOf(one)?.id)
      return id === undefined ? [] : [{ id, note: textOf(objectOf(one)?.note) ?? '' }]
    }),
    expiresAt: Date.parse(textOf(sharing?.expires_at) ?? '') || undefined,
    maxViews: numberOf(sharing?.max_views),
    views: numberOf(sharing?.views) ?? 0,
    startsAt: numberOf(sharing?.starts_at),
    endsAt: numberOf(sharing?.ends_at),
    allowedOrigins: textsOf(sharing?.allowed_origins),
  }
}
