/** What Meta allows for a template's body with its variables filled in (reference, section 3.2). */
export const BODY_LIMIT = 1024

/** Left for the template's own words where nobody knows how many they are. */
const USUAL_WORDS = 256

/** Stands for a text of which nothing is left: Meta refuses an empty parameter (131008). */
const NOTHING = '-'

// Line breaks of every kind, tabs, other control characters and all spaces: Meta refuses newline,
// tab and more than four spaces in a row (reference, sections 2.2 and 10).
const GAPS = /[\s\p{Cc}\p{Zs}]+/gu

// Embeddings, overrides and isolates of the bidirectional algorithm, and a stray byte order mark. A
// name with an unclosed one would turn round the order number and the amount that follow it in the
// message. The plain marks (U+200E, U+200F, U+061C) and the joiners of emoji and Persian stay.
const TURNERS = /[\u202a-\u202e\u2066-\u2069\ufeff]/g

// One look for most texts, of which there is nothing to clean: Latin letters, digits, signs and the euro, with single
// spaces inside.
const FIT = /^[!-~\u00a1-\u024f\u20ac]+(?: [!-~\u00a1-\u024f\u20ac]+)*$/

/**
 * A template parameter as Meta takes it: one line, single spaces, nothing at the ends, no control
 * characters, never empty (a dash stands for nothing), at most `limit` characters, the last of which
 * is an ellipsis where it was cut. Everything else stays as it was given. Idempotent.
 *
 * Only for the wire: the message keeps the given form.
 *
 * @param limit in UTF-16 code units, at least 1
 */
export function wireText(text: string, limit = BODY_LIMIT): string {
  const clean = FIT.test(text) ? text : cleaned(text)
  return cut(clean === '' ? NOTHING : clean, limit)
}

function cleaned(text: string): string {
  return text
    .replace(TURNERS, '')
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(GAPS, ' ')
    .trim()
}

/**
 * All parameters of a body together: when they are too long for it, the longest are shortened, all to
 * the same length, so that a supplier's name of 2,000 characters cannot make Meta refuse the order
 * (132005).
 *
 * @param room for all of them in UTF-16 code units: {@link BODY_LIMIT} less the template's own words;
 *   the default leaves 256 for these
 */
export function wireTexts(
  texts: readonly string[],
  room: number = BODY_LIMIT - USUAL_WORDS,
): string[] {
  const clean = texts.map((text) => wireText(text))
  const lengths = clean.map((text) => text.length)
  if (lengths.reduce((sum, length) => sum + length, 0) <= room) return clean
  const limit = fairLimit(lengths, room)
  return clean.map((text) => wireText(text, limit))
}

/** The largest length that, laid on all, makes them fit; shorter ones leave their rest to others. */
function fairLimit(lengths: readonly number[], room: number): number {
  const sorted = lengths.toSorted((a, b) => a - b)
  let left = room
  for (const [index, length] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - index))
    if (length > share) return Math.max(1, share)
    left -= length
  }
  return BODY_LIMIT
}

/** Never inside a surrogate pair. */
function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  return `${text
    .slice(0, limit - 1)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()}…`
}
