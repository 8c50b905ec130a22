// The frame of the app's own pages: the bar with the ways between them, the login where nobody is logged in, the foot.

import type { ComponentChildren } from 'preact'
import type { Account } from '../format/listing'
import { LoginScreen, LogOutButton } from './login'
import { CONTENT } from './skip-link'
import { TopBar } from './top-bar'

const PLACES = [
  { name: 'Recordings', address: '/' },
  { name: 'Live', address: '/live' },
  { name: 'Collections', address: '/collections' },
  { name: 'Settings', address: '/settings' },
] as const

interface Props {
  /** The class of what is between bar and foot. */
  readonly class: string
  /** Undefined on pages that belong to none of the places. */
  readonly current?: (typeof PLACES)[number]['name']
  readonly account: Pick<Account, 'version'> | undefined
  /** The server said so. */
  readonly isLoggedOut: boolean
  /** Stands in the bar. */
  readonly actions?: ComponentChildren
  readonly children: ComponentChildren
}

export function AppPage({ class: name, current, account, isLoggedOut, actions, children }: Props) {
  if (isLoggedOut) {
    return (
      <>
        <TopBar home="/" />
        <LoginScreen />
      </>
    )
  }
  return (
    <>
      <TopBar home="/" last={<LogOutButton />}>
        <nav class="places" aria-label="Cassette">
          {PLACES.map((place) => (
            <a key={place.name} href={place.address} aria-current={place.name === current ? 'page' : undefined}>
              {place.name}
            </a>
          ))}
        </nav>
        {actions}
      </TopBar>
      <main class={name} id={CONTENT} tabIndex={-1}>{children}</main>
      <footer class="page-foot">
        <span>Cassette {account?.version}</span>
        <a href="/api/docs">API</a>
        <a href="/licenses.txt">Licences</a>
      </footer>
    </>
  )
}
