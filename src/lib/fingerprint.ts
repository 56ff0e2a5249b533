import { hash } from 'node:crypto'

/**
 * SHA-256, in hex, over a canonical form of a JSON value, as parsed: the order of keys does not count,
 * numbers count by value (1.50 is 1.5), arrays by order, texts by their characters as they are (no
 * Unicode normalisation). So what was serialised anew is the same, and any other content is not.
 *
 * Expects what JSON.parse makes and `findUnstorable` found no fault in: nesting is followed by recursion.
 */
export function fingerprintOf(data: unknown): string {
  return hash('sha256', canonical(data))
}

/** JSON with the keys of each object sorted by UTF-16 code units, in the manner of RFC 8785. */
function canonical(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return canonicalArray(value)
  const object = value as Record<string, unknown>
  let text = '{'
  for (const key of Object.keys(object).sort()) {
    text += `${text === '{' ? '' : ','}${JSON.stringify(key)}:${canonical(object[key])}`
  }
  return `${text}}`
}

function canonicalArray(array: readonly unknown[]): string {
  let text = '['
  for (let index = 0; index < array.length; index += 1) {
    text += index === 0 ? canonical(array[index]) : `,${canonical(array[index])}`
  }
  return `${text}]`
}
