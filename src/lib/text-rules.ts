/**
 * Rules of texts in what comes from outside, for zod. Each says in its own words what is wrong and what
 * to do, and never repeats the value: it may be a person's number. `schema-faults.ts` reads them back.
 */

import { z } from 'zod'

export interface TextRule {
  code: string
  /** Continues the name of the field: "is not …". */
  detail: string
  remedy: string
  holds: (text: string) => boolean
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
// Any version and the nil UUID: they are names here, nobody reads a time or a machine out of them.
export const aUuid: TextRule = {
  code: 'invalid_format',
  detail: 'is not a UUID',
  remedy: 'Send a UUID such as 00000000-0000-0000-0000-000000000000.',
  holds: isUuid,
}

export const notBlank: TextRule = {
  code: 'blank',
  detail: 'is empty',
  remedy: 'Send at least one visible character.',
  holds: (text) => !isBlank(text),
}

export const atMost = (max: number): TextRule => ({
  code: 'too_long',
  detail: `is longer than ${String(max)} characters`,
  remedy: `Send at most ${String(max)} characters.`,
  // Code points, as PostgreSQL counts; counted only where it matters.
  holds: (text) => text.length <= max || (text.length <= 2 * max && Array.from(text).length <= max),
})

export const aLanguage: TextRule = {
  code: 'invalid_format',
  detail: 'is not a language code',
  remedy: 'Send one such as es, pt_BR or pt-BR.',
  holds: (text) => text.length <= 35 && /^[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*$/i.test(text),
}

export const anAddress: TextRule = {
  code: 'invalid_format',
  detail: 'is not an http or https address',
  remedy: 'Send an address that begins with https://.',
  holds: (text) => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text),
}

/** PostgreSQL reads no year 0, and none of five digits as JavaScript writes it. */
const ofFourDigits: TextRule = {
  code: 'out_of_range',
  detail: 'is not within the years 1 to 9999 in UTC',
  remedy: 'Send a time that can have been meant.',
  holds: (text) => {
    const year = new Date(text).getUTCFullYear()
    return Number.isNaN(year) || (year >= 1 && year <= 9999)
  },
}

/** Checks in turn; the first that does not hold is the one to be told of. */
export function check<Value extends string | number>(
  rules: readonly TextRule[],
  toText: (value: Value) => string = String,
) {
  return (context: z.core.ParsePayload<Value>): void => {
    const text = toText(context.value)
    const broken = rules.find((rule) => !rule.holds(text))
    if (broken === undefined) return
    context.issues.push({
      code: 'custom',
      input: context.value,
      message: broken.detail,
      params: { code: broken.code, remedy: broken.remedy },
    })
  }
}

/** RFC 3339 in any zone, as the database can take it. */
export const aTime = z.iso.datetime({ offset: true }).check(check([ofFourDigits]))

export const required = (...rules: TextRule[]) => z.string().check(check([notBlank, ...rules]))
/** Null and an empty text say that there is none: many systems write every field. */
export const optional = (...rules: TextRule[]) =>
  z
    .string()
    .check(check(rules.map((rule) => ({ ...rule, holds: (t) => isBlank(t) || rule.holds(t) }))))
    .nullish()

export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** Nothing that can be seen: spaces, control and format characters, fillers. */
export function isBlank(text: string): boolean {
  return !/[^\s\p{C}\p{Z}\p{DI}]/u.test(text)
}

/** The text, or null where there is nothing to be seen. */
export function presence(text: string | null | undefined): string | null {
  return text === null || text === undefined || isBlank(text) ? null : text
}
