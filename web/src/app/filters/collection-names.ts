// Names of collections, asked for only where one is chosen or said: the server counts what is in each of them.

import { useEffect, useState } from 'preact/hooks'
import { fetchCollections } from '../../sources/collections'

const MOST = 100

/** Undefined while they are not known, or not wanted. */
export type CollectionNames = readonly { readonly id: string; readonly name: string }[] | undefined

export function useCollectionNames(isWanted: boolean): CollectionNames {
  const [names, setNames] = useState<CollectionNames>()
  useEffect(() => {
    if (!isWanted) return
    const abort = new AbortController()
    fetchCollections({ kind: 'collection', limit: MOST }, abort.signal).then(
      ({ collections }) => setNames(collections),
      () => setNames([]),
    )
    return () => abort.abort()
  }, [isWanted])
  return names
}
