import type { NotifiedOrder } from './po-notification.ts'

/** What a message keeps of its order. */
export interface OrderMessage {
  supplier_name: string | null
  po_number: string | null
  /** The event's data as received; it was valid when the message was written. */
  metadata: unknown
}

/** The order that a message tells of, and the language that its event asked for. */
export function storedOrder(message: OrderMessage): NotifiedOrder & { language: string | null } {
  const { metadata } = message
  const data = typeof metadata === 'object' && metadata !== null ? metadata : {}
  return {
    supplierName: message.supplier_name ?? '',
    poNumber: message.po_number ?? '',
    totalAmount: textAt(data, 'total_amount') ?? '0',
    currency: textAt(data, 'currency') ?? '',
    language: textAt(data, 'language'),
  }
}

function textAt(object: object, key: string): string | null {
  const value: unknown = Object.hasOwn(object, key) ? object[key as keyof object] : undefined
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value.trim() !== '' ? value : null
}
