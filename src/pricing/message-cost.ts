import { formatMoney } from './money.ts'
import { priceKeyOf, priceOf } from './price.ts'
import type { PricedMessage } from './price.ts'
import type { RateCard } from './rate-card.ts'

export interface MessageCost {
  /** Decimal text. */
  amount: string
  currency: string
  category: string
  /** False: delivered without charge. */
  billable: boolean
}

/**
 * What one message costs. Null before it is delivered, while Meta has not priced it, where the card has no
 * price for it, and of a conversation's messages, which have none of their own. Pure.
 */
export function costOfMessage(message: PricedMessage, card: RateCard): MessageCost | null {
  const key = priceKeyOf(message)
  const price = key === null ? undefined : priceOf(key, card)
  switch (price?.kind) {
    case 'charged': {
      const { units, currency, category } = price
      return { amount: formatMoney(units), currency, category, billable: true }
    }
    case 'free': {
      const { currency, category } = price
      return { amount: formatMoney(0n), currency, category, billable: false }
    }
    case 'conversation':
    case 'unpriced':
    case undefined:
      return null
  }
}
