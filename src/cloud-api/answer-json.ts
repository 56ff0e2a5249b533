import { rewriteLongNumbers } from '../lib/long-numbers.ts'
import { storableJson } from '../lib/storable-json.ts'

/** Meta's answers are four levels deep; one of hundreds is not Meta's and exhausts the stack. */
const MAX_DEPTH = 100
/** Below this length no nesting is deep enough to do harm. */
const SHORT = 2048

/**
 * The JSON of an answer, free of what jsonb refuses; undefined where it is not JSON.
 */
export function parseAnswer(text: string): unknown {
  if (text.length > SHORT && isDeep(text)) return undefined
  try {
    const value = JSON.parse(text) as unknown
    // Only an escape can bring U+0000 or a lone surrogate: the bytes were decoded as UTF-8.
    return text.includes('\\u') ? storableJson(value) : value
  } catch {
    return undefined
  }
}

/**
 * The same, with whole numbers beyond 2^53 - 1 as decimal strings: ids of templates reach them, and
 * `JSON.parse` would round them to another template's id (reference, section 10, row 26).
 */
export function parseAnswerLossless(text: string): unknown {
  return parseAnswer(rewriteLongNumbers(text, (digits) => `"${digits}"`))
}

function isDeep(text: string): boolean {
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index]
    if (inString) {
      if (char === '\\') index += 1
      else if (char === '"') inString = false
    } else if (char === '"') inString = true
    else if (char === '{' || char === '[') depth += 1
    else if (char === '}' || char === ']') depth -= 1
    if (depth > MAX_DEPTH) return true
  }
  return false
}
