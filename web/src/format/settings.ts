// Settings as the API tells them: projects, keys, users, what is recorded, what is kept, what was not taken.
//
// What is read is made of known parts only: what a later server adds is left out, what an earlier one lacks has its default.

import { arrayOf, numberOf, objectOf, textOf, textsOf, type JsonObject } from './json'

export type Role = 'admin' | 'member' | 'viewer'

export interface User {
  readonly id: string
  /** Absent: the administrator that every installation has. */
  readonly email: string | undefined
  readonly name: string
  readonly role: Role
  /** Undefined: all. */
  readonly projects: readonly number[] | undefined
  readonly mayList: boolean
  readonly mayWatch: boolean
  readonly hasPassword: boolean
}

export interface ProjectInfo {
  readonly id: number
  readonly name: string
  readonly token: string
}

/** Who looks at the settings, and what they may do. */
export interface Me {
  readonly user: User
  readonly projects: readonly ProjectInfo[]
  readonly scopes: ReadonlySet<string>
  readonly version: string
}

export interface Project extends ProjectInfo {
  readonly oldTokens: readonly { readonly token: string; readonly until: number }[]
  readonly recording: RecordingSettings
  /** Undefined: for ever. */
  readonly retentionDays: number | undefined
}

export interface CustomMasking {
  readonly inputs: boolean
  readonly text_selector: string | null
  readonly block_selector: string | null
  readonly attributes: boolean
}

export type Masking = 'inputs' | 'text_and_inputs' | 'none' | { readonly custom: CustomMasking }

/** As it is sent back: the server takes these members and no others. */
export interface RecordingSettings {
  readonly enabled: boolean
  readonly sample_rate: number
  readonly minimum_duration_ms: number
  readonly console: boolean
  readonly network: { readonly timing: boolean; readonly headers: boolean; readonly bodies: boolean }
  readonly canvas: { readonly enabled: boolean; readonly fps: number; readonly quality: number }
  readonly masking: Masking
  readonly url_triggers: readonly string[]
  readonly url_blocklist: readonly string[]
  readonly event_triggers: readonly string[]
  readonly trigger_match: 'all' | 'any'
  readonly linked_flag: { readonly flag: string; readonly variant: string | null } | null
}

export interface Key {
  readonly id: string
  readonly label: string
  /** Only of one that was made or rolled just now. */
  readonly value: string | undefined
  readonly mask: string
  readonly scopes: readonly string[]
  readonly projects: readonly number[]
  readonly userId: string
  readonly createdAt: number | undefined
  readonly lastUsedAt: number | undefined
  readonly expiresAt: number | undefined
}

export interface Occupied {
  readonly recordings: number
  readonly storedBytes: number
  readonly rawBytes: number
}

export interface Stored {
  readonly objects: number
  readonly bytes: number
}

export interface StorageUse {
  readonly recordings: Occupied
  readonly live: Occupied
  /** Undefined while it is counted for the first time. */
  readonly others: { readonly countedAt: number | undefined; readonly persons: Stored; readonly derived: Stored; readonly assets: Stored; readonly documents: Stored } | undefined
  readonly days: readonly (Occupied & { readonly day: string })[]
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number; readonly minFreeBytes: number } | undefined
}

export type Outcome = 'refused' | 'later' | 'set_aside' | 'dropped' | 'kept_unread'

export interface Refusal {
  readonly reason: string
  readonly outcome: Outcome
  readonly means: string
  readonly toDo: string
  readonly lastHour: number
  readonly lastDay: number
  readonly lastWeek: number
  readonly lastAt: number | undefined
  readonly sdk: string | undefined
  readonly host: string | undefined
}

export interface StrangeToken {
  readonly begins: string
  readonly lastWeek: number
  readonly lastAt: number | undefined
  readonly sdk: string | undefined
  readonly host: string | undefined
}

export interface Health {
  readonly lastDataAt: number | undefined
  readonly sdks: readonly { readonly name: string; readonly lastSeenAt: number | undefined; readonly items: number }[]
  readonly refused: readonly Refusal[]
  /** Undefined for who does not see all projects. */
  readonly strangers: { readonly refused: readonly Refusal[]; readonly tokens: readonly StrangeToken[] } | undefined
  readonly unfinishedCount: number
  readonly unfinished: readonly { readonly session: string; readonly why: string; readonly since: number | undefined; readonly attempts: number; readonly nextAt: number | undefined }[]
}

export interface RetentionPreview {
  readonly recordings: number
  readonly bytes: number
}

function timeOf(value: unknown): number | undefined {
  const at = Date.parse(textOf(value) ?? '')
  return Number.isNaN(at) ? undefined : at
}

function objects(value: unknown): JsonObject[] {
  return arrayOf(value).map((item) => objectOf(item) ?? {})
}

function idsOf(value: unknown): number[] {
  return arrayOf(value).flatMap((id) => numberOf(id) ?? [])
}

export function readUser(value: unknown): User {
  const user = objectOf(value) ?? {}
  const role = textOf(user.role)
  return {
    id: textOf(user.id) ?? '',
    email: textOf(user.email),
    name: textOf(user.first_name) ?? '',
    role: role === 'admin' || role === 'member' ? role : 'viewer',
    projects: Array.isArray(user.projects) ? idsOf(user.projects) : undefined,
    mayList: user.may_list !== false,
    mayWatch: user.may_watch !== false,
    hasPassword: user.has_password === true,
  }
}

export function readUsers(value: unknown): User[] {
  return objects(objectOf(value)?.results).map(readUser)
}

export function readMe(value: unknown): Me {
  const me = objectOf(value) ?? {}
  return {
    user: readUser(me.user),
    projects: objects(me.projects).map((project) => ({ id: numberOf(project.id) ?? 0, name: textOf(project.name) ?? '', token: textOf(project.token) ?? '' })),
    scopes: new Set(textsOf(me.scopes)),
    version: textOf(me.version) ?? '',
  }
}

export function readProject(value: unknown): Project {
  const project = objectOf(value) ?? {}
  return {
    id: numberOf(project.id) ?? 0,
    name: textOf(project.name) ?? '',
    token: textOf(project.api_token) ?? '',
    oldTokens: objects(project.old_tokens).map((old) => ({ token: textOf(old.api_token) ?? '', until: timeOf(old.until) ?? 0 })),
    recording: readRecordingSettings(project.recording_settings),
    retentionDays: numberOf(project.retention_days),
  }
}

export function readRecordingSettings(value: unknown): RecordingSettings {
  const settings = objectOf(value) ?? {}
  const [network, canvas, flag] = [objectOf(settings.network) ?? {}, objectOf(settings.canvas) ?? {}, objectOf(settings.linked_flag)]
  return {
    enabled: settings.enabled !== false,
    sample_rate: numberOf(settings.sample_rate) ?? 1,
    minimum_duration_ms: numberOf(settings.minimum_duration_ms) ?? 0,
    console: settings.console !== false,
    network: { timing: network.timing !== false, headers: network.headers === true, bodies: network.bodies === true },
    canvas: { enabled: canvas.enabled === true, fps: numberOf(canvas.fps) ?? 4, quality: numberOf(canvas.quality) ?? 0.4 },
    masking: readMasking(settings.masking),
    url_triggers: textsOf(settings.url_triggers),
    url_blocklist: textsOf(settings.url_blocklist),
    event_triggers: textsOf(settings.event_triggers),
    trigger_match: settings.trigger_match === 'any' ? 'any' : 'all',
    linked_flag: flag ? { flag: textOf(flag.flag) ?? '', variant: textOf(flag.variant) ?? null } : null,
  }
}

function readMasking(value: unknown): Masking {
  if (value === 'text_and_inputs' || value === 'none') return value
  const custom = objectOf(objectOf(value)?.custom)
  if (!custom) return 'inputs'
  return {
    custom: {
      inputs: custom.inputs === true,
      text_selector: textOf(custom.text_selector) ?? null,
      block_selector: textOf(custom.block_selector) ?? null,
      attributes: custom.attributes === true,
    },
  }
}

export function readKey(value: unknown): Key {
  const key = objectOf(value) ?? {}
  return {
    id: textOf(key.id) ?? '',
    label: textOf(key.label) ?? '',
    value: textOf(key.value),
    mask: textOf(key.mask_value) ?? '',
    scopes: textsOf(key.scopes),
    projects: idsOf(key.scoped_teams),
    userId: textOf(key.user_id) ?? '',
    createdAt: timeOf(key.created_at),
    lastUsedAt: timeOf(key.last_used_at),
    expiresAt: timeOf(key.expires_at),
  }
}

export function readKeys(value: unknown): Key[] {
  return arrayOf(value).map(readKey)
}

function readOccupied(value: unknown): Occupied {
  const occupied = objectOf(value) ?? {}
  return { recordings: numberOf(occupied.recordings) ?? 0, storedBytes: numberOf(occupied.stored_bytes) ?? 0, rawBytes: numberOf(occupied.raw_bytes) ?? 0 }
}

function readStored(value: unknown): Stored {
  const stored = objectOf(value) ?? {}
  return { objects: numberOf(stored.objects) ?? 0, bytes: numberOf(stored.bytes) ?? 0 }
}

export function readStorageUse(value: unknown): StorageUse {
  const use = objectOf(value) ?? {}
  const [others, disk] = [objectOf(use.others), objectOf(use.disk)]
  return {
    recordings: readOccupied(use.recordings),
    live: readOccupied(use.live),
    others: others && {
      countedAt: timeOf(others.counted_at),
      persons: readStored(others.persons),
      derived: readStored(others.derived),
      assets: readStored(others.assets),
      documents: readStored(others.documents),
    },
    days: objects(use.days).map((day) => ({ ...readOccupied(day), day: textOf(day.day) ?? '' })),
    disk: disk && { freeBytes: numberOf(disk.free_bytes) ?? 0, totalBytes: numberOf(disk.total_bytes) ?? 0, minFreeBytes: numberOf(disk.min_free_bytes) ?? 0 },
  }
}

const OUTCOMES: readonly Outcome[] = ['refused', 'later', 'set_aside', 'dropped', 'kept_unread']

function readRefusals(value: unknown): Refusal[] {
  return objects(value).map((refusal) => ({
    reason: textOf(refusal.reason) ?? '',
    outcome: OUTCOMES.find((known) => known === refusal.outcome) ?? 'refused',
    means: textOf(refusal.means) ?? '',
    toDo: textOf(refusal.to_do) ?? '',
    lastHour: numberOf(refusal.last_hour) ?? 0,
    lastDay: numberOf(refusal.last_24_hours) ?? 0,
    lastWeek: numberOf(refusal.last_7_days) ?? 0,
    lastAt: timeOf(refusal.last_at),
    sdk: textOf(refusal.sdk),
    host: textOf(refusal.host),
  }))
}

export function readHealth(value: unknown): Health {
  const health = objectOf(value) ?? {}
  const strangers = objectOf(health.strangers)
  return {
    lastDataAt: timeOf(health.last_data_at),
    sdks: objects(health.sdks).map((sdk) => ({ name: textOf(sdk.name) ?? '', lastSeenAt: timeOf(sdk.last_seen_at), items: numberOf(sdk.last_24_hours) ?? 0 })),
    refused: readRefusals(health.refused),
    strangers: strangers && {
      refused: readRefusals(strangers.refused),
      tokens: objects(strangers.tokens).map((token) => ({
        begins: textOf(token.begins) ?? '',
        lastWeek: numberOf(token.last_7_days) ?? 0,
        lastAt: timeOf(token.last_at),
        sdk: textOf(token.sdk),
        host: textOf(token.host),
      })),
    },
    unfinishedCount: numberOf(health.unfinished_count) ?? 0,
    unfinished: objects(health.unfinished).map((one) => ({
      session: textOf(one.session_id) ?? '',
      why: textOf(one.why) ?? '',
      since: timeOf(one.since),
      attempts: numberOf(one.attempts) ?? 0,
      nextAt: timeOf(one.next_attempt_at),
    })),
  }
}

export function readRetentionPreview(value: unknown): RetentionPreview {
  const preview = objectOf(value) ?? {}
  return { recordings: numberOf(preview.recordings) ?? 0, bytes: numberOf(preview.stored_bytes) ?? 0 }
}
