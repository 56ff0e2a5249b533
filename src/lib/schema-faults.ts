/** What a zod schema found wrong, in our words: a fault a field, each with its remedy. */

import type { z } from 'zod'
import type { FieldError } from './errors.ts'
import { fieldPath, LongNumber } from './strict-json.ts'

/** How many names fit into one sentence. */
const NAMED = 8

const TYPE_WORDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** Faults of a document, in the order of its schema. @param value what was parsed */
export function schemaFaults(error: z.core.$ZodError, value: unknown): FieldError[] {
  return error.issues.flatMap((issue) => faultsOf(issue, value))
}

/** The first fault of a field says enough, and what is inside a bad field is not looked at twice. */
export function oncePerField(errors: readonly FieldError[]): FieldError[] {
  const seen = new Set<string>()
  return errors.filter(({ field }) => !seen.has(field) && seen.add(field))
}

/** "the event is not valid: a, b and 3 more"; the body has no name to be looked up by, so its reason is said. */
export function nameFields(what: string, errors: readonly FieldError[]): string {
  const names = errors
    .slice(0, NAMED)
    .map(({ field, detail }) => (field === '' ? `the body ${detail}` : field))
  const more = errors.length > NAMED ? ` and ${String(errors.length - NAMED)} more` : ''
  return `${what} is not valid: ${names.join(', ')}${more}`
}

function faultsOf(issue: z.core.$ZodIssue, root: unknown): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: fieldPath([...issue.path, key]),
      code: 'unknown_field',
      detail: 'is no field here',
      remedy: 'Leave it out, or correct its name as the API reference (/docs) has it.',
    }))
  }
  const inside = issue.code === 'invalid_union' ? meantBranch(issue) : undefined
  if (inside === undefined) return [faultOf(issue, root)]
  return inside.flatMap((inner) =>
    faultsOf({ ...inner, path: [...issue.path, ...inner.path] }, root),
  )
}

function faultOf(issue: z.core.$ZodIssue, root: unknown): FieldError {
  const field = fieldPath(issue.path)
  if (issue.code === 'custom') {
    const { code = 'not_valid', remedy = 'Correct it as the API reference (/docs) says.' } =
      (issue.params ?? {}) as { code?: string; remedy?: string }
    return { field, code, detail: issue.message, remedy }
  }
  const given = issue.path.reduce<unknown>((inner, key) => own(inner, key), root)
  // A body that is null is there, and is of another type.
  if (given === undefined || (given === null && issue.path.length > 0)) {
    return { field, code: 'required', detail: 'is missing', remedy: 'Add the field.' }
  }
  if (given instanceof LongNumber) return { field, ...TOO_LONG }
  if (issue.code === 'too_small' || issue.code === 'too_big') return sizeFault(field, issue)
  const words = choices(issue)
  if (words !== undefined) {
    const remedy = `Send one of: ${words.join(', ')}.`
    return { field, code: 'unsupported_value', detail: 'has a value that is not known', remedy }
  }
  const expected = expectedWords(issue)
  return { field, code: 'wrong_type', detail: `is not ${expected}`, remedy: `Send ${expected}.` }
}

const TOO_LONG = {
  code: 'out_of_range',
  detail: 'is a whole number of more digits than can be kept',
  remedy: 'Send it as text, where a text may stand here.',
}

/** Of alternatives the one whose type the value has; undefined where it has none of them. */
function meantBranch(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  const fitting = issue.errors.filter((branch) => !branch.some(isOtherType))
  // A form with a field empty sends '' for none: whoever sent more than that did not mean it.
  return fitting.find((branch) => !branch.some(isOtherLiteral)) ?? onlyLiterals(issue)
}

function onlyLiterals(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  return issue.errors.every((branch) => branch.some(isOtherLiteral)) ? issue.errors[0] : undefined
}

function isOtherLiteral({ code, path }: z.core.$ZodIssue): boolean {
  return code === 'invalid_value' && path.length === 0
}

function isOtherType({ code, path }: z.core.$ZodIssue): boolean {
  return code === 'invalid_type' && path.length === 0
}

/** As `z.iso.datetime({ offset: true })` and its like name what they expect. */
const FORMAT_WORDS: Record<string, string> = {
  datetime: 'a time with its zone, as 2026-11-27T09:30:00Z',
  date: 'a date, as 2026-11-27',
  uuid: 'a UUID',
  guid: 'a UUID',
  email: 'an e-mail address',
  url: 'a web address',
}

function expectedWords(issue: z.core.$ZodIssue): string {
  // Only the schema knows what its pattern means: its message says it.
  if (issue.code === 'invalid_format' && issue.format === 'regex') return issue.message
  if (issue.code === 'invalid_format') return FORMAT_WORDS[issue.format] ?? 'of the right form'
  const types = issue.code === 'invalid_union' ? issue.errors.flat() : [issue]
  const words = types.flatMap((one) =>
    one.code === 'invalid_type' ? (TYPE_WORDS[one.expected] ?? []) : [],
  )
  return words.length === 0 ? 'of the right type' : [...new Set(words)].join(' or ')
}

function sizeFault(
  field: string,
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
): FieldError {
  const isSmall = issue.code === 'too_small'
  const bound = String(isSmall ? issue.minimum : issue.maximum)
  if (issue.origin === 'array') {
    const detail = `has ${isSmall ? 'fewer' : 'more'} than ${bound} entries`
    return {
      field,
      code: 'out_of_range',
      detail,
      remedy: `Send at ${isSmall ? 'least' : 'most'} ${bound}.`,
    }
  }
  if (issue.origin === 'string') {
    const detail = `is ${isSmall ? 'shorter' : 'longer'} than ${bound} characters`
    const remedy = `Send ${bound} characters at ${isSmall ? 'least' : 'most'}.`
    return { field, code: 'out_of_range', detail, remedy }
  }
  if (issue.origin === 'number') {
    if (issue.inclusive === false) {
      // The bound itself is refused: "below 0" would be untrue of a 0.
      const detail = `is not ${isSmall ? 'above' : 'below'} ${bound}`
      const remedy = `Send ${isSmall ? 'more' : 'less'} than ${bound}.`
      return { field, code: 'out_of_range', detail, remedy }
    }
    const detail = `is ${isSmall ? 'below' : 'above'} ${bound}`
    return {
      field,
      code: 'out_of_range',
      detail,
      remedy: `Send at ${isSmall ? 'least' : 'most'} ${bound}.`,
    }
  }
  const detail = 'is not a whole number from 0 to 9007199254740991'
  return { field, code: 'out_of_range', detail, remedy: 'Send a whole number from 0.' }
}

/** The values that a field may have, where they can be counted. */
function choices(issue: z.core.$ZodIssue): readonly string[] | undefined {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code !== 'invalid_union' || issue.discriminator === undefined) return undefined
  const { options } = issue as { options?: readonly unknown[] }
  return options?.map(String)
}

function own(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<PropertyKey, unknown>)[key]
}
