/**
 * Text of suppliers and of other servers, made harmless for a terminal: control characters could move
 * the cursor, set the title or colour a lie, and direction overrides could turn a number around.
 * Line breaks and tabs become spaces.
 */
export function printable(text: string): string {
  return text
    .replaceAll(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')
    .replaceAll(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .replaceAll(/\p{Cs}/gu, '\ufffd')
}

/**
 * The same JSON on one line, with the control characters that JSON leaves bare (DEL and C1) escaped.
 * Nothing else changes: numbers keep the digits they came with.
 */
export function jsonLine(text: string): string {
  return text
    .replaceAll(
      /("[^"\\]*(?:\\.[^"\\]*)*")|\s+/g,
      (_match, quoted: string | undefined) => quoted ?? '',
    )
    .replaceAll(/[\u007f-\u009f]/g, (each) => {
      return `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`
    })
}
