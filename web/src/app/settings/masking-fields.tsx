// What is made unreadable in the browser, before anything is sent: four presets, the last of them by selectors.

import type { CustomMasking, Masking } from '../../format/settings'
import { Block, Check, Choices, Field } from './form'
import type { DraftProps } from './recording-part'

type Preset = 'text_and_inputs' | 'inputs' | 'none' | 'custom'

const PRESETS: readonly { readonly value: Preset; readonly label: string; readonly hint: string }[] = [
  { value: 'text_and_inputs', label: 'Everything masked', hint: 'All text and all inputs become asterisks; images, videos and canvases become boxes. What remains is layout and behaviour, addresses, attributes such as aria-label, and the console.' },
  { value: 'inputs', label: 'Inputs masked', hint: 'What is typed becomes asterisks; the text of pages is recorded. This is what posthog-js does by itself.' },
  { value: 'none', label: 'Private parts only', hint: 'Passwords, elements of the class ph-mask, and those of ph-no-capture, which become boxes.' },
  { value: 'custom', label: 'Custom', hint: 'By selectors of your own.' },
]

function presetOf(masking: Masking): Preset {
  return typeof masking === 'string' ? masking : 'custom'
}

/** To begin with: what posthog-js does by itself. */
const FIRST_CUSTOM: CustomMasking = { inputs: true, text_selector: null, block_selector: null, attributes: false }

export function MaskingFields({ draft, errors, locked, change }: DraftProps) {
  const { masking } = draft
  const custom = typeof masking === 'string' ? undefined : masking.custom
  const set = (members: Partial<CustomMasking>): void => change({ masking: { custom: { ...FIRST_CUSTOM, ...custom, ...members } } })
  return (
    <Block title="Masking" lead="It happens in the visitor’s browser: what is masked never reaches this server, and cannot be had back.">
      <Choices legend="What is masked" choices={PRESETS} value={presetOf(masking)} disabled={locked} onChange={(preset) => (preset === 'custom' ? set({}) : change({ masking: preset }))} />
      {custom && (
        <div class="settings-inset">
          <Check label="Mask what is typed" checked={custom.inputs} disabled={locked} onChange={(inputs) => set({ inputs })} />
          <Field label="Mask the text of these elements" hint="A CSS selector, such as .address, [data-private]" error={errors.text}>
            {(ties) => <input {...ties} class="control is-code" value={custom.text_selector ?? ''} spellcheck={false} disabled={locked} onInput={(event) => set({ text_selector: event.currentTarget.value || null })} />}
          </Field>
          <Field label="Leave these elements out" hint="A CSS selector. A box of their size stands in for them." error={errors.block}>
            {(ties) => <input {...ties} class="control is-code" value={custom.block_selector ?? ''} spellcheck={false} disabled={locked} onInput={(event) => set({ block_selector: event.currentTarget.value || null })} />}
          </Field>
          <Check label="Mask every attribute" hint="class and style too: the page is hardly recognisable then." checked={custom.attributes} disabled={locked} onChange={(attributes) => set({ attributes })} />
        </div>
      )}
    </Block>
  )
}
