/** A supplier as somebody writes it: read, with every fault named. Pure. */

import { z } from 'zod'
import type { FieldError } from '../lib/errors.ts'
import { oncePerField, schemaFaults } from '../lib/schema-faults.ts'
import { fieldWithin, findUnstorable } from '../lib/strict-json.ts'
import { aLanguage, aTime, atMost, aUuid, check, notBlank, presence } from '../lib/text-rules.ts'
import type { TextRule } from '../lib/text-rules.ts'
import { readPhone } from '../message/phone-number.ts'
import type { SupplierInput } from './supplier.ts'

const MAX_PHONES = 10

const anEmail: TextRule = {
  code: 'invalid_format',
  detail: 'is not an e-mail address',
  remedy: 'Send one such as orders@supplier.example.',
  holds: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
}

const optional = (schema: z.ZodType<string>) => z.union([z.literal(''), schema]).nullish()
const fields = {
  name: z.string().check(check([notBlank, atMost(256)])),
  phones: z
    .array(z.string())
    .max(MAX_PHONES)
    .nullish()
    .describe('In any usual way of writing; orders go to the first'),
  language: optional(z.string().check(check([aLanguage]))),
  email: optional(z.string().check(check([atMost(320), anEmail]))),
  opted_out_at: aTime.nullish().describe('Left out: stays as it is; null: takes an opt-out back'),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  // What GET answers with may be sent back as it is.
  supplier_id: z.string().optional(),
  tenant_id: z
    .string()
    .check(check([aUuid]))
    .optional(),
  created_at: aTime.optional(),
  updated_at: aTime.optional(),
}

/** Body of PUT: the whole supplier; what is left out is empty afterwards, but for the opt-out. */
export const SupplierBodySchema = z.strictObject(fields).meta({ id: 'SupplierBody' })

const ImportedSchema = z.strictObject({
  ...fields,
  supplier_id: z.string().check(check([notBlank, atMost(128)])),
  phone: z.string().nullish(),
  opted_out: z.boolean().nullish(),
})

export type ReadSupplier =
  { ok: true; input: SupplierInput; tenantId: string | null } | { ok: false; errors: FieldError[] }

/**
 * Reads the body of a PUT.
 *
 * @param country ISO 3166, for numbers without a country code
 */
export function readSupplier(
  supplierId: string,
  value: unknown,
  country: string | null,
): ReadSupplier {
  const parsed = SupplierBodySchema.safeParse(value)
  const faults = faultsOf(value, parsed.error)
  if (!parsed.success || faults.length > 0) return { ok: false, errors: faults }
  const { data } = parsed
  if (data.supplier_id !== undefined && data.supplier_id !== supplierId) {
    return { ok: false, errors: [OTHER_ID] }
  }
  const phones = readPhones(data.phones ?? [], country)
  if (!phones.ok) return phones
  return {
    ok: true,
    tenantId: data.tenant_id?.toLowerCase() ?? null,
    input: {
      supplierId,
      name: data.name.trim(),
      phones: phones.e164,
      language: presence(data.language),
      email: presence(data.email),
      metadata: data.metadata ?? null,
      ...(data.opted_out_at !== undefined && { optedOutAt: timeOf(data.opted_out_at) }),
    },
  }
}

/**
 * Reads one entry of an import: what it does not name stays as it is. That somebody has not opted out
 * takes no opt-out back: a list made before a STOP would.
 *
 * @param now when an entry that says only that it has opted out did so
 */
export function readImported(value: unknown, country: string | null, now: Date): ReadSupplier {
  const parsed = ImportedSchema.safeParse(value)
  const faults = faultsOf(value, parsed.error)
  if (!parsed.success || faults.length > 0) return { ok: false, errors: faults }
  const { data } = parsed
  const single = data.phone === undefined ? undefined : presence(data.phone)
  const given = data.phones ?? (single === undefined ? undefined : single === null ? [] : [single])
  const phones = readPhones(given ?? [], country)
  if (!phones.ok) return phones
  const optedOutAt = data.opted_out_at ? new Date(data.opted_out_at) : data.opted_out ? now : null
  return {
    ok: true,
    tenantId: data.tenant_id?.toLowerCase() ?? null,
    input: {
      supplierId: data.supplier_id,
      name: data.name.trim(),
      ...(given !== undefined && { phones: phones.e164 }),
      ...(data.language !== undefined && { language: presence(data.language) }),
      ...(data.email !== undefined && { email: presence(data.email) }),
      ...(data.metadata !== undefined && { metadata: data.metadata }),
      ...(optedOutAt !== null && { optedOutAt }),
    },
  }
}

const OTHER_ID: FieldError = {
  field: 'supplier_id',
  code: 'unsupported_value',
  detail: 'is not the one of the address',
  remedy: 'Leave it out, or send the request to the address of that supplier.',
}

function faultsOf(value: unknown, error: z.core.$ZodError | undefined): FieldError[] {
  return oncePerField([
    ...findUnstorable(value),
    ...(error === undefined ? [] : schemaFaults(error, value)),
  ])
}

function readPhones(
  given: readonly string[],
  country: string | null,
): { ok: true; e164: string[] } | { ok: false; errors: FieldError[] } {
  const readings = given.map((phone) => readPhone(phone, country))
  const errors = readings.flatMap((reading, index) =>
    reading.ok
      ? []
      : [
          {
            field: fieldWithin('phones', index),
            code: 'invalid_phone',
            detail: 'cannot be read as a phone number',
            remedy:
              'Write it with + and its country code, such as +34612345678, or set AVISO_DEFAULT_COUNTRY.',
          },
        ],
  )
  if (errors.length > 0) return { ok: false, errors }
  return {
    ok: true,
    e164: [...new Set(readings.flatMap((reading) => (reading.ok ? [reading.e164] : [])))],
  }
}

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text)
}
