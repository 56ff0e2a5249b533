/** Reads Meta's answers, of which nothing is taken for granted. Pure. */

export type GraphNode = Readonly<Record<string, unknown>>

/** The object; an empty one for whatever else is in its place. */
export function nodeOf(value: unknown): GraphNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as GraphNode)
    : {}
}

/** Null for an empty text, and for whatever is none. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
