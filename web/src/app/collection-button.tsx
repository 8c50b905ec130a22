// Puts the recording that is looked at into collections, and takes it out again.

import { useState } from 'preact/hooks'
import { Icon } from '../ui/icons'
import { AddToCollection } from './add-to-collection'
import { PopoverButton } from './filters/popover'

export function CollectionButton({ id }: { id: string }) {
  const [said, setSaid] = useState<string>()
  return (
    <>
      <PopoverButton
        class="button is-quiet"
        label="Add to a collection"
        title="Add to a collection"
        content={(close) => (
          <AddToCollection
            recordings={[id]}
            onDone={({ name }) => {
              setSaid(`Added to “${name}”`)
              close()
            }}
            onTakenOut={({ name }) => setSaid(`Taken out of “${name}”`)}
          />
        )}
      >
        <Icon name="gather" />
        <span class="wide-only">Collect</span>
      </PopoverButton>
      <span class="only-read" role="status">
        {said}
      </span>
    </>
  )
}
