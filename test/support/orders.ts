import { createHash } from 'node:crypto'
import type { Delivery } from '../../src/intake/event-source.ts'

export const TENANT = '00000000-0000-0000-0000-000000000000'

/** An event as an ERP sends it; `data` is merged into the order. */
export function orderEvent(
  number: number,
  data: Record<string, unknown> = {},
  envelope: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    event_id: `event-${String(number)}`,
    event_type: 'po.approved',
    timestamp: '2026-11-22T09:30:00Z',
    tenant_id: TENANT,
    data: {
      po_id: `po-${String(number)}`,
      po_number: `PO-2026-${String(number).padStart(4, '0')}`,
      supplier_name: 'Harinas del Sur',
      supplier_phone: `+3461${String(2000000 + number)}`,
      total_amount: '1234.50',
      currency: 'EUR',
      language: 'es',
      ...data,
    },
    ...envelope,
  }
}

export function delivery(value: unknown, more: Partial<Delivery> = {}): Delivery {
  return {
    raw: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    contentType: 'application/json',
    headers: {},
    source: 'http',
    onlyTenant: null,
    ...more,
  }
}

/** A generator of ids in one place, so that a test can name the rows it made. */
export function idOf(number: number): string {
  const hex = createHash('sha256').update(String(number)).digest('hex')
  return `01930000-0000-7000-8000-${hex.slice(0, 12)}`
}
