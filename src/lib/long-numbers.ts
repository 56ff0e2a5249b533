/** What a long number has at least; most texts have none, and cost one look. */
const LONG_DIGITS = /\d{16}/
/** A text, or a number; so that digits inside texts are passed over. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const WHOLE = /^-?\d+$/

/** Digits as a whole number of JSON has them, with a minus or without. */
export function isWhole(text: string): boolean {
  return WHOLE.test(text)
}

/**
 * Writes the whole numbers of a JSON text anew that lie beyond 2^53 - 1, where `JSON.parse` rounds them to another.
 *
 * @param text what is no JSON stays none
 * @param write from the digits to what stands in their place
 * @returns the text itself where it has no such number
 */
export function rewriteLongNumbers(text: string, write: (digits: string) => string): string {
  if (!LONG_DIGITS.test(text)) return text
  return text.replace(TOKEN, (token) =>
    isWhole(token) && !Number.isSafeInteger(Number(token)) ? write(token) : token,
  )
}
