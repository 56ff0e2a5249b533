import { LongNumber } from './strict-json.ts'

/**
 * JSON with the keys of each object sorted by UTF-16 code units, in the manner of RFC 8785: one text for
 * one value, however it was written and whatever has stored it since (jsonb orders keys by length).
 *
 * Expects what `parseJson` makes; nesting is followed by recursion.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return canonicalArray(value)
  if (value instanceof LongNumber) return quoted(value.digits)
  const object = value as Record<string, unknown>
  let text = '{'
  for (const key of Object.keys(object).sort()) {
    text += `${text === '{' ? '' : ','}${quoted(key)}:${canonicalJson(object[key])}`
  }
  return `${text}}`
}

function canonicalArray(array: readonly unknown[]): string {
  let text = '['
  for (let index = 0; index < array.length; index += 1) {
    text += index === 0 ? canonicalJson(array[index]) : `,${canonicalJson(array[index])}`
  }
  return `${text}]`
}

/** All that JSON writes as it is: no control character, quote, backslash or surrogate. */
const AS_IT_IS = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/

/** As JSON.stringify does it; nearly no text needs that, and for a short one it is the dearer half. */
function quoted(text: string): string {
  return AS_IT_IS.test(text) ? `"${text}"` : JSON.stringify(text)
}
