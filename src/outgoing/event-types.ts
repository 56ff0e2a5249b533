/** What can be published, and what a list of patterns asks for of it. Pure. */

/** The routing keys of `notification.events`, which are the events' types. */
export const EVENT_TYPES = [
  'whatsapp.message.sent',
  'whatsapp.message.delivered',
  'whatsapp.message.read',
  'whatsapp.message.failed',
  'whatsapp.message.needs_attention',
  'po.acknowledged',
  'po.rejected',
  'po.question',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** The setting of a database session that says what is kept for publishing: see whatsapp008.sql. */
export const WANTED_SETTING = 'aviso.publish'

/**
 * @param patterns as bindings of a topic exchange are written: `*` is one word, `#` any number of them
 * @returns the types that one of them matches, in the order above
 */
export function wantedTypes(patterns: readonly string[]): EventType[] {
  return EVENT_TYPES.filter((type) => patterns.some((pattern) => matches(pattern, type)))
}

/** Patterns that ask for nothing: very likely a slip. */
export function idlePatterns(patterns: readonly string[]): string[] {
  return patterns.filter((pattern) => !EVENT_TYPES.some((type) => matches(pattern, type)))
}

function matches(pattern: string, type: EventType): boolean {
  return matchesWords(pattern.split('.'), type.split('.'))
}

function matchesWords(pattern: readonly string[], words: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return words.length === 0
  if (first === '#') {
    return (
      words.some((_, index) => matchesWords(rest, words.slice(index))) || matchesWords(rest, [])
    )
  }
  const [word, ...others] = words
  return word !== undefined && (first === '*' || first === word) && matchesWords(rest, others)
}
