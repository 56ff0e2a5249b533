/** What PostgreSQL's jsonb refuses inside JSON text: U+0000 and surrogates without their pair. */
const REFUSED = /\\u(?:0000|d[89a-f])/i

/**
 * The value with U+0000 and lone surrogates replaced by U+FFFD, so that jsonb takes it. The value
 * itself where there is nothing to replace, which costs one `JSON.stringify`.
 */
export function storableJson(value: unknown): unknown {
  // undefined is not JSON, and JSON.stringify says so by returning it
  const text = (JSON.stringify(value) as string | undefined) ?? ''
  return REFUSED.test(text) ? clean(value) : value
}

/**
 * Reads JSON, with what jsonb refuses replaced as above; one look at the text tells that there is none.
 *
 * @param text decoded from UTF-8, so that only an escape can bring U+0000 or a lone surrogate
 * @throws SyntaxError
 */
export function parseStorable(text: string): unknown {
  const value = JSON.parse(text) as unknown
  return REFUSED.test(text) ? clean(value) : value
}

/** The same for one string. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').replace(/\p{Surrogate}/gu, '\uFFFD')
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(clean)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [storableText(key), clean(inner)]),
    )
  }
  return value
}
