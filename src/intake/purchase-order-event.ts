/** The event "purchase order approved": its wire form, checked with every fault named at once. */

import { z } from 'zod'
import type { FieldError } from '../lib/errors.ts'
import { findUnstorable } from '../lib/strict-json.ts'

/** Bytes of one event at most. */
export const MAX_EVENT_BYTES = 256 * 1024

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'))

const uuid = z
  .string('must be a text: a UUID')
  .regex(UUID, 'must be a UUID such as 00000000-0000-0000-0000-000000000000')
  .transform((text) => text.toLowerCase())
const id = z
  .string('must be a text of 1 to 128 characters')
  .max(128, 'is longer than 128 characters')
  .refine((text) => text.trim() !== '', 'must not be empty')
const name = z
  .string('must be a text')
  .max(1000, 'is longer than 1,000 characters')
  .refine((text) => text.trim() !== '', 'must not be empty')
const optional = <Schema extends z.ZodType>(schema: Schema) => schema.nullish()

const decimal = z
  .union([z.string(), z.number()], 'must be a decimal number as text, such as "1234.50"')
  .transform((value, context): string => {
    const text = typeof value === 'number' ? plainNumber(value) : value
    if (text !== undefined && /^-?(?:0|[1-9]\d{0,29})(?:\.\d{1,12})?$/.test(text)) return text
    context.addIssue(
      typeof value === 'number'
        ? 'has more than 15 digits: a number that large loses some'
        : 'must be a decimal number as text, such as "1234.50": no sign but -, no grouping, no exponent',
    )
    return z.NEVER
  })

const currency = z
  .string('must be a text: an ISO 4217 code')
  .refine((code) => CURRENCIES.has(code), 'is no ISO 4217 code in capital letters')

const date = z.iso.date('must be a date such as 2026-11-25')
const url = z
  .string('must be a text: an address')
  .max(2000, 'is longer than 2,000 characters')
  .refine(isHttpUrl, 'must be an address that begins with http:// or https://')
const language = z
  .string('must be a text: a language code')
  .regex(/^[A-Za-z]{2,3}(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|\d{3}))?$/, 'is no language code such as es or pt_BR')

const dataSchema = z.looseObject(
  {
    po_id: id,
    po_number: name.max(128, 'is longer than 128 characters'),
    revision: optional(
      z.int('must be a whole number from 0').min(0, 'must be a whole number from 0'),
    ),
    supplier_id: optional(id),
    supplier_name: name,
    supplier_phone: optional(
      z.union([z.string().max(64, 'is longer than 64 characters'), z.int()], 'must be a text').transform(String),
    ),
    supplier_country: optional(
      z.string('must be a text').regex(/^[A-Za-z]{2}$/, 'is no ISO 3166 code of two letters'),
    ),
    supplier_email: optional(z.string('must be a text').max(320, 'is longer than 320 characters')),
    total_amount: decimal,
    currency,
    required_delivery_date: optional(date),
    language: optional(language),
    document_url: optional(url),
    notification_id: optional(uuid),
    items: optional(
      z
        .array(
          z.looseObject(
            {
              name: optional(z.string('must be a text')),
              quantity: optional(z.union([z.number(), z.string()], 'must be a number')),
              unit: optional(z.string('must be a text')),
              unit_price: optional(z.union([z.number(), z.string()], 'must be a decimal number')),
            },
            'must be an object',
          ),
          'must be a list',
        )
        .max(10_000, 'has more than 10,000 entries'),
    ),
  },
  'must be an object',
)

const eventSchema = z.looseObject(
  {
    event_id: id,
    event_type: z.literal('po.approved', 'must be po.approved'),
    timestamp: optional(
      z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-22T09:30:00Z' }),
    ),
    tenant_id: uuid,
    data: dataSchema,
  },
  'must be an object',
)

export interface PurchaseOrderEvent {
  eventId: string
  tenantId: string
  poId: string
  poNumber: string
  revision: number | null
  supplierId: string | null
  supplierName: string
  supplierPhone: string | null
  supplierCountry: string | null
  totalAmount: string
  currency: string
  language: string | null
  notificationId: string | null
  /** `data` as it came, with what we do not know. */
  data: Record<string, unknown>
}

export type ParsedEvent =
  | { ok: true; event: PurchaseOrderEvent }
  | { ok: false; errors: FieldError[]; eventId: string | null; tenantId: string | null }

/** Checks a parsed event. A phone that cannot be read is no fault here: it becomes a FAILED message. */
export function parsePurchaseOrderEvent(value: unknown): ParsedEvent {
  const unstorable = findUnstorable(value)
  if (unstorable.length > 0) return refuse(value, unstorable)
  const result = eventSchema.safeParse(value)
  if (!result.success) return refuse(value, result.error.issues.map(faultOf))
  const { data, event_id, tenant_id } = result.data
  return {
    ok: true,
    event: {
      eventId: event_id,
      tenantId: tenant_id,
      poId: data.po_id,
      poNumber: data.po_number,
      revision: data.revision ?? null,
      supplierId: data.supplier_id ?? null,
      supplierName: data.supplier_name,
      supplierPhone: data.supplier_phone ?? null,
      supplierCountry: data.supplier_country?.toUpperCase() ?? null,
      totalAmount: data.total_amount,
      currency: data.currency,
      language: data.language ?? null,
      notificationId: data.notification_id ?? null,
      data: (value as { data: Record<string, unknown> }).data,
    },
  }
}

function refuse(value: unknown, errors: FieldError[]): ParsedEvent {
  const object = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  const { event_id: eventId, tenant_id: tenantId } = object
  const storable = (text: unknown): text is string =>
    typeof text === 'string' && text.length <= 128 && findUnstorable(text).length === 0
  return {
    ok: false,
    errors,
    eventId: storable(eventId) ? eventId : null,
    tenantId: storable(tenantId) && UUID.test(tenantId) ? tenantId.toLowerCase() : null,
  }
}

const REMEDIES: Record<string, string> = {
  'data.currency': 'Send the ISO 4217 code, such as EUR or USD.',
  'data.total_amount': 'Send the amount as text with a point before the decimals, such as "1234.50".',
  event_type: 'Publish only approved purchase orders with this routing key.',
  tenant_id: 'Send the UUID of the tenant; the nil UUID where there is only one.',
}

function faultOf(issue: z.core.$ZodIssue): FieldError {
  const field = issue.path.reduce<string>(
    (path, key) =>
      typeof key === 'number' ? `${path}[${String(key)}]` : path === '' ? String(key) : `${path}.${String(key)}`,
    '',
  )
  const missing = issue.code === 'invalid_type' && issue.input === undefined
  return {
    field,
    code: missing || isMissing(issue) ? 'missing' : issue.code,
    detail: isMissing(issue) ? 'is missing' : issue.message,
    remedy: REMEDIES[field] ?? (isMissing(issue) ? 'Add the field.' : 'Correct the field and send the event again.'),
  }
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  return 'input' in issue && issue.input === undefined
}

/** A number as plain digits; undefined where it has more than 15 or is none. */
function plainNumber(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined
  const text = String(value)
  const digits = text.replace(/^-?0*\.?0*/, '').replace(/\D/g, '')
  return /e/i.test(text) || digits.length > 15 ? undefined : text
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}
