import { useEffect, useState } from 'preact/hooks'
import type { Account } from '../format/listing'
import { fetchAccount } from '../sources/account'
import { isLoggedOut } from '../sources/source'

export interface AccountState {
  readonly account: Account | undefined
  readonly isLoggedOut: boolean
}

/** Who is logged in, once the server has said it. It is asked when that is `wanted`. */
export function useAccount(wanted = true): AccountState {
  const [state, setState] = useState<AccountState>({ account: undefined, isLoggedOut: false })
  useEffect(() => {
    if (!wanted) return
    fetchAccount().then(
      (account) => setState({ account, isLoggedOut: false }),
      (error: unknown) => setState({ account: undefined, isLoggedOut: isLoggedOut(error) }),
    )
  }, [wanted])
  return state
}
