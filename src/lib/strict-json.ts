import type { FieldError } from './errors.ts'
import { isWhole, rewriteLongNumbers } from './long-numbers.ts'

/**
 * Nesting that is still read. JSON.stringify overflows the stack between 3,000 and 5,000 levels, and
 * whatever walks a document by recursion somewhere near; no business document comes near a hundred.
 */
export const MAX_JSON_DEPTH = 100

/** A hostile body may have a fault in every byte; a person reads the first ones. */
const MAX_FAULTS = 100

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/**
 * A whole number beyond 2^53 - 1, of which a double would lose digits: kept by its digits, and written as a text of them.
 * An object of its own, so that no schema takes it for a number or a text.
 */
export class LongNumber {
  readonly digits: string

  constructor(digits: string) {
    this.digits = digits
  }

  toJSON(): string {
    return this.digits
  }
}

export type ParsedJson = { ok: true; value: unknown } | { ok: false; detail: string }

/**
 * Reads JSON: UTF-8 without repair (RFC 8259), a byte order mark is skipped, of a key that stands
 * twice the last value counts, as JSON.parse has it. Whole numbers that a double cannot hold are
 * {@link LongNumber}s. Never throws; the detail quotes nothing of the input. Depth and keys such as
 * `__proto__` are no matter of syntax: see {@link findUnstorable}.
 */
export function parseJson(bytes: Uint8Array | string): ParsedJson {
  let text: string
  try {
    text = typeof bytes === 'string' ? bytes.replace(/^\uFEFF/, '') : UTF8.decode(bytes)
  } catch {
    return { ok: false, detail: 'the body is not UTF-8' }
  }
  if (text.trim() === '') return { ok: false, detail: 'the body is empty' }
  try {
    return { ok: true, value: withLongNumbers(text, JSON.parse(text) as unknown) }
  } catch (error) {
    // Only the position: the engine's own words quote the input, which may hold a phone number.
    const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
    const where = position === undefined ? '' : ` (at character ${position})`
    return { ok: false, detail: `the body is not JSON${where}` }
  }
}

/** A name that {@link findUnstorable} refuses in a body; whoever sends it all the same can only say digits by it. */
const MARK = '\u0000n'
const MARK_AS_JSON = JSON.stringify(MARK)

/** @param value what `JSON.parse` made of the text */
function withLongNumbers(text: string, value: unknown): unknown {
  const marked = rewriteLongNumbers(text, (digits) => `{${MARK_AS_JSON}:"${digits}"}`)
  if (marked === text) return value
  try {
    return JSON.parse(marked, (_key, inner: unknown) => {
      const digits = isRecord(inner) ? inner[MARK] : undefined
      return typeof digits === 'string' && isWhole(digits) ? new LongNumber(digits) : inner
    })
  } catch {
    // Nested so deep that only a reader without a reviver gets through: refused for that by whoever keeps it.
    return value
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/**
 * Everything in a parsed document that cannot be kept as it is, or is a trap for a reader, each with
 * its path: U+0000 and lone surrogates (PostgreSQL refuses or alters them) in texts and keys, numbers
 * that no double holds (`1e999`), keys that reach for a prototype, nesting deeper than
 * {@link MAX_JSON_DEPTH}. Names the first hundred faults.
 */
export function findUnstorable(value: unknown): FieldError[] {
  const faults: FieldError[] = []
  const path: (string | number)[] = []

  const report = (fault: Omit<FieldError, 'field'>): void => {
    if (faults.length < MAX_FAULTS) faults.push({ field: fieldPath(path), ...fault })
  }

  const visit = (inner: unknown): void => {
    if (typeof inner === 'string') {
      const fault = textFault(inner)
      if (fault !== undefined) report(fault)
    } else if (typeof inner === 'number') {
      if (!Number.isFinite(inner)) report(NOT_FINITE)
    } else if (typeof inner === 'object' && inner !== null) {
      if (path.length >= MAX_JSON_DEPTH) report(TOO_DEEP)
      else if (Array.isArray(inner)) visitArray(inner)
      else visitObject(inner as Record<string, unknown>)
    }
  }

  const visitArray = (array: readonly unknown[]): void => {
    for (let index = 0; index < array.length; index += 1) {
      path.push(index)
      visit(array[index])
      path.pop()
    }
  }

  const visitObject = (object: Record<string, unknown>): void => {
    for (const key of Object.keys(object)) {
      path.push(key)
      const fault = keyFault(key, object)
      if (fault === undefined) visit(object[key])
      else report(fault)
      path.pop()
    }
  }

  visit(value)
  return faults
}

/**
 * `data.items[0].quantity`; a key that is no plain word is quoted, a long one cut, so that a path is
 * always fit to be stored and shown.
 */
export function fieldPath(path: readonly PropertyKey[]): string {
  const text = path.slice(0, 12).reduce<string>(fieldWithin, '')
  return path.length > 12 ? `${text}…` : text
}

/** The path of a member of `field`: a number is the place in a list, `items[0]`. */
export function fieldWithin(field: string, part: PropertyKey): string {
  if (typeof part === 'number') return `${field}[${String(part)}]`
  const name = String(part)
  if (/^[\w-]{1,64}$/.test(name)) return field === '' ? name : `${field}.${name}`
  return `${field}[${JSON.stringify(name.slice(0, 64))}]`
}

const NOT_FINITE = {
  code: 'out_of_range',
  detail: 'is a number too large to be kept',
  remedy: 'Send it as text.',
}
const TOO_DEEP = {
  code: 'too_deep',
  detail: `is nested deeper than ${String(MAX_JSON_DEPTH)} levels`,
  remedy: 'Send a flatter document.',
}
const FORBIDDEN_KEY = {
  code: 'forbidden_key',
  detail: 'is a name that reaches for the prototype of objects',
  remedy: 'Rename the field.',
}

/** One quick look for most texts: a surrogate is judged only where there is one. */
const SUSPECT = /[\0\ud800-\udfff]/

function textFault(text: string): Omit<FieldError, 'field'> | undefined {
  if (!SUSPECT.test(text)) return undefined
  if (text.includes('\0')) {
    return {
      code: 'nul_character',
      detail: 'holds the character U+0000',
      remedy: 'Send the text without it.',
    }
  }
  if (!/\p{Surrogate}/u.test(text)) return undefined
  return {
    code: 'lone_surrogate',
    detail: 'holds half a character (a surrogate without its pair)',
    remedy: 'Cut and escape texts between characters, not inside one.',
  }
}

function keyFault(
  key: string,
  object: Record<string, unknown>,
): Omit<FieldError, 'field'> | undefined {
  if (key === '__proto__') return FORBIDDEN_KEY
  if (key === 'constructor') {
    const inner = object[key]
    const reaches = typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype')
    return reaches ? FORBIDDEN_KEY : undefined
  }
  return textFault(key)
}
