// Telling: what a line tells a person. Most lines tell nothing; some of the SDK's own bookkeeping is left out.

import { told, type Cutter, type EntryContent, type Told } from './entry'
import { readConsole } from './console'
import { ownProperties } from './details'
import { arrayOf, numberOf, objectOf, textOf, type JsonObject } from './json'
import type { Outline } from './outline'
import { readRequests } from './request'
import { EventType, MouseInteraction, Source } from './rrweb-numbers'
import { placeOf, readFrame } from './stack'

const INPUT_LIMIT = 200
/** For the search: what is seen of it is read anew. */
const PREVIEW_LIMIT = 240

/** What an rrweb event tells; the outline knows the page with it. */
export function tellingsOf(event: JsonObject, outline: Outline, cutter: Cutter): Told[] {
  const data = objectOf(event.data) ?? {}
  switch (event.type) {
    case EventType.Incremental:
      return told(...incrementalEntry(data, outline, cutter))
    case EventType.Meta:
      return typeof data.href === 'string' && data.href !== '' ? told({ kind: 'page', href: data.href }) : []
    case EventType.Custom:
      return told(...customEntry(data, cutter))
    case EventType.Plugin:
      return pluginEntries(data, numberOf(event.timestamp), cutter)
    default:
      return []
  }
}

const CLICK_ACTIONS: Record<number, 'click' | 'double click' | 'right click' | undefined> = {
  [MouseInteraction.Click]: 'click',
  [MouseInteraction.DblClick]: 'double click',
  [MouseInteraction.ContextMenu]: 'right click',
}

function incrementalEntry(data: JsonObject, outline: Outline, cutter: Cutter): EntryContent[] {
  const node = numberOf(data.id) ?? -1
  if (data.source === Source.MouseInteraction) {
    const action = CLICK_ACTIONS[numberOf(data.type) ?? -1]
    return action ? [{ kind: 'click', action, node, target: outline.nameOf(node) }] : []
  }
  if (data.source === Source.Input && data.userTriggered !== false) {
    const text = typeof data.text === 'string' ? data.text : ''
    const checkbox = typeof data.isChecked === 'boolean' && (text === 'on' || text === '')
    const shown = checkbox ? (data.isChecked === true ? 'checked' : 'unchecked') : text
    return [{ kind: 'input', node, target: outline.nameOf(node), text: cutter.cut(shown, INPUT_LIMIT) }]
  }
  return []
}

/** Bookkeeping of the SDK that tells a viewer nothing. */
const SILENT_TAGS = new Set([
  '$remote_config_received',
  '$session_options',
  '$posthog_config',
  '$recording_started',
  'triggerGroupSamplingDecisionMade',
])

function customEntry(data: JsonObject, cutter: Cutter): EntryContent[] {
  const tag = textOf(data.tag) ?? 'custom'
  if (SILENT_TAGS.has(tag)) return []
  const payload = objectOf(data.payload)
  if ((tag === '$pageview' || tag === '$url_changed') && typeof payload?.href === 'string') {
    return [{ kind: 'page', href: payload.href }]
  }
  return [{ kind: 'custom', tag, preview: previewOf(data.payload, cutter) }]
}

function pluginEntries(data: JsonObject, at: number | undefined, cutter: Cutter): Told[] {
  const plugin = textOf(data.plugin) ?? ''
  if (plugin.startsWith('rrweb/console@')) return told(...readConsole(objectOf(data.payload) ?? {}, cutter))
  if (plugin.startsWith('rrweb/network@')) return readRequests(objectOf(data.payload), at, cutter)
  return []
}

/** The SDK's own, said better by others in the list. */
const SILENT_CAPTURED = new Set(['$snapshot', '$autocapture', '$pageview', '$pageleave', '$web_vitals', '$feature_flag_called'])

/** What a captured event tells. */
export function tellingsOfCaptured(line: JsonObject, cutter: Cutter): Told[] {
  const captured = objectOf(line.captured) ?? {}
  const name = textOf(line.name) ?? textOf(captured.event)
  if (name === undefined || SILENT_CAPTURED.has(name)) return []
  const properties = objectOf(captured.properties) ?? {}
  if (name === '$exception') {
    const first = objectOf(arrayOf(properties.$exception_list)[0])
    const type = textOf(first?.type) ?? textOf(properties.$exception_type) ?? 'Exception'
    const message = textOf(first?.value) ?? textOf(properties.$exception_message) ?? ''
    return told({ kind: 'exception', text: cutter.cut(`${type}: ${message}`, 300), where: cutter.cut(whereOf(first), 80) })
  }
  const preview = previewOf(ownProperties(captured), cutter)
  if (name === '$identify') {
    const id = textOf(line.distinct_id) ?? textOf(properties.distinct_id) ?? ''
    return told({ kind: 'captured', name: `Identified as ${id}`, preview })
  }
  return told({ kind: 'captured', name, preview })
}

function whereOf(exception: JsonObject | undefined): string {
  const frame = objectOf(arrayOf(objectOf(exception?.stacktrace)?.frames).at(-1))
  const file = textOf(frame?.filename)
  return file === undefined ? '' : placeOf(readFrame(`${file}:${numberOf(frame?.lineno) ?? 0}:${numberOf(frame?.colno) ?? 0}`))
}

function previewOf(value: unknown, cutter: Cutter): string {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text === '{}' || text === '[]' ? '' : cutter.cut(text, PREVIEW_LIMIT)
}
