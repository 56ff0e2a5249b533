import { setImmediate } from 'node:timers/promises'

/** Bytes between two turns of the event loop: some 2 ms. */
const SLICE = 256 * 1024
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

export interface SplitDocument {
  /** The elements of the list, each as it is written. */
  elements: Buffer[]
  /** The document with an empty list in the place of it. */
  rest: Buffer
}

/**
 * Takes a large list out of a JSON object, so that its elements can be parsed one by one: to parse 16 MB
 * at once would hold up everybody for some 200 ms. Whether all is JSON is seen when the parts are parsed.
 *
 * @param member the list's name at the top of the document; of two of that name the last counts
 * @returns undefined where there is no such list
 */
export async function splitDocument(
  bytes: Buffer,
  member: string,
): Promise<SplitDocument | undefined> {
  const name = Buffer.from(JSON.stringify(member))
  let depth = 0
  let keyStart = -1
  let isWanted = false
  let list: { start: number; end: number; elements: Buffer[] } | undefined
  let elements: Buffer[] = []
  let elementStart = -1
  let listStart = -1
  for (let at = 0; at < bytes.length; at += 1) {
    if (at % SLICE === 0) await setImmediate()
    const byte = bytes[at]
    if (byte === QUOTE) {
      const start = at
      at = endOfString(bytes, at)
      if (depth === 1) keyStart = start
      continue
    }
    if (byte === COLON && depth === 1) {
      isWanted = bytes.subarray(keyStart, keyStart + name.length).equals(name)
    } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      depth += 1
      if (byte === OPEN_ARRAY && depth === 2 && isWanted) {
        listStart = at
        elementStart = at + 1
        elements = []
      }
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      if (depth === 2 && listStart !== -1) {
        const last = bytes.subarray(elementStart, at)
        if (elements.length > 0 || !isBlank(last)) elements.push(last)
        list = { start: listStart, end: at, elements }
        listStart = -1
      }
      depth -= 1
    } else if (byte === COMMA && depth === 2 && listStart !== -1) {
      elements.push(bytes.subarray(elementStart, at))
      elementStart = at + 1
    } else if (byte === COMMA && depth === 1) {
      isWanted = false
    }
  }
  if (list === undefined) return undefined
  const rest = Buffer.concat([bytes.subarray(0, list.start + 1), bytes.subarray(list.end)])
  return { elements: list.elements, rest }
}

function endOfString(bytes: Buffer, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte <= 0x20)
}

/** The lines that are not empty. */
export function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let start = 0
  while (start < bytes.length) {
    const found = bytes.indexOf(0x0a, start)
    const end = found === -1 ? bytes.length : found
    const line = bytes.subarray(start, end)
    if (!isBlank(line)) lines.push(line)
    start = end + 1
  }
  return lines
}
