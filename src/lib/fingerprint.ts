import { hash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

/**
 * SHA-256, in hex, over a canonical form of a JSON value, as parsed: the order of keys does not count,
 * numbers count by value (1.50 is 1.5), arrays by order, texts by their characters as they are (no
 * Unicode normalisation). So what was serialised anew is the same, and any other content is not.
 *
 * Expects what JSON.parse makes and `findUnstorable` found no fault in: nesting is followed by recursion.
 */
export function fingerprintOf(data: unknown): string {
  return hash('sha256', canonicalJson(data))
}
