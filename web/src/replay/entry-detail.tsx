// The entry that was opened: what its row has no room for, read again from the recording.

import { useEffect, useState } from 'preact/hooks'
import type { Entry } from '../format/entry'
import type { CaughtException, EntryDetail } from '../format/details'
import { readArgument, textOfCall } from '../format/console'
import { messageOf } from '../format/failures'
import { parseJson } from '../format/json'
import { readFrame } from '../format/stack'
import type { Player } from '../player/player'
import { Icon } from '../ui/icons'
import { clockTime } from '../ui/times'
import { useClipboard } from '../ui/use-clipboard'
import { headingOf, iconOf, titleOf } from './entry-words'
import { momentTitle } from './moment-title'
import { RequestView } from './request-view'
import { LongText, Stack, ValueTree } from './value-tree'

type Reading =
  | { readonly kind: 'reading' }
  | { readonly kind: 'read'; readonly detail: EntryDetail }
  | { readonly kind: 'lost'; readonly why: string }
  /** All of it is in the row. */
  | { readonly kind: 'none' }

const NOT_READ: Reading = { kind: 'lost', why: 'The recording does not hold this line any more in the form in which it was read.' }

interface Props {
  readonly player: Player
  readonly entry: Entry
  readonly count?: number
  readonly onClose: () => void
}

export function DetailPane({ player, entry, count = 1, onClose }: Props) {
  const reading = useDetail(player, entry)
  const [copied, copy] = useClipboard()
  const text = reading.kind === 'read' ? textOf(entry, reading.detail) : titleOf(entry)
  const heading = headingOf(entry)
  return (
    <section
      class="event-detail"
      aria-label="Details"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        onClose()
      }}
    >
      <div class="event-detail-head">
        <Icon name={iconOf(entry)} />
        <h2 title={heading}>{heading}</h2>
        {count > 1 && <span class="repeats">{count} times</span>}
        <span class="event-time" title={momentTitle(player, entry.timestamp)}>
          {clockTime(entry.timestamp)}
        </span>
        <button type="button" class="icon-button" aria-label={copied ? 'Copied' : 'Copy'} title={copied ? 'Copied' : 'Copy'} onClick={() => copy(text)}>
          <Icon name={copied ? 'check' : 'copy'} />
        </button>
        <button type="button" class="icon-button" aria-label="Close details" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div class="event-detail-body" tabIndex={0} role="group" aria-label={heading}>
        <Body entry={entry} reading={reading} />
      </div>
    </section>
  )
}

function useDetail(player: Player, entry: Entry): Reading {
  const [reading, setReading] = useState<{ readonly of: Entry; readonly what: Reading }>()
  useEffect(() => {
    let isStale = false
    const settle = (what: Reading): void => {
      if (!isStale) setReading({ of: entry, what })
    }
    if (!hasDetail(entry)) settle({ kind: 'none' })
    else {
      player.looking.detailOf(entry).then(
        (detail) => settle(detail ? { kind: 'read', detail } : NOT_READ),
        (error: unknown) => settle({ kind: 'lost', why: messageOf(error) }),
      )
    }
    return () => {
      isStale = true
    }
  }, [player, entry])
  return reading?.of === entry ? reading.what : { kind: 'reading' }
}

function hasDetail({ kind }: Entry): boolean {
  return kind !== 'click' && kind !== 'input' && kind !== 'page'
}

function Body({ entry, reading }: { entry: Entry; reading: Reading }) {
  switch (reading.kind) {
    case 'reading':
      return <p class="hint">Reading…</p>
    case 'lost':
      return (
        <>
          <pre>{titleOf(entry)}</pre>
          <p class="hint">The rest of it could not be read. {reading.why}</p>
        </>
      )
    case 'none':
      return <pre>{entry.kind === 'page' ? entry.href : entry.kind === 'input' ? entry.text : titleOf(entry)}</pre>
    case 'read':
      return <DetailView entry={entry} detail={reading.detail} />
    default:
      return reading satisfies never
  }
}

function DetailView({ entry, detail }: { entry: Entry; detail: EntryDetail }) {
  switch (detail.kind) {
    case 'console':
      return <Call args={detail.args} trace={detail.trace} />
    case 'request':
      return <RequestView request={detail} failed={entry.kind === 'request' && entry.failed} operation={entry.kind === 'request' ? entry.operation : ''} />
    case 'exception':
      return (
        <>
          {detail.exceptions.map((exception, place) => (
            <Caught key={place} exception={exception} isCause={place > 0} />
          ))}
          <AllProperties json={detail.json} />
        </>
      )
    case 'captured':
      return (
        <>
          {detail.own === '{}' ? <p class="hint">No properties beside those of the SDK.</p> : <Json text={detail.own} />}
          {detail.distinctId !== '' && (
            <p class="hint">
              Sent as <code>{detail.distinctId}</code>
            </p>
          )}
          <AllProperties json={detail.json} />
        </>
      )
    case 'custom':
      return detail.json === '' ? <p class="hint">It carries nothing else.</p> : <Json text={detail.json} />
    default:
      return detail satisfies never
  }
}

function Call({ args, trace }: { args: readonly string[]; trace: readonly string[] }) {
  return (
    <>
      <div class="arguments">
        {args.length === 0 && <p class="hint">It was called without arguments.</p>}
        {args.map((text, place) => {
          const argument = readArgument(text)
          if (argument.kind === 'value') {
            return typeof argument.value === 'string' ? <LongText key={place} text={argument.value} /> : <ValueTree key={place} value={argument.value} isOpen={args.length === 1} />
          }
          return (
            <div key={place}>
              <LongText text={argument.message} />
              <Stack frames={argument.stack} />
            </div>
          )
        })}
      </div>
      {trace.length > 0 && (
        <>
          <h3>Written by</h3>
          <Stack frames={trace.map(readFrame)} />
        </>
      )}
    </>
  )
}

function Caught({ exception, isCause }: { exception: CaughtException; isCause: boolean }) {
  const { type, message, handled, stack } = exception
  return (
    <div class="arguments">
      <strong class="error-text">
        {isCause && 'Caused by '}
        {type}
      </strong>
      <LongText text={message} />
      {handled !== undefined && <span class="hint">{handled ? 'Caught by the page.' : 'Not caught by the page.'}</span>}
      <Stack frames={stack.map(readFrame)} />
    </div>
  )
}

function AllProperties({ json }: { json: string }) {
  const value = parseJson(json)
  return (
    <details>
      <summary>All properties</summary>
      {value === undefined ? <pre>{json}</pre> : <ValueTree value={value} isOpen />}
    </details>
  )
}

function Json({ text }: { text: string }) {
  const value = parseJson(text)
  return value === undefined ? <LongText text={text} limit={5000} /> : <ValueTree value={value} isOpen />
}

function textOf(entry: Entry, detail: EntryDetail): string {
  switch (detail.kind) {
    case 'console':
      return textOfCall(detail.level, detail.args, detail.trace)
    case 'request':
      return `${detail.method} ${detail.url}\n${detail.status || 'no status'}`
    case 'exception':
      return detail.exceptions.map(({ type, message, stack }) => [`${type}: ${message}`, ...stack.map((frame) => `    at ${frame}`)].join('\n')).join('\n')
    case 'captured':
      return `${titleOf(entry)}\n${detail.own}`
    case 'custom':
      return `${titleOf(entry)}\n${detail.json}`
    default:
      return detail satisfies never
  }
}
