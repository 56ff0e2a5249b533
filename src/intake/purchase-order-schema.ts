/**
 * The wire form of the event "purchase order approved", field by field. Each check says in its own
 * words what is wrong and what to do, and never repeats the value: it may be a person's number.
 */

import { z } from 'zod'
import { isCurrency } from './currencies.ts'

interface Rule {
  code: string
  /** Continues the name of the field: "is not …". */
  detail: string
  remedy: string
  holds: (text: string) => boolean
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
// Any version and the nil UUID: they are names here, nobody reads a time or a machine out of them.
const aUuid: Rule = {
  code: 'invalid_format',
  detail: 'is not a UUID',
  remedy: 'Send a UUID such as 00000000-0000-0000-0000-000000000000.',
  holds: isUuid,
}

const notBlank: Rule = {
  code: 'blank',
  detail: 'is empty',
  remedy: 'Send at least one visible character.',
  holds: (text) => !isBlank(text),
}

const atMost = (max: number): Rule => ({
  code: 'too_long',
  detail: `is longer than ${String(max)} characters`,
  remedy: `Send at most ${String(max)} characters.`,
  // Code points, as PostgreSQL counts; counted only where it matters.
  holds: (text) => text.length <= max || (text.length <= 2 * max && Array.from(text).length <= max),
})

const anAmount: Rule = {
  code: 'invalid_format',
  detail: 'is not a decimal number of at most 40 digits before the point and 20 after it',
  remedy:
    'Send text such as "1234.50": digits and one point, no grouping, exponent, plus sign or leading zero.',
  holds: (text) => /^-?(?:0|[1-9]\d{0,39})(?:\.\d{1,20})?$/.test(text),
}
const exact: Rule = {
  code: 'out_of_range',
  detail: 'is a number of more than 15 digits, of which some may be lost on the way',
  remedy: 'Send it as text, such as "1234.50".',
  holds: (text) => /^-?[\d.]+$/.test(text) && text.replace(/^-?(?:0\.0*)?|\./g, '').length <= 15,
}

const aCurrency: Rule = {
  code: 'unsupported_value',
  detail: 'is not a currency code of ISO 4217',
  remedy: 'Send three capital letters, such as EUR or USD.',
  holds: isCurrency,
}
const theType: Rule = {
  code: 'unsupported_value',
  detail: 'is not po.approved',
  remedy: 'Send only approved purchase orders here, with the type po.approved.',
  holds: (text) => text === 'po.approved',
}
const aTime: Rule = {
  code: 'invalid_format',
  detail: 'is not a time as in RFC 3339',
  remedy: 'Send a time with its offset, such as 2026-11-22T09:30:00Z.',
  holds: isTime,
}
const aDate: Rule = {
  code: 'invalid_format',
  detail: 'is not a date',
  remedy: 'Send a date such as 2026-11-25.',
  holds: (text) => isDate(text) || isTime(text),
}
const aLanguage: Rule = {
  code: 'invalid_format',
  detail: 'is not a language code',
  remedy: 'Send one such as es, pt_BR or pt-BR.',
  holds: (text) => text.length <= 35 && /^[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*$/i.test(text),
}
const aCountry: Rule = {
  code: 'invalid_format',
  detail: 'is not a country code of ISO 3166',
  remedy: 'Send two letters, such as ES.',
  holds: (text) => /^[a-z]{2}$/i.test(text),
}
const anAddress: Rule = {
  code: 'invalid_format',
  detail: 'is not an http or https address',
  remedy: 'Send an address that begins with https://.',
  holds: (text) => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text),
}

/** Checks in turn; the first that does not hold is the one to be told of. */
function check<Value extends string | number>(
  rules: readonly Rule[],
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

const required = (...rules: Rule[]) => z.string().check(check([notBlank, ...rules]))
/** Null and an empty text say that there is none: many systems write every field. */
const optional = (...rules: Rule[]) =>
  z
    .string()
    .check(check(rules.map((rule) => ({ ...rule, holds: (t) => isBlank(t) || rule.holds(t) }))))
    .nullish()

const amount = z
  .union([
    z.string().check(check([notBlank, anAmount])),
    z.number().check(check([exact, anAmount])),
  ])
  .describe('A decimal text, or a number of at most 15 digits; negative for a return')
const figure = z.union([z.string(), z.number()]).nullish()

const ItemSchema = z.object({
  name: z.string().nullish(),
  quantity: figure,
  unit: z.string().nullish(),
  unit_price: figure,
})

const DataSchema = z.object({
  po_id: required(atMost(128)),
  po_number: required(atMost(128)),
  revision: z
    .int()
    .min(0)
    .nullish()
    .describe('The same (po_id, revision) makes one message, under whatever event_id'),
  supplier_id: optional(atMost(128)),
  supplier_name: required(atMost(2000)),
  // No rule: one that cannot be read becomes a FAILED message, which a buyer sees.
  supplier_phone: z.string().nullish().describe('In any usual way of writing'),
  supplier_country: optional(aCountry),
  supplier_email: optional(atMost(320)),
  total_amount: amount,
  currency: required(aCurrency).describe('ISO 4217'),
  required_delivery_date: optional(aDate),
  language: optional(aLanguage).describe(
    "es, pt_BR or pt-BR; the service's own where there is none",
  ),
  document_url: optional(anAddress, atMost(2048)),
  notification_id: optional(aUuid),
  items: z.array(ItemSchema).nullish(),
})

/** The event as it comes. Unknown fields are let through and kept. */
export const PurchaseOrderEventSchema = z
  .object({
    event_id: required(atMost(128)),
    event_type: required(theType).describe('po.approved'),
    timestamp: optional(aTime),
    tenant_id: required(aUuid),
    data: DataSchema,
  })
  .meta({ id: 'PurchaseOrderEvent' })

export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** Nothing that can be seen: spaces, control and format characters, fillers. */
export function isBlank(text: string): boolean {
  return !/[^\s\p{C}\p{Z}\p{DI}]/u.test(text)
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/
const TIME =
  /^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i

function isDate(text: string): boolean {
  const match = DATE.exec(text)
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  // The 0th of the following month is the last of this one; years below 100 would be read as 19xx.
  const last = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
  return month >= 1 && month <= 12 && day >= 1 && day <= last
}

function isTime(text: string): boolean {
  return /^[t ]$/i.test(text.charAt(10)) && isDate(text.slice(0, 10)) && TIME.test(text.slice(11))
}
