import { formatAmount } from './amount.ts'
import type { TemplateShape } from './template-shape.ts'

/** The template of orders, unless another one is active under {@link ORDER_KEY}. */
export const DEFAULT_TEMPLATE = 'po_notification'

/** The key of the templates that orders may use. */
export const ORDER_KEY = 'po_approved'

/** What a template says of an order. */
export interface NotifiedOrder {
  supplierName: string
  poNumber: string
  /** Decimal text. */
  totalAmount: string
  /** ISO 4217. */
  currency: string
}

/** As the message keeps them: by position, or by name. */
export type OrderParameters = string[] | Record<string, string>

const VALUES: Readonly<Record<string, (order: NotifiedOrder, language: string) => string>> = {
  supplier_name: (order) => order.supplierName,
  po_number: (order) => order.poNumber,
  total_amount: (order, language) => formatAmount(order.totalAmount, order.currency, language),
}
const NAMES = Object.keys(VALUES)

/**
 * The body parameters of a template of orders: supplier name, order number, amount, in this order
 * where it is positional, else those that it names. As given; they are made fit for Meta on the wire.
 *
 * @param language Meta's code of the language that the template is sent in
 * @param shape left out: `po_notification` as it is shipped
 */
export function orderParameters(
  order: NotifiedOrder,
  language: string,
  shape?: TemplateShape,
): OrderParameters {
  const valueOf = (name: string) => VALUES[name]?.(order, language) ?? ''
  if (shape?.format !== 'NAMED') return NAMES.map(valueOf)
  return Object.fromEntries(shape.body.variables.map((name) => [name, valueOf(name)]))
}

/**
 * Why an order cannot fill the template; null: it can. Three body variables, or any of the three
 * names; and nothing that has to come with every message besides.
 */
export function unfitForOrders(shape: TemplateShape): string | null {
  const { header, body, buttons } = shape
  if (header.kind === 'text' && header.variables.length > 0) return 'its header has a variable'
  if (header.kind !== 'none' && header.kind !== 'text') return 'its header needs a file or a place'
  if (buttons.some((button) => button.needsParameter)) return 'a button needs a parameter'
  if (shape.format === 'NAMED') {
    const unknown = body.variables.filter((name) => !NAMES.includes(name))
    return unknown.length === 0 ? null : `an order has no ${unknown.join(', ')}`
  }
  return body.variables.length === NAMES.length
    ? null
    : `it has ${String(body.variables.length)} body variables instead of ${String(NAMES.length)}`
}
