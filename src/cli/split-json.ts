/**
 * Takes JSON apart without rewriting it: what `JSON.parse` and `JSON.stringify` would lose (the digits
 * of large numbers, `1234.50`) stays. All but `splitLines` only for text that `JSON.parse` has accepted.
 */

/** The elements of an array, each as it is written. */
export function splitArray(text: string): string[] {
  return arrayElements(text).map(({ json }) => json)
}

/** The same, each with the place in the text where it begins. */
export function arrayElements(text: string): { json: string; at: number }[] {
  const elements: { json: string; at: number }[] = []
  let at = skipSpace(text, skipSpace(text, 0) + 1)
  while (at < text.length && text[at] !== ']') {
    const end = endOfValue(text, at)
    elements.push({ json: text.slice(at, end), at })
    at = skipSpace(text, end)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return elements
}

/** The value of a key of an object as it is written; of a key that stands twice the last one. */
export function findMember(text: string, key: string): string | undefined {
  let found: string | undefined
  let at = skipSpace(text, skipSpace(text, 0) + 1)
  while (at < text.length && text[at] !== '}') {
    const endOfKey = endOfValue(text, at)
    const name: unknown = JSON.parse(text.slice(at, endOfKey))
    const start = skipSpace(text, skipSpace(text, endOfKey) + 1)
    const end = endOfValue(text, start)
    if (name === key) found = text.slice(start, end)
    at = skipSpace(text, end)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return found
}

export interface NumberedLine {
  /** The first is 1. */
  number: number
  bytes: Uint8Array
}

const LINE_FEED = 10

/** Without empty lines. Split as bytes, so that one line that is not UTF-8 spoils no other. */
export function splitLines(bytes: Uint8Array): NumberedLine[] {
  const lines: NumberedLine[] = []
  let start = 0
  let number = 0
  while (start < bytes.length) {
    const found = bytes.indexOf(LINE_FEED, start)
    const end = found === -1 ? bytes.length : found
    const line = bytes.subarray(start, end)
    number += 1
    if (line.some((byte) => byte > 32)) lines.push({ number, bytes: line })
    start = end + 1
  }
  return lines
}

function endOfValue(text: string, start: number): number {
  const first = text[start]
  if (first === '"') return endOfString(text, start)
  if (first !== '{' && first !== '[') return endOfWord(text, start)
  let depth = 0
  let at = start
  while (at < text.length) {
    const character = text[at]
    if (character === '"') {
      at = endOfString(text, at)
      continue
    }
    if (character === '{' || character === '[') depth += 1
    if (character === '}' || character === ']') depth -= 1
    at += 1
    if (depth === 0) break
  }
  return at
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function endOfWord(text: string, start: number): number {
  let at = start
  while (at < text.length && !/[\s,\]}]/.test(text.charAt(at))) at += 1
  return at
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1
  return at
}
