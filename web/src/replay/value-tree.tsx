// A value of a stranger's page as a tree: opened level by level, long texts cut, everything shown as text.

import { useState } from 'preact/hooks'
import type { Frame } from '../format/stack'
import { placeOf } from '../format/stack'
import { childrenOf, previewOf, TEXT_SHOWN } from '../format/value'
import { number } from '../ui/times'

/** So many children are drawn at a time. */
const CHILDREN_SHOWN = 100

interface Props {
  readonly value: unknown
  readonly name?: string
  readonly isOpen?: boolean
}

export function ValueTree({ value, name, isOpen = false }: Props) {
  const [open, setOpen] = useState(isOpen)
  const [count, setCount] = useState(CHILDREN_SHOWN)
  const children = childrenOf(value)
  if (!children) {
    return (
      <div class="tree-leaf">
        {name !== undefined && <TreeName name={name} />}
        <Leaf value={value} />
      </div>
    )
  }
  return (
    <div class="tree">
      <button type="button" class="tree-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        {name !== undefined && <TreeName name={name} />}
        <span class="tree-preview">{previewOf(value)}</span>
      </button>
      {open && (
        <div class="tree-children">
          {children.slice(0, count).map(([key, item]) => (
            <ValueTree key={key} name={key} value={item} />
          ))}
          {children.length > count && (
            <button type="button" class="link-button" onClick={() => setCount(count + CHILDREN_SHOWN)}>
              Show more, {number(children.length - count)} are left
            </button>
          )}
        </div>
      )}
    </div>
  )
}

function TreeName({ name }: { name: string }) {
  return (
    <span class="tree-name">
      <bdi>{name}</bdi>:{' '}
    </span>
  )
}

function Leaf({ value }: { value: unknown }) {
  if (typeof value === 'string') return <LongText text={value} isQuoted />
  const kind = value === null ? 'null' : Array.isArray(value) || typeof value === 'object' ? 'empty' : typeof value
  return <span class={`tree-value is-${kind}`}>{kind === 'empty' ? previewOf(value) : String(value)}</span>
}

export function LongText({ text, isQuoted = false, limit = TEXT_SHOWN }: { text: string; isQuoted?: boolean; limit?: number }) {
  const [all, setAll] = useState(false)
  const shown = all || text.length <= limit ? text : `${text.slice(0, limit)}…`
  return (
    <span class={isQuoted ? 'tree-value is-string' : 'long-text'}>
      {isQuoted ? `"${shown}"` : shown}
      {text.length > limit && (
        <button type="button" class="link-button" onClick={() => setAll(!all)}>
          {all ? 'Show less' : `Show all ${number(text.length)} characters`}
        </button>
      )}
    </span>
  )
}

export function Stack({ frames }: { frames: readonly Frame[] }) {
  if (frames.length === 0) return null
  return (
    <ol class="stack" aria-label="Stack">
      {frames.map((frame, place) => (
        <li key={place} title={frame.text}>
          {frame.file === '' ? (
            <span>{frame.text}</span>
          ) : (
            <>
              <span class="stack-name">{frame.name || '(anonymous)'}</span> <span class="stack-place">{placeOf(frame)}</span>
            </>
          )}
        </li>
      ))}
    </ol>
  )
}
