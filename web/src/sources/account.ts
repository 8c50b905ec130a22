// Who is here: the account, logging in and out, and the API's description.

import { readAccount, type Account } from '../format/listing'
import { objectOf, textOf } from '../format/json'
import { call, callJson, sending } from './call'

export const ACCOUNT_PATH = '/api/me'

export async function fetchAccount(): Promise<Account> {
  return readAccount(await callJson(ACCOUNT_PATH))
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
  await call('/api/login', sending('POST', isKey ? { api_key: secret.trim() } : { ...user, password: secret }))
}

export async function logOut(): Promise<void> {
  await call('/api/logout', { method: 'POST' })
}
