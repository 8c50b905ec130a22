// One request in full: what was asked and answered, how long each phase took, headers and bodies where they were captured.

import { curlOf } from '../format/curl'
import type { Header, RequestDetail } from '../format/details'
import { parseJson } from '../format/json'
import { Icon } from '../ui/icons'
import { bytes, waited } from '../ui/times'
import { useClipboard } from '../ui/use-clipboard'
import { Pair } from './pairs'
import { LongText } from './value-tree'

const BODY_SHOWN = 4000

interface Props {
  readonly request: RequestDetail
  readonly failed: boolean
  readonly operation: string
}

export function RequestView({ request, failed, operation }: Props) {
  const { method, url, status, type, initiator, protocol, contentType } = request
  return (
    <div class="request">
      <div class="request-actions">
        <CopyButton label="Copy as cURL" text={() => curlOf(request)} />
        <CopyButton label="Copy URL" text={() => url} />
      </div>
      <dl class="pairs">
        <Pair name="Address">
          <LongText text={url} limit={600} />
        </Pair>
        <Pair name="Status">
          <span class={failed ? 'error-text' : ''}>{status || (failed ? 'no answer: refused, broken off, or no network' : 'not told by the browser')}</span>
        </Pair>
        <Pair name="Method">{method}</Pair>
        {operation !== '' && <Pair name="GraphQL">{operation}</Pair>}
        <Pair name="Type">{[type, initiator !== type && initiator && `asked for by ${initiator}`, contentType].filter(Boolean).join(', ')}</Pair>
        {protocol !== '' && <Pair name="Protocol">{protocol}</Pair>}
        <Pair name="Size">{sizeWords(request)}</Pair>
      </dl>
      <Phases request={request} />
      <Headers title="Request headers" headers={request.requestHeaders} request={request} />
      <Body title="Request body" body={request.requestBody} request={request} />
      <Headers title="Response headers" headers={request.responseHeaders} request={request} />
      <Body title="Response body" body={request.responseBody} request={request} />
    </div>
  )
}

function CopyButton({ label, text }: { label: string; text: () => string }) {
  const [copied, copy] = useClipboard()
  return (
    <button type="button" class="button is-small" onClick={() => copy(text())}>
      <Icon name={copied ? 'check' : 'copy'} />
      {copied ? 'Copied' : label}
    </button>
  )
}

function sizeWords({ bytes: { transferred, encoded, decoded } }: RequestDetail): string {
  if (!transferred && !encoded && !decoded) return 'not told by the browser'
  const parts = [transferred ? `${bytes(transferred)} over the network` : 'nothing over the network: from the browser’s store']
  if (decoded) parts.push(`${bytes(decoded)} of content`)
  return parts.join(', ')
}

function Phases({ request: { timing } }: { request: RequestDetail }) {
  const all: readonly (readonly [string, number | undefined, string])[] = [
    ['Waiting in line', timing.blocked, 'blocked'],
    ['Looking up the name', timing.dns, 'dns'],
    ['Connecting', timing.connect, 'connect'],
    ['of which TLS', timing.tls, 'tls'],
    ['Waiting for the server', timing.wait, 'wait'],
    ['Receiving', timing.receive, 'receive'],
  ]
  const shown = all.filter(([, value]) => value !== undefined && value > 0)
  let at = 0
  return (
    <>
      <h3>Time</h3>
      {shown.length === 0 ? (
        <p class="hint">
          {waited(timing.duration)} in all. Its phases are not known: a browser tells them of other origins only where these allow it.
        </p>
      ) : (
        <ul class="phases">
          {shown.map(([label, value = 0, kind]) => {
            const from = kind === 'tls' ? at - value : at
            if (kind !== 'tls') at += value
            const total = Math.max(timing.duration, 1)
            return (
              <li key={kind}>
                <span>{label}</span>
                <span class="phase-bar" aria-hidden="true">
                  <span class={`phase is-${kind}`} style={`left:${Math.min(99, (from / total) * 100)}%;width:${Math.min(100, (value / total) * 100)}%`} />
                </span>
                <span class="phase-time">{fine(value)}</span>
              </li>
            )
          })}
          <li class="phase-sum">
            <span>In all</span>
            <span />
            <span class="phase-time">{fine(timing.duration)}</span>
          </li>
        </ul>
      )}
    </>
  )
}

function fine(milliseconds: number): string {
  return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : waited(milliseconds)
}

function Headers({ title, headers, request }: { title: string; headers: readonly Header[] | undefined; request: RequestDetail }) {
  if (headers === undefined) return <Absent title={title} why={whyAbsent(request, 'Headers', 'recordHeaders')} />
  return (
    <details open>
      <summary>
        {title} <span class="count">{headers.length}</span>
      </summary>
      {headers.length === 0 ? (
        <p class="hint">None that scripts may see.</p>
      ) : (
        <dl class="pairs is-mono">
          {headers.map(({ name, value }, place) => (
            <Pair key={place} name={name}>
              <LongText text={value} />
            </Pair>
          ))}
        </dl>
      )}
    </details>
  )
}

function Body({ title, body, request }: { title: string; body: string | undefined; request: RequestDetail }) {
  if (body === undefined) {
    const isCaptured = request.requestHeaders !== undefined
    return <Absent title={title} why={isCaptured ? 'Empty, or not captured (recordBody in the settings of the recorder), or left out of what is shared.' : whyAbsent(request, 'Bodies', 'recordBody')} />
  }
  const value = parseJson(body)
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : body
  return (
    <details open>
      <summary>
        {title} <span class="count">{bytes(new TextEncoder().encode(body).length)}</span>
      </summary>
      <pre>
        <LongText text={text} limit={BODY_SHOWN} />
      </pre>
      <CopyButton label="Copy body" text={() => body} />
    </details>
  )
}

function Absent({ title, why }: { title: string; why: string }) {
  return (
    <div class="absent">
      <h3>{title}</h3>
      <p class="hint">{why}</p>
    </div>
  )
}

function whyAbsent({ isInitial, initiator }: RequestDetail, what: string, setting: string): string {
  if (isInitial) return 'Not captured: the request went out before the recorder was there.'
  if (initiator !== 'fetch' && initiator !== 'xmlhttprequest') return `Not captured: ${what.toLowerCase()} are seen of calls by fetch and XMLHttpRequest only.`
  return `Not here: the recorder was not told to capture them (${setting} in its settings), or they are left out of what is shared.`
}
