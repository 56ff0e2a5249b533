/**
 * Reading of JSON that another program made: a field that is absent or of another type is null, so
 * that an older command line can show what a newer service says.
 */
export type JsonObject = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function objectAt(object: JsonObject, key: string): JsonObject | null {
  const value = object[key]
  return isObject(value) ? value : null
}

export function objectsAt(object: JsonObject, key: string): readonly JsonObject[] {
  const value = object[key]
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** Numbers and truth values as text too. */
export function textAt(object: JsonObject, key: string): string | null {
  const value = object[key]
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null
}
