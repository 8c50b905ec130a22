// The pieces that every part of the settings is made of.

import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { messageOf } from '../../format/failures'
import type { Me } from '../../format/settings'
import { Icon } from '../../ui/icons'
import { useClipboard } from '../../ui/use-clipboard'
import { type Loading, type Work } from './work'

/** A part of a page, with a heading. */
export function Block({ title, lead, children }: { title: string; lead?: ComponentChildren; children?: ComponentChildren }) {
  const id = useId()
  return (
    <section class="settings-block card" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {lead !== undefined && <p class="settings-lead">{lead}</p>}
      {children}
    </section>
  )
}

/** What was loaded, or why it is not there. */
export function Shown<T>({ loading, what, children }: { loading: Loading<T>; what: string; children: (value: T) => ComponentChildren }) {
  const { state, reload } = loading
  switch (state.kind) {
    case 'loading':
      return <p class="settings-waiting" role="status">Loading {what}…</p>
    case 'failed':
      return (
        <div class="settings-trouble" role="alert">
          <p>
            Cannot show {what}: {messageOf(state.error)}
          </p>
          <button type="button" class="button" onClick={reload}>
            Try again
          </button>
        </div>
      )
    case 'shown':
      return <>{children(state.value)}</>
    default:
      return state satisfies never
  }
}

export interface FieldTies {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': 'true' | undefined
}

interface FieldProps {
  readonly label: string
  readonly hint?: ComponentChildren
  /** What is wrong with what stands in it. */
  readonly error?: string | undefined
  /** Gets what ties the control to label, hint and error. */
  readonly children: (ties: FieldTies) => JSX.Element
}

export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId()
  const described = [error === undefined ? '' : `${id}-error`, hint === undefined ? '' : `${id}-hint`].filter(Boolean).join(' ')
  return (
    <div class="settings-field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': error === undefined ? undefined : 'true' })}
      {error !== undefined && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

interface CheckProps {
  readonly label: ComponentChildren
  readonly hint?: ComponentChildren
  readonly checked: boolean
  readonly disabled?: boolean
  readonly onChange: (checked: boolean) => void
}

export function Check({ label, hint, checked, disabled = false, onChange }: CheckProps) {
  const id = useId()
  return (
    <div class="settings-check">
      <input
        type="checkbox"
        id={id}
        checked={checked}
        disabled={disabled}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{label}</label>
        {hint !== undefined && (
          <p class="hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  )
}

interface ChoicesProps<T extends string> {
  readonly legend: string
  readonly choices: readonly { readonly value: T; readonly label: string; readonly hint?: string }[]
  readonly value: T
  readonly disabled?: boolean
  readonly onChange: (value: T) => void
}

export function Choices<T extends string>({ legend, choices, value, disabled = false, onChange }: ChoicesProps<T>) {
  const name = useId()
  return (
    <fieldset class="settings-choices" disabled={disabled}>
      <legend>{legend}</legend>
      {choices.map((choice) => (
        <label key={choice.value} class="settings-choice">
          <input type="radio" name={name} value={choice.value} checked={choice.value === value} onChange={() => onChange(choice.value)} />
          <span>
            <b>{choice.label}</b>
            {choice.hint !== undefined && <span class="hint">{choice.hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  )
}

/** What came of the last change. What belongs beside a field is `shown` there. */
export function Said({ work, shown }: { work: Work; shown?: string | undefined }) {
  switch (work.kind) {
    case 'idle':
    case 'working':
      return null
    case 'done':
      return (
        <p class="settings-said" role="status">
          <Icon name="check" /> {work.said}
        </p>
      )
    case 'failed':
      return shown === undefined ? (
        <p class="refusal" role="alert">
          {work.message}
        </p>
      ) : (
        <p class="only-read" role="alert">
          {work.message}
        </p>
      )
    default:
      return work satisfies never
  }
}

/** The buttons under a form that holds something unsaved. */
export function SaveBar({ work, isChanged, hasErrors = false, label = 'Save', onDiscard }: { work: Work; isChanged: boolean; hasErrors?: boolean; label?: string; onDiscard?: () => void }) {
  return (
    <div class="settings-save">
      <button type="submit" class="button is-primary" disabled={!isChanged || hasErrors || work.kind === 'working'}>
        {work.kind === 'working' ? 'Saving…' : label}
      </button>
      {onDiscard && isChanged && (
        <button type="button" class="button is-quiet" onClick={onDiscard}>
          Discard
        </button>
      )}
    </div>
  )
}

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [copied, copy] = useClipboard()
  return (
    <button type="button" class="button" onClick={() => copy(text)}>
      <Icon name={copied ? 'check' : 'copy'} /> <span aria-live="polite">{copied ? 'Copied' : label}</span>
    </button>
  )
}

/** One line that is there to be copied. */
export function CopyLine({ label, text }: { label: string; text: string }) {
  return (
    <Field label={label}>
      {(ties) => (
        <div class="settings-line">
          <input {...ties} class="control is-code" value={text} readOnly onFocus={(event) => event.currentTarget.select()} />
          <CopyButton text={text} />
        </div>
      )}
    </Field>
  )
}

/** A secret that is told once. */
export function Secret({ what, text, onSeen }: { what: string; text: string; onSeen: () => void }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => place.current?.focus(), [text])
  return (
    <div class="settings-secret" role="region" aria-label={what} tabIndex={-1} ref={place}>
      <p>
        <b>{what}</b> It is shown this once. Put it where it is kept safe now.
      </p>
      <div class="settings-line">
        <input class="control is-code" value={text} readOnly aria-label={what} onFocus={(event) => event.currentTarget.select()} />
        <CopyButton text={text} />
      </div>
      <button type="button" class="button is-quiet" onClick={onSeen}>
        I have put it away
      </button>
    </div>
  )
}

/** Why somebody cannot change what is shown. */
export function Locked({ me, scope, what }: { me: Me; scope: string; what: string }) {
  if (me.scopes.has(scope)) return null
  return (
    <p class="settings-locked">
      {what} You are logged in as {me.user.email ?? 'the administrator'} with the role {me.user.role}
      {me.user.role === 'admin' ? ', by a key that lacks ' : '; what is missing is '}
      <code>{scope}</code>.
    </p>
  )
}
