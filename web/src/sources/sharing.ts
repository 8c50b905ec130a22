// How a recording is shared.

import { arrayOf, numberOf, objectOf, textOf } from '../format/json'
import { call, callJson, sending } from './call'
import { recordingPath } from './recordings'

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
