/** The event "purchase order approved": read, with every fault named at once. */

import type { z } from 'zod'
import type { FieldError } from '../lib/errors.ts'
import { nameFields, oncePerField, schemaFaults } from '../lib/schema-faults.ts'
import { findUnstorable } from '../lib/strict-json.ts'
import { atMost, isBlank, isUuid, presence } from '../lib/text-rules.ts'
import { PurchaseOrderEventSchema } from './purchase-order-schema.ts'

/** Bytes of one event at most, as they come. */
export const MAX_EVENT_BYTES = 256 * 1024

export interface PurchaseOrderEvent {
  /** 1 to 128 characters; of a CloudEvent, source and id. */
  eventId: string
  /** Lower case. */
  tenantId: string
  /** When the ERP says it happened, as it wrote it. */
  timestamp: string | null
  poId: string
  poNumber: string
  revision: number | null
  supplierId: string | null
  supplierName: string
  /** As given; whether it can be read is not asked here. */
  supplierPhone: string | null
  /** Upper case. */
  supplierCountry: string | null
  /** Decimal text. */
  totalAmount: string
  currency: string
  language: string | null
  documentUrl: string | null
  notificationId: string | null
  /** `data` as it came, with what we do not know. */
  data: Record<string, unknown>
}

/** What a CloudEvents envelope adds: its own names of our fields, and faults of its own. */
export interface Envelope {
  /** Our field → the envelope's, `event_id` → `id`. */
  names: Readonly<Record<string, string>>
  faults: readonly FieldError[]
}

export type ParsedEvent =
  | { ok: true; event: PurchaseOrderEvent }
  | {
      ok: false
      code: 'validation_failed'
      detail: string
      errors: FieldError[]
      /** Where they can be read, so that a rejected event is found by them. */
      eventId: string | null
      tenantId: string | null
    }

/**
 * Reads a parsed event and names every field that is not right, once each, in the order of the
 * document's schema after what cannot be stored at all. Never throws. Null and an empty text in an
 * optional field count as absent. A phone that cannot be read is no fault: it becomes a FAILED message.
 */
export function parsePurchaseOrderEvent(value: unknown, envelope?: Envelope | null): ParsedEvent {
  const unstorable = findUnstorable(value)
  const result = PurchaseOrderEventSchema.safeParse(value)
  const invalid = result.success ? [] : schemaFaults(result.error, value)
  const faults = envelope?.faults ?? []
  const errors = oncePerField([...faults, ...rename([...unstorable, ...invalid], envelope)])
  if (!result.success || errors.length > 0) return refuse(value, errors)
  return { ok: true, event: eventOf(result.data, value as { data: Record<string, unknown> }) }
}

function eventOf(
  wire: z.infer<typeof PurchaseOrderEventSchema>,
  given: { data: Record<string, unknown> },
): PurchaseOrderEvent {
  const { data } = wire
  return {
    eventId: wire.event_id,
    tenantId: wire.tenant_id.toLowerCase(),
    timestamp: presence(wire.timestamp),
    poId: data.po_id,
    poNumber: data.po_number,
    revision: data.revision ?? null,
    supplierId: presence(data.supplier_id),
    supplierName: data.supplier_name,
    supplierPhone: presence(data.supplier_phone),
    supplierCountry: presence(data.supplier_country)?.toUpperCase() ?? null,
    totalAmount: String(data.total_amount),
    currency: data.currency,
    language: presence(data.language),
    documentUrl: presence(data.document_url),
    notificationId: presence(data.notification_id)?.toLowerCase() ?? null,
    data: given.data,
  }
}

function refuse(value: unknown, errors: FieldError[]): ParsedEvent {
  const eventId = own(value, 'event_id')
  const tenantId = own(value, 'tenant_id')
  return {
    ok: false,
    code: 'validation_failed',
    detail: nameFields('the event', errors),
    errors,
    eventId: isShowableId(eventId) ? eventId : null,
    tenantId: typeof tenantId === 'string' && isUuid(tenantId) ? tenantId.toLowerCase() : null,
  }
}

const shortEnough = atMost(128)

function isShowableId(id: unknown): id is string {
  if (typeof id !== 'string' || !shortEnough.holds(id) || isBlank(id)) return false
  return findUnstorable(id).length === 0
}

function rename(errors: FieldError[], envelope: Envelope | null | undefined): FieldError[] {
  if (envelope === null || envelope === undefined) return errors
  // Its id is made of two attributes: where one of them is at fault there is none to judge.
  const judged =
    envelope.faults.length > 0 ? errors.filter(({ field }) => field !== 'event_id') : errors
  return judged.map((error) => ({ ...error, field: envelope.names[error.field] ?? error.field }))
}

function own(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}
