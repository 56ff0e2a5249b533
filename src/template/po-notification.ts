import { formatAmount } from './amount.ts'

/** The template of orders, unless another one is active under the key `po_approved`. */
export const DEFAULT_TEMPLATE = 'po_notification'

/** What the template `po_notification` says of an order. */
export interface NotifiedOrder {
  supplierName: string
  poNumber: string
  /** Decimal text. */
  totalAmount: string
  /** ISO 4217. */
  currency: string
}

/**
 * The body parameters of `po_notification` in the order of its variables: supplier name, order
 * number, amount. As given; they are made fit for Meta on the wire only.
 *
 * @param language Meta's code of the language that the template is sent in
 */
export function poNotificationParameters(order: NotifiedOrder, language: string): string[] {
  return [
    order.supplierName,
    order.poNumber,
    formatAmount(order.totalAmount, order.currency, language),
  ]
}
