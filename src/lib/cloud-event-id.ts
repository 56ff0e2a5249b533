import { hash } from 'node:crypto'
import { atMost, notBlank } from './text-rules.ts'

/** Characters of a CloudEvent's `id`, and of an event's id. */
export const MAX_ID = 128
/** Characters of a CloudEvent's `source`. */
export const MAX_SOURCE = 2048
const ID_RULES = [notBlank, atMost(MAX_ID)]
const SOURCE_RULES = [notBlank, atMost(MAX_SOURCE)]

/**
 * The id under which the event of a CloudEvent is known, `source id`: a space stands in no URI, so two different
 * pairs never make the same text. A pair that is longer than an event id may be, or whose source is no URI, is
 * named by its SHA-256, `sha256:` and 64 hexadecimal digits of the JSON `["source","id"]`.
 *
 * @returns null where one of them is missing, no text, blank or too long
 */
export function cloudEventId(source: unknown, id: unknown): string | null {
  if (typeof source !== 'string' || typeof id !== 'string') return null
  if (!ID_RULES.every((rule) => rule.holds(id))) return null
  if (!SOURCE_RULES.every((rule) => rule.holds(source))) return null
  const joined = `${source} ${id}`
  // In UTF-16 units, unlike the limits: a known pair under another name would count as a new event.
  if (joined.length <= MAX_ID && !/\s/.test(source)) return joined
  return `sha256:${hash('sha256', JSON.stringify([source, id]))}`
}
