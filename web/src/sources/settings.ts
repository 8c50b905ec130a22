// The calls of the settings. Projects are named by their id: the page shows whichever of them the reader chose.

import {
  readHealth,
  readKey,
  readKeys,
  readMe,
  readProject,
  readRetentionPreview,
  readStorageUse,
  readUser,
  readUsers,
  type Health,
  type Key,
  type Me,
  type Project,
  type RecordingSettings,
  type RetentionPreview,
  type Role,
  type StorageUse,
  type User,
} from '../format/settings'
import { call, callJson, sending } from './call'

export async function fetchMe(): Promise<Me> {
  return readMe(await callJson('/api/me'))
}

const at = (project: number, part = ''): string => `/api/projects/${project}${part}`

export async function fetchProject(project: number): Promise<Project> {
  return readProject(await callJson(at(project)))
}

export interface ProjectChange {
  readonly name?: string
  readonly recording_settings?: RecordingSettings
  /** Null: for ever. */
  readonly retention_days?: number | null
}

export async function changeProject(project: number, change: ProjectChange): Promise<Project> {
  return readProject(await callJson(at(project), sending('PATCH', change)))
}

export async function createProject(name: string): Promise<Project> {
  return readProject(await callJson('/api/projects', sending('POST', { name })))
}

/** Another token; the one before is good for some hours yet. */
export async function resetToken(project: number, graceHours: number): Promise<Project> {
  return readProject(await callJson(at(project, `/reset_token?grace_hours=${graceHours}`), { method: 'POST' }))
}

export async function fetchRetentionPreview(project: number, days: number, signal: AbortSignal): Promise<RetentionPreview> {
  return readRetentionPreview(await callJson(at(project, `/retention?days=${days}`), { signal }))
}

export async function fetchStorageUse(project: number, days: number): Promise<StorageUse> {
  return readStorageUse(await callJson(at(project, `/storage_use?days=${days}`)))
}

export async function fetchHealth(project: number): Promise<Health> {
  return readHealth(await callJson(at(project, '/ingestion_health')))
}

/** One's own keys, or everybody's. */
export async function fetchKeys(ofAll: boolean): Promise<Key[]> {
  return readKeys(await callJson(`/api/personal_api_keys${ofAll ? '?user=all' : ''}`))
}

export interface NewKey {
  readonly label: string
  readonly scopes: readonly string[]
  readonly scoped_teams: readonly number[]
  readonly expires_at?: string
}

export async function createKey(key: NewKey): Promise<Key> {
  return readKey(await callJson('/api/personal_api_keys', sending('POST', key)))
}

export async function rollKey(id: string): Promise<Key> {
  return readKey(await callJson(`/api/personal_api_keys/${id}/roll`, { method: 'POST' }))
}

export async function removeKey(id: string): Promise<void> {
  await call(`/api/personal_api_keys/${id}`, { method: 'DELETE' })
}

export async function fetchUsers(): Promise<User[]> {
  return readUsers(await callJson('/api/users'))
}

export interface UserChange {
  readonly first_name?: string
  readonly password?: string
  readonly current_password?: string
  readonly role?: Role
  /** Null: all. */
  readonly projects?: readonly number[] | null
  readonly may_list?: boolean
  readonly may_watch?: boolean
}

export async function createUser(user: UserChange & { readonly email: string; readonly role: Role }): Promise<User> {
  return readUser(await callJson('/api/users', sending('POST', user)))
}

/** `@me` is who asks. */
export async function changeUser(id: string, change: UserChange): Promise<User> {
  return readUser(await callJson(`/api/users/${id}`, sending('PATCH', change)))
}

export async function removeUser(id: string): Promise<void> {
  await call(`/api/users/${id}`, { method: 'DELETE' })
}
