// What pages are told to record. Options that a page passes to posthog.init itself win over all of this.

import { useState } from 'preact/hooks'
import type { Me, ProjectInfo, RecordingSettings } from '../../format/settings'
import { changeProject, fetchProject } from '../../sources/settings'
import { Block, Check, Choices, Field, Locked, Said, SaveBar, Shown } from './form'
import { MaskingFields } from './masking-fields'
import { errorsOf, type DraftErrors } from './recording-errors'
import { useLoaded, useWork } from './work'

export function RecordingPart({ me, project }: { me: Me; project: ProjectInfo }) {
  const loading = useLoaded(async () => (await fetchProject(project.id)).recording, `${project.id}`)
  return (
    <Shown loading={loading} what="what is recorded">
      {(settings) => <RecordingForm me={me} project={project} saved={settings} set={loading.set} />}
    </Shown>
  )
}

interface FormProps {
  readonly me: Me
  readonly project: ProjectInfo
  readonly saved: RecordingSettings
  readonly set: (settings: RecordingSettings) => void
}

export interface DraftProps {
  readonly draft: RecordingSettings
  readonly errors: DraftErrors
  readonly locked: boolean
  readonly change: (change: Partial<RecordingSettings>) => void
}

function RecordingForm({ me, project, saved, set }: FormProps) {
  const [draft, setDraft] = useState(saved)
  const { work, run, clear } = useWork()
  const locked = !me.scopes.has('project:write')
  const errors = errorsOf(draft)
  const change = (members: Partial<RecordingSettings>): void => {
    setDraft((now) => ({ ...now, ...members }))
    clear()
  }
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    await run('Saved. Pages hear of it within a minute.', async () => {
      const { recording } = await changeProject(project.id, { recording_settings: cleaned(draft) })
      setDraft(recording)
      set(recording)
    })
  }
  const props = { draft, errors, locked, change }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Locked me={me} scope="project:write" what="Only administrators change what is recorded." />
      <Block title="Recording" lead="Options that a page sets itself win over what stands here.">
        <Check label="Record visits" hint="Off: pages stop recording within a minute, and discard what they have not sent." checked={draft.enabled} disabled={locked} onChange={(enabled) => change({ enabled })} />
      </Block>
      <MaskingFields {...props} />
      <Kinds {...props} />
      <HowMany {...props} />
      <Triggers {...props} />
      <div class="settings-save-bar">
        <Said work={work} />
        {!locked && <SaveBar work={work} isChanged={JSON.stringify(draft) !== JSON.stringify(saved)} hasErrors={Object.keys(errors).length > 0} onDiscard={() => setDraft(saved)} />}
      </div>
    </form>
  )
}

function Kinds({ draft, errors, locked, change }: DraftProps) {
  const { network, canvas } = draft
  return (
    <Block title="Beside the page itself">
      <Check label="Console" hint="What the page writes to the console, with errors." checked={draft.console} disabled={locked} onChange={(console) => change({ console })} />
      <Check label="Requests: address, status and times" hint="The SDK records none on pages of localhost. Query strings are recorded as they are." checked={network.timing} disabled={locked} onChange={(timing) => change({ network: { ...network, timing } })} />
      <Check label="Requests: headers" hint="The SDK takes out those that are known to be secret." checked={network.headers} disabled={locked} onChange={(headers) => change({ network: { ...network, headers } })} />
      <Check label="Requests: bodies" hint="Up to 1 MB each. What looks like a secret is withheld; all else goes as it is." checked={network.bodies} disabled={locked} onChange={(bodies) => change({ network: { ...network, bodies } })} />
      <Check label="Canvases" hint="Drawn surfaces, as pictures. Recordings become much larger." checked={canvas.enabled} disabled={locked} onChange={(enabled) => change({ canvas: { ...canvas, enabled } })} />
      {canvas.enabled && (
        <div class="settings-inset">
          <NumberField label="Pictures a second" value={canvas.fps} min={0} max={12} step={1} error={errors.fps} disabled={locked} onChange={(fps) => change({ canvas: { ...canvas, fps } })} />
          <NumberField label="Quality, 0 to 1" value={canvas.quality} min={0} max={1} step={0.1} error={errors.quality} disabled={locked} onChange={(quality) => change({ canvas: { ...canvas, quality } })} />
        </div>
      )}
    </Block>
  )
}

function HowMany({ draft, errors, locked, change }: DraftProps) {
  return (
    <Block title="How many visits">
      <NumberField
        label="Visits that are recorded, in per cent"
        value={Math.round(draft.sample_rate * 10_000) / 100}
        min={0}
        max={100}
        step={1}
        error={errors.sample}
        disabled={locked}
        onChange={(percent) => change({ sample_rate: percent / 100 })}
      />
      <NumberField
        label="Shortest visit that is recorded, in seconds"
        hint="A shorter one leaves nothing: no byte is sent before. 0 records every visit."
        value={draft.minimum_duration_ms / 1000}
        min={0}
        max={86_400}
        step={1}
        error={errors.minimum}
        disabled={locked}
        onChange={(seconds) => change({ minimum_duration_ms: Math.round(seconds * 1000) })}
      />
    </Block>
  )
}

function Triggers({ draft, errors, locked, change }: DraftProps) {
  const flag = draft.linked_flag
  return (
    <Block title="When to record" lead="Without any of these, recording starts with the visit.">
      <LinesField label="Start on these pages" hint="Regular expressions, one a line, such as /checkout/.*" value={draft.url_triggers} error={errors.triggers} disabled={locked} onChange={(url_triggers) => change({ url_triggers })} />
      <LinesField label="Start on these events" hint="Names of events, one a line. Up to a minute before is kept." value={draft.event_triggers} error={undefined} disabled={locked} onChange={(event_triggers) => change({ event_triggers })} />
      <Field label="Record only while this feature flag is on" hint="Cassette has no flags of its own: the page has to set it, by bootstrap or overrideFeatureFlags. Empty: no flag." error={errors.flag}>
        {(ties) => (
          <input {...ties} class="control" value={flag?.flag ?? ''} disabled={locked} spellcheck={false} onInput={(event) => change({ linked_flag: event.currentTarget.value === '' ? null : { flag: event.currentTarget.value, variant: flag?.variant ?? null } })} />
        )}
      </Field>
      {flag && (
        <Field label="Only this variant of it" hint="Empty: any.">
          {(ties) => <input {...ties} class="control" value={flag.variant ?? ''} disabled={locked} spellcheck={false} onInput={(event) => change({ linked_flag: { ...flag, variant: event.currentTarget.value || null } })} />}
        </Field>
      )}
      <Choices
        legend="Where several of these and a part of the visits are set"
        value={draft.trigger_match}
        disabled={locked}
        onChange={(trigger_match) => change({ trigger_match })}
        choices={[
          { value: 'all', label: 'All must hold' },
          { value: 'any', label: 'One is enough' },
        ]}
      />
      <LinesField label="Pause on these pages" hint="Regular expressions, one a line." value={draft.url_blocklist} error={errors.blocklist} disabled={locked} onChange={(url_blocklist) => change({ url_blocklist })} />
    </Block>
  )
}

interface NumberProps {
  readonly label: string
  readonly hint?: string
  readonly value: number
  readonly min: number
  readonly max: number
  readonly step: number
  readonly error: string | undefined
  readonly disabled: boolean
  readonly onChange: (value: number) => void
}

function NumberField({ label, hint, value, min, max, step, error, disabled, onChange }: NumberProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ties) => (
        <input
          {...ties}
          class="control is-short"
          type="number"
          min={min}
          max={max}
          step={step === 1 && Number.isInteger(value) ? 1 : 'any'}
          value={Number.isNaN(value) ? '' : value}
          disabled={disabled}
          onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
        />
      )}
    </Field>
  )
}

interface LinesProps {
  readonly label: string
  readonly hint: string
  readonly value: readonly string[]
  readonly error: string | undefined
  readonly disabled: boolean
  readonly onChange: (value: string[]) => void
}

function LinesField({ label, hint, value, error, disabled, onChange }: LinesProps) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(ties) => <textarea {...ties} class="control" rows={3} spellcheck={false} disabled={disabled} value={value.join('\n')} onInput={(event) => onChange(event.currentTarget.value === '' ? [] : event.currentTarget.value.split('\n'))} />}
    </Field>
  )
}

/** Without the empty lines and ends that typing leaves. */
function cleaned(draft: RecordingSettings): RecordingSettings {
  const lines = (texts: readonly string[]): string[] => texts.map((text) => text.trim()).filter((text) => text !== '')
  const text = (value: string | null): string | null => value?.trim() || null
  const { masking } = draft
  return {
    ...draft,
    masking: typeof masking === 'string' ? masking : { custom: { ...masking.custom, text_selector: text(masking.custom.text_selector), block_selector: text(masking.custom.block_selector) } },
    url_triggers: lines(draft.url_triggers),
    url_blocklist: lines(draft.url_blocklist),
    event_triggers: lines(draft.event_triggers),
    linked_flag: draft.linked_flag && { flag: draft.linked_flag.flag.trim(), variant: text(draft.linked_flag.variant) },
  }
}
