/** What the same messages cost in two categories. Pure. */

import { formatMoney } from './money.ts'
import type { Rate, RateCard } from './rate-card.ts'

export interface MarketComparison {
  /** As the rate card names it. */
  market: string
  messages: number
  /** Decimal text, a message. */
  was: string
  becomes: string
}

export interface CategoryComparison {
  currency: string
  /** Those that the card has both prices for. */
  messages: number
  /** Decimal text, all of them together. */
  was: string
  becomes: string
  /** Begins with "-" where it becomes cheaper. */
  more: string
  /** Those with the most messages first. */
  markets: MarketComparison[]
}

/**
 * Puts counted messages to the prices of two categories. Markets without both prices are left out: a sum
 * that is not known is not guessed.
 *
 * @param month `2026-10`, in UTC
 * @param dials how many messages went where; a count of 0 asks for the prices alone
 * @returns null where nothing can be compared
 */
export function compareCategories(
  card: RateCard,
  month: string,
  { was, becomes }: { was: string; becomes: string },
  dials: ReadonlyMap<string, number>,
): CategoryComparison | null {
  const markets = new Map<string, { messages: number; from: Rate; to: Rate }>()
  for (const [dial, count] of dials) {
    const market = card.marketOf(dial)
    const from = card.find(dial, was.toLowerCase(), month)
    const to = card.find(dial, becomes.toLowerCase(), month)
    if (market === undefined || from === undefined || to === undefined) continue
    const known = markets.get(market)?.messages ?? 0
    markets.set(market, { messages: known + count, from, to })
  }
  const rows = [...markets].sort(([a, x], [b, y]) => y.messages - x.messages || (a < b ? -1 : 1))
  const [first] = rows
  if (first === undefined) return null
  const sum = (of: (row: { from: Rate; to: Rate }) => Rate): bigint =>
    rows.reduce((total, [, row]) => total + of(row).units * BigInt(row.messages), 0n)
  const [before, after] = [sum(({ from }) => from), sum(({ to }) => to)]
  return {
    currency: first[1].to.currency,
    messages: rows.reduce((total, [, { messages }]) => total + messages, 0),
    was: formatMoney(before),
    becomes: formatMoney(after),
    more: after < before ? `-${formatMoney(before - after)}` : formatMoney(after - before),
    markets: rows.map(([market, { messages, from, to }]) => ({
      market,
      messages,
      was: formatMoney(from.units),
      becomes: formatMoney(to.units),
    })),
  }
}
