/** A JSON object whose fields are not known yet. */
export type JsonObject = Record<string, unknown>

/** True for `{…}`, false for null, arrays and everything else. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value where it is a string, else the empty one. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** The parsed text, or undefined where it is not JSON (JSON itself has no undefined). */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
