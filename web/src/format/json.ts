// Reading values of unknown shape: what comes over the network is `unknown` until one of these has looked at it.

export type JsonObject = { readonly [key: string]: unknown }

export function objectOf(value: unknown): JsonObject | undefined {
  // The cast states what the check has shown: any non-null, non-array object can be asked for keys.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined
}

export function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

export function textsOf(value: unknown): string[] {
  return arrayOf(value).filter((item): item is string => typeof item === 'string')
}

export function objectsOf(value: unknown): JsonObject[] {
  return arrayOf(value).map(objectOf).filter((item): item is JsonObject => item !== undefined)
}

/** JSON text to a value, or undefined where it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
