// JSON values as a tree that is opened level by level: what is written in one line, and what lies below.

import { arrayOf, objectOf } from './json'

/** So much of a text is shown before somebody asks for all of it. */
export const TEXT_SHOWN = 300
const PREVIEW_ENTRIES = 5
const PREVIEW_TEXT = 40

export type Children = readonly (readonly [name: string, value: unknown])[]

/** Undefined for what has nothing below it. */
export function childrenOf(value: unknown): Children | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : arrayOf(value).map((item, index) => [String(index), item] as const)
  const object = objectOf(value)
  if (!object) return undefined
  const entries = Object.entries(object)
  return entries.length === 0 ? undefined : entries
}

/** A value in one line: `{a: 1, b: […], …}`. */
export function previewOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `Array(${value.length}) [${firstOf(arrayOf(value).slice(0, PREVIEW_ENTRIES).map(short), value.length)}]`
  const object = objectOf(value)
  if (!object) return short(value)
  const entries = Object.entries(object)
  const shown = entries.slice(0, PREVIEW_ENTRIES).map(([name, item]) => `${name}: ${short(item)}`)
  return entries.length === 0 ? '{}' : `{${firstOf(shown, entries.length)}}`
}

function firstOf(shown: readonly string[], count: number): string {
  return `${shown.join(', ')}${count > shown.length ? ', …' : ''}`
}

function short(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : '[…]'
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0 ? '{}' : '{…}'
  if (typeof value !== 'string') return String(value)
  return JSON.stringify(value.length > PREVIEW_TEXT ? `${value.slice(0, PREVIEW_TEXT)}…` : value)
}
