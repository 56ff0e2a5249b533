/** The wire form of the event "purchase order approved", field by field. */

import { z } from 'zod'
import {
  aLanguage,
  anAddress,
  atMost,
  aUuid,
  check,
  notBlank,
  optional,
  required,
} from '../lib/text-rules.ts'
import type { TextRule } from '../lib/text-rules.ts'
import { isCurrency } from './currencies.ts'

const anAmount: TextRule = {
  code: 'invalid_format',
  detail: 'is not a decimal number of at most 40 digits before the point and 20 after it',
  remedy:
    'Send text such as "1234.50": digits and one point, no grouping, exponent, plus sign or leading zero.',
  holds: (text) => /^-?(?:0|[1-9]\d{0,39})(?:\.\d{1,20})?$/.test(text),
}
const exact: TextRule = {
  code: 'out_of_range',
  detail: 'is a number of more than 15 digits, of which some may be lost on the way',
  remedy: 'Send it as text, such as "1234.50".',
  holds: (text) => /^-?[\d.]+$/.test(text) && text.replace(/^-?(?:0\.0*)?|\./g, '').length <= 15,
}

const aCurrency: TextRule = {
  code: 'unsupported_value',
  detail: 'is not a currency code of ISO 4217',
  remedy: 'Send three capital letters, such as EUR or USD.',
  holds: isCurrency,
}
const theType: TextRule = {
  code: 'unsupported_value',
  detail: 'is not po.approved',
  remedy: 'Send only approved purchase orders here, with the type po.approved.',
  holds: (text) => text === 'po.approved',
}
const aTime: TextRule = {
  code: 'invalid_format',
  detail: 'is not a time as in RFC 3339',
  remedy: 'Send a time with its offset, such as 2026-11-22T09:30:00Z.',
  holds: isTime,
}
const aDate: TextRule = {
  code: 'invalid_format',
  detail: 'is not a date',
  remedy: 'Send a date such as 2026-11-25.',
  holds: (text) => isDate(text) || isTime(text),
}
const aCountry: TextRule = {
  code: 'invalid_format',
  detail: 'is not a country code of ISO 3166',
  remedy: 'Send two letters, such as ES.',
  holds: (text) => /^[a-z]{2}$/i.test(text),
}
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
