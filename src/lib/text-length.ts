/**
 * Lengths as JavaScript counts them, in UTF-16 code units: a character outside the basic plane is two. It is the
 * strictest way to count, for limits of others who do not say what they count: what fits by it fits by any.
 */

/** Ends what is said of such a length. */
export const EMOJI_COUNTS_TWICE = 'an emoji counting as two'

/** "1,030 characters" without the comma, and how they were counted where that makes a difference. */
export function lengthInWords(text: string): string {
  const words = `${String(text.length)} characters`
  return Array.from(text).length === text.length ? words : `${words}, ${EMOJI_COUNTS_TWICE}`
}
