/**
 * What a message costs: Meta's word on whether and as what it is charged (reference, section 5.6), and the
 * rate card's on how much. The invoice prevails. Pure.
 */

import { dialOf, dialSql } from './dial.ts'
import type { RateCard } from './rate-card.ts'

/** What decides a price. Messages that agree in it cost the same. */
export interface PriceKey {
  /** `PMP`, a price a message; `CBP`, a price a conversation, before July 2025. */
  model: string
  type: string
  /** `true`, `false`, or empty where Meta did not say. */
  billable: string
  category: string
  dial: string
  /** Of the delivery, in UTC: `2026-10`. */
  month: string
}

export type Price =
  | { kind: 'charged'; units: bigint; currency: string; category: string }
  /** `reason` is Meta's type: free_customer_service, free_entry_point; or not_billable. */
  | { kind: 'free'; reason: string; currency: string; category: string }
  /** A part of a conversation, which was charged as a whole. */
  | { kind: 'conversation'; billable: boolean; category: string }
  /** Charged, and the card has no price for it. */
  | { kind: 'unpriced'; category: string }

const SEPARATOR = '|'

/**
 * SQL: the key of what Meta has priced and delivered, as {@link readPriceKey} reads it; null of everything
 * else. A message that failed costs nothing, whatever its first webhook announced.
 */
export function priceKeySql(m: string): string {
  const part = (name: string) => `coalesce(${m}.pricing ->> '${name}', '')`
  return `case when ${m}.delivered_at is not null and jsonb_typeof(${m}.pricing) = 'object' then
    concat_ws('${SEPARATOR}', ${part('pricing_model')}, ${part('type')}, ${part('billable')}, ${part('category')},
      ${dialSql(m)}, to_char(${m}.delivered_at at time zone 'utc', 'YYYY-MM')) end`
}

export interface PricedMessage {
  pricing: unknown
  delivered_at: Date | null
  recipient_phone: string | null
  recipient_user_id: string | null
}

/** The same of a row; null where nothing is known to cost. */
export function priceKeyOf(message: PricedMessage): PriceKey | null {
  const { pricing, delivered_at: deliveredAt } = message
  if (deliveredAt === null || typeof pricing !== 'object' || pricing === null) return null
  const part = (name: string): string => {
    const value = (pricing as Record<string, unknown>)[name]
    return typeof value === 'string' || typeof value === 'boolean' ? String(value) : ''
  }
  return {
    model: part('pricing_model'),
    type: part('type'),
    billable: part('billable'),
    category: part('category'),
    dial: dialOf(message),
    month: deliveredAt.toISOString().slice(0, 7),
  }
}

export function readPriceKey(text: string): PriceKey {
  const [model = '', type = '', billable = '', category = '', dial = '', month = ''] =
    text.split(SEPARATOR)
  return { model, type, billable, category, dial, month }
}

/** Meta's `type` says whether it is charged; `billable` is asked where there is none, as it will end. */
export function priceOf(key: PriceKey, card: RateCard): Price {
  const { model, type, billable, dial, month } = key
  const category = key.category.toLowerCase().replaceAll('-', '_')
  const isFree = type === '' ? billable === 'false' : type.startsWith('free')
  if (model === 'CBP') {
    return { kind: 'conversation', billable: !isFree && billable !== 'false', category }
  }
  const rate = card.find(dial, category, month)
  if (isFree || (type !== 'regular' && billable === 'false')) {
    const currency = rate?.currency ?? card.currencyIn(month)
    return {
      kind: 'free',
      reason: isFree && type !== '' ? type : 'not_billable',
      currency,
      category,
    }
  }
  return rate === undefined
    ? { kind: 'unpriced', category }
    : { kind: 'charged', ...rate, category }
}
