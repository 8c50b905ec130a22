// The server's description of its API (OpenAPI 3.1), as far as a page shows it.

import { arrayOf, objectOf, textOf, textsOf, type JsonObject } from './json'

export interface Parameter {
  readonly name: string
  readonly place: string
  readonly type: string
  readonly required: boolean
  readonly description: string
}

export interface Answer {
  readonly status: string
  readonly description: string
  readonly type: string
}

export interface Operation {
  /** `GET /api/…`; tells operations apart. */
  readonly id: string
  readonly method: string
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly description: string
  readonly parameters: readonly Parameter[]
  readonly body: string | undefined
  readonly answers: readonly Answer[]
}

export interface Member {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly description: string
}

export interface Schema {
  readonly name: string
  readonly description: string
  readonly members: readonly Member[]
}

export interface Description {
  readonly version: string
  /** By tag, in the order of the paths. */
  readonly operations: readonly Operation[]
  readonly schemas: readonly Schema[]
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete']

export function readDescription(value: unknown): Description {
  const whole = objectOf(value) ?? {}
  const operations: Operation[] = []
  for (const [path, item] of Object.entries(objectOf(whole.paths) ?? {})) {
    for (const method of METHODS) {
      const found = objectOf(objectOf(item)?.[method])
      if (found) operations.push(readOperation(method.toUpperCase(), path, found))
    }
  }
  operations.sort((a, b) => a.tag.localeCompare(b.tag) || a.path.localeCompare(b.path))
  const schemas = Object.entries(objectOf(objectOf(whole.components)?.schemas) ?? {})
  return {
    version: textOf(objectOf(whole.info)?.version) ?? '',
    operations,
    schemas: schemas.map(([name, schema]) => readSchema(name, objectOf(schema) ?? {})),
  }
}

function readOperation(method: string, path: string, found: JsonObject): Operation {
  const body = objectOf(found.requestBody)
  return {
    id: `${method} ${path}`,
    method,
    path,
    tag: textsOf(found.tags)[0] ?? 'other',
    summary: textOf(found.summary) ?? '',
    description: textOf(found.description) ?? '',
    parameters: arrayOf(found.parameters).map(readParameter),
    body: body && contentType(body),
    answers: Object.entries(objectOf(found.responses) ?? {}).map(([status, answer]) => ({
      status,
      description: textOf(objectOf(answer)?.description) ?? '',
      type: contentType(objectOf(answer) ?? {}),
    })),
  }
}

function readParameter(value: unknown): Parameter {
  const parameter = objectOf(value) ?? {}
  return {
    name: textOf(parameter.name) ?? '',
    place: textOf(parameter.in) ?? '',
    type: typeName(parameter.schema),
    required: parameter.required === true,
    description: textOf(parameter.description) ?? '',
  }
}

/** What a body is: the name of its JSON, else its media type. */
function contentType(holder: JsonObject): string {
  const [first] = Object.entries(objectOf(holder.content) ?? {})
  if (!first) return ''
  const [media, content] = first
  return media === 'application/json' ? typeName(objectOf(content)?.schema) : media
}

function readSchema(name: string, schema: JsonObject): Schema {
  const required = new Set(textsOf(schema.required))
  return {
    name,
    description: textOf(schema.description) ?? '',
    members: Object.entries(objectOf(schema.properties) ?? {}).map(([member, value]) => ({
      name: member,
      type: typeName(value),
      required: required.has(member),
      description: textOf(objectOf(value)?.description) ?? '',
    })),
  }
}

/** A type in a few words: `integer`, `string or null`, `Recording[]`. */
export function typeName(value: unknown): string {
  const schema = objectOf(value)
  if (!schema) return 'anything'
  const reference = textOf(schema.$ref)
  if (reference !== undefined) return reference.slice(reference.lastIndexOf('/') + 1)
  const choices = [...arrayOf(schema.oneOf), ...arrayOf(schema.anyOf), ...arrayOf(schema.allOf)]
  if (choices.length > 0) return [...new Set(choices.map(typeName))].join(' or ')
  const constants = textsOf(schema.enum)
  if (constants.length > 0) return constants.map((constant) => `"${constant}"`).join(' or ')
  const named = typeof schema.type === 'string' ? [schema.type] : textsOf(schema.type)
  const types = named.map((type) => (type === 'array' ? `${typeName(schema.items)}[]` : type))
  return types.join(' or ') || 'anything'
}
