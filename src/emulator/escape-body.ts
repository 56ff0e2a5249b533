const ESCAPED = /[/\u0080-\uffff]/g

/**
 * JSON in the form Meta sends and signs: everything beyond ASCII as `\uXXXX` in lower-case hexadecimal,
 * every `/` as `\/` (reference, section 5.2). The same text for whoever parses it, other bytes for
 * whoever serialises it again.
 */
export function escapeBody(json: string): string {
  return json.replace(ESCAPED, (char) =>
    char === '/' ? '\\/' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
