/** The orders that are offered: like the interface's example, each to a recipient of its own. */

import { createHash } from 'node:crypto'

/** Where contestants and load meet; the names are the service's defaults. */
export const EXCHANGE = 'procurement.events'
export const ROUTING_KEY = 'po.approved'
export const QUEUE = 'notification-service.po-approved'
export const PHONE_NUMBER_ID = '106540352242922'
export const BUSINESS_ACCOUNT_ID = '102290129340398'
export const APP_SECRET = 'benchmark-app-secret-0123456789'
export const TENANT = '00000000-0000-0000-0000-000000000000'
export const WEBHOOK_PATH = '/api/v1/whatsapp/webhook'

/** Orders of one database at most: a number each, from 0. */
export const MAX_ORDERS = 90_000_000

/** Spanish mobile numbers 600 000 000 and up, one an order. */
export function recipientOf(index: number): string {
  return `+34${600_000_000 + index}`
}

/** @returns the order's number; NaN for a recipient that is none of ours */
export function orderOf(recipient: string): number {
  return /^\+34[67]\d{8}$/.test(recipient) ? Number(recipient.slice(3)) - 600_000_000 : Number.NaN
}

/**
 * @param index the order's number
 * @param timestamp RFC 3339
 */
export function encodeOrder(index: number, timestamp: string): Buffer {
  const supplier = idOf(`supplier ${index % 5000}`)
  const event = {
    event_id: idOf(`event ${index}`),
    event_type: 'po.approved',
    timestamp,
    tenant_id: TENANT,
    data: {
      po_id: idOf(`po ${index}`),
      po_number: `PO-2026-${String(index).padStart(8, '0')}`,
      revision: 1,
      supplier_id: supplier,
      supplier_name: `Harinas del Sur ${index % 5000}`,
      supplier_phone: recipientOf(index),
      supplier_country: 'ES',
      supplier_email: 'pedidos@harinas.example',
      total_amount: `${1000 + (index % 9000)}.50`,
      currency: 'EUR',
      required_delivery_date: '2026-11-25',
      language: 'es',
      document_url: `https://erp.example/po/${index}.pdf`,
      notification_id: null,
      items: [{ name: 'Harina T55 25 kg', quantity: 40, unit: 'sack', unit_price: '21.90' }],
      // Not known to anybody, so it is kept as it is: when this order was due.
      offered_at: timestamp,
    },
  }
  return Buffer.from(JSON.stringify(event))
}

/** An id that looks random, as ids of an ERP do, and is the same for the same order. */
function idOf(name: string): string {
  const hex = createHash('md5').update(name).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}
