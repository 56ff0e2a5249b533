import { isObject } from './json.ts'

/** Keys from `camelCase` to `snake_case`, at every depth. */
export function toSnake(value: unknown): unknown {
  return mapKeys(value, (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
}

/** Keys from `snake_case` to `camelCase`, at every depth. */
export function toCamel(value: unknown): unknown {
  return mapKeys(value, (key) =>
    key.replace(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase()),
  )
}

function mapKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapKeys(item, rename))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [rename(key), mapKeys(inner, rename)]),
  )
}
