// The pages `/collections` and `/collections/:id`.

import { render } from 'preact'
import { useState } from 'preact/hooks'
import { AppPage } from '../app/app-page'
import { CollectionView } from '../app/collection-view'
import { CollectionsList } from '../app/collections-list'
import { useAccount } from '../app/use-account'
import { isLoggedOut } from '../sources/source'

const id = decodeURIComponent(/^\/collections\/([^/]+)\/?$/.exec(location.pathname)?.[1] ?? '')

function CollectionsPage() {
  const { account } = useAccount()
  const [error, setError] = useState<Error>()
  return (
    <AppPage class="list-page" current="Collections" account={account} isLoggedOut={isLoggedOut(error)}>
      {id === '' ? <CollectionsList onError={setError} /> : <CollectionView id={id} onError={setError} />}
    </AppPage>
  )
}

const root = document.getElementById('app')
if (root) render(<CollectionsPage />, root)
