export type Json = Record<string, unknown>

/** A part of the document by its JSON pointer. */
export function at(document: Json, pointer: string): unknown {
  let value: unknown = document
  for (const part of pointer.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    value = (value as Json | undefined)?.[key]
  }
  return value
}
