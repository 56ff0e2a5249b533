/** Whether somebody asks for no more messages. Pure; the words are data. */

import words from './stop-words.json' with { type: 'json' }

const { $comment: _comment, ...lists } = words
const BY_LANGUAGE: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(lists).map(([language, list]) => [language, new Set(list.map(normalise))]),
)
const ALL: ReadonlySet<string> = new Set([...BY_LANGUAGE.values()].flatMap((list) => [...list]))
/** More is a sentence, and a sentence is for a person to read. */
const MAX_LENGTH = 64

/** The languages that have a list. */
export const STOP_LANGUAGES: readonly string[] = [...BY_LANGUAGE.keys()]

/** True for a word of any language: worth asking whose it is. */
export function mayBeStop(text: string | null): text is string {
  return text !== null && text.length <= MAX_LENGTH && ALL.has(normalise(text))
}

/**
 * True where the whole text is a STOP word of the language.
 *
 * @param language a code in any form, `es` or `pt_BR`; null, or one without a list: every list counts
 */
export function isStop(text: string, language: string | null): boolean {
  if (text.length > MAX_LENGTH) return false
  const base = (language ?? '').split(/[-_]/)[0]?.toLowerCase() ?? ''
  return (BY_LANGUAGE.get(base) ?? ALL).has(normalise(text))
}

/** Without case, accents, punctuation and surplus spaces: "¡BAJA!" is "baja". */
function normalise(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\p{Mn}\p{Cf}]/gu, '')
    .replaceAll(/[^\p{L}\p{Nd}]+/gu, ' ')
    .trim()
}
