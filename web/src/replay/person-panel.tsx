// Who: the person's properties as the server knows them, or as this recording's own events tell them; the browser, the place, the way here.

import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { messageOf } from '../format/failures'
import type { RecordingFacts } from '../format/listing'
import type { KnownPerson } from '../format/person'
import { parseJson } from '../format/json'
import { propertiesAt } from '../format/visitor'
import type { Player } from '../player/player'
import { Avatar, personName } from '../ui/person'
import { clockTime, exactTime } from '../ui/times'
import { useClipboard } from '../ui/use-clipboard'
import { searching } from './entry-filter'
import { Pair } from './pairs'
import { usePlayerChanges } from './use-player'
import { LongText, ValueTree } from './value-tree'

/** Asks who has a distinct id; where there is no server to ask there is no such thing. */
export type AskPerson = (distinctId: string) => Promise<KnownPerson | undefined>

type Answer =
  | { readonly kind: 'not_asked' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'known'; readonly person: KnownPerson }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'failed'; readonly why: string }

interface Props {
  readonly player: Player
  readonly facts: RecordingFacts | undefined
  readonly ask?: AskPerson | undefined
}

export function PersonPanel({ player, facts, ask }: Props) {
  usePlayerChanges(player)
  const answer = usePerson(facts, ask)
  const visitor = player.recording?.visitor
  const own = useMemo(() => (visitor ? propertiesAt(visitor, Infinity) : {}), [visitor])
  if (!facts || !visitor) return <p class="nothing">Loading…</p>
  const known = answer.kind === 'known' ? answer.person : undefined
  const told = Object.entries(own).map(([name, text]) => [name, parseJson(text) ?? text] as const)
  const properties = known && Object.keys(known.properties).length > 0 ? Object.entries(known.properties) : told
  const ids = [...new Set([...facts.distinctIds, ...(known?.distinctIds ?? []), ...visitor.changes.map(({ distinctId }) => distinctId)])].filter(Boolean)
  return (
    <section class="facts person" aria-label="Person">
      <div class="person-head">
        <Avatar name={known?.name || facts.person} />
        <div class="who-text">
          <strong class="who-name">{personName(known?.name || facts.person)}</strong>
          {known?.createdAt !== undefined && <span class="hint">Known since {exactTime(known.createdAt)}</span>}
        </div>
      </div>
      <h2>Distinct ids</h2>
      {ids.length === 0 ? <p class="hint">None are known.</p> : <DistinctIds ids={ids} />}
      <h2>Properties</h2>
      {known === undefined && told.length > 0 && <p class="hint">As this recording’s own events tell them{answer.kind === 'failed' ? `: the server could not be asked. ${answer.why}` : '.'}</p>}
      {answer.kind === 'asking' && <p class="hint">Asking the server…</p>}
      {answer.kind === 'failed' && told.length === 0 && <p class="hint">The server could not be asked. {answer.why}</p>}
      <Properties properties={properties} isWaiting={answer.kind === 'asking'} />
      {visitor.changes.length > 0 && (
        <>
          <h2>In this recording</h2>
          <ol class="person-changes">
            {visitor.changes.map((change, place) => (
              <li key={place}>
                <button type="button" class="link-button" onClick={() => void player.jump(Math.max(0, change.timestamp))}>
                  {clockTime(change.timestamp)}
                </button>{' '}
                <LongText text={setWords(Object.keys(change.set))} /> as{' '}
                <code>
                  <LongText text={change.distinctId} />
                </code>
              </li>
            ))}
          </ol>
        </>
      )}
      <h2>Browser and way here</h2>
      <VisitorFacts facts={facts} known={visitor.facts} />
    </section>
  )
}

function usePerson(facts: RecordingFacts | undefined, ask: AskPerson | undefined): Answer {
  const [answer, setAnswer] = useState<Answer>({ kind: ask ? 'asking' : 'not_asked' })
  const id = facts?.distinctIds[0]
  const begin = useCallback(
    (isStale: () => boolean) => {
      if (!ask || id === undefined) return setAnswer({ kind: 'not_asked' })
      setAnswer({ kind: 'asking' })
      ask(id).then(
        (person) => isStale() || setAnswer(person ? { kind: 'known', person } : { kind: 'unknown' }),
        (error: unknown) => isStale() || setAnswer({ kind: 'failed', why: messageOf(error) }),
      )
    },
    [ask, id],
  )
  useEffect(() => {
    if (facts === undefined) return
    let stale = false
    begin(() => stale)
    return () => {
      stale = true
    }
  }, [begin, facts === undefined])
  return answer
}

function DistinctIds({ ids }: { ids: readonly string[] }) {
  const [copied, copy] = useClipboard()
  return (
    <>
      <ul class="ids">
        {ids.slice(0, 50).map((id) => (
          <li key={id}>
            <code>
              <LongText text={id} />
            </code>
          </li>
        ))}
      </ul>
      <button type="button" class="link-button" onClick={() => copy(ids.join('\n'))}>
        {copied ? 'Copied' : ids.length === 1 ? 'Copy' : `Copy all ${ids.length}`}
      </button>
    </>
  )
}

function setWords(names: readonly string[]): string {
  const [first, second, ...others] = [...names].sort((a, b) => Number(a.startsWith('$')) - Number(b.startsWith('$')))
  if (first === undefined) return 'identified'
  return `set ${first}${second === undefined ? '' : `, ${second}`}${others.length > 0 ? ` and ${others.length} more` : ''}`
}

/** More than these get a search of their own. */
const FEW = 8

function Properties({ properties, isWaiting }: { properties: readonly (readonly [string, unknown])[]; isWaiting: boolean }) {
  const [search, setSearch] = useState('')
  const sorted = [...properties].sort(([a], [b]) => Number(a.startsWith('$')) - Number(b.startsWith('$')) || a.localeCompare(b))
  const shown = sorted.filter(searching<readonly [string, unknown]>(search, ([name, value]) => [name, typeof value === 'string' ? value : (JSON.stringify(value) ?? '')]))
  if (properties.length === 0) return isWaiting ? null : <p class="hint">Nothing was set on this person.</p>
  return (
    <>
      {properties.length > FEW && (
        <input class="control person-search" type="search" placeholder="Search properties" aria-label="Search properties" value={search} onInput={({ currentTarget }) => setSearch(currentTarget.value)} />
      )}
      <dl class="pairs">
        {shown.map(([name, value]) => (
          <Pair key={name} name={name}>
            {typeof value === 'string' ? <LongText text={value} /> : <ValueTree value={value} />}
          </Pair>
        ))}
      </dl>
      {shown.length === 0 && <p class="hint">Nothing fits.</p>}
    </>
  )
}

function VisitorFacts({ facts, known }: { facts: RecordingFacts; known: Readonly<Record<string, string>> }) {
  const all = Object.entries({ ...(facts.userAgent === '' ? {} : { 'User agent': facts.userAgent }), ...known })
  if (all.length === 0) return <p class="hint">No event of this recording tells them.</p>
  return (
    <dl class="pairs">
      {all.map(([name, value]) => (
        <Pair key={name} name={name}>
          <LongText text={value} />
        </Pair>
      ))}
    </dl>
  )
}
