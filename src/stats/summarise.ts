/** From counted metrics to what is shown of a group. Pure. */

import { formatMoney } from '../pricing/money.ts'
import { priceOf, readPriceKey } from '../pricing/price.ts'
import type { RateCard } from '../pricing/rate-card.ts'
import { quantile } from './histogram.ts'
import type { Bucket } from './histogram.ts'
import type { Metrics } from './measures.ts'

export interface Durations {
  /** Seconds; null where there are none. */
  median: number | null
  p95: number | null
}

export interface Money {
  currency: string
  /** Decimal text. */
  amount: string
}

export interface Cost {
  /** Messages that are charged one by one. */
  billable: number
  cost: Money[]
  /** Delivered and not charged, by Meta's reason. */
  free: { reason: string; count: number }[]
  /** Charged, without a price in the rate card: their cost is not in `cost`. */
  unpriced: number
  /** Charged as parts of conversations, before July 2025. */
  conversations: number
}

export interface Summary extends Cost {
  total: number
  counts: { PENDING: number; SENT: number; DELIVERED: number; READ: number; FAILED: number }
  delivery_rate: number | null
  read_rate: number | null
  seconds_to_deliver: Durations
  seconds_to_read: Durations
  failures: { error_code: string; count: number }[]
}

export function summarise(metrics: Metrics, card: RateCard): Summary {
  const count = (metric: string): number => metrics.get(metric) ?? 0
  const counts = {
    PENDING: count('sP'),
    SENT: count('sS'),
    DELIVERED: count('sD'),
    READ: count('sR'),
    FAILED: count('sF'),
  }
  const arrived = counts.DELIVERED + counts.READ
  return {
    total: counts.PENDING + counts.SENT + arrived + counts.FAILED,
    counts,
    delivery_rate: ratio(arrived, counts.SENT + arrived + count('a')),
    read_rate: ratio(counts.READ, arrived),
    seconds_to_deliver: durationsOf(metrics, 'd'),
    seconds_to_read: durationsOf(metrics, 'r'),
    failures: entriesOf(metrics, 'e')
      .map(([code, n]) => ({ error_code: code, count: n }))
      .sort((a, b) => b.count - a.count || (a.error_code < b.error_code ? -1 : 1)),
    ...costOf(metrics, card),
  }
}

/** What the priced messages among the metrics cost together. */
export function costOf(metrics: Metrics, card: RateCard): Cost {
  const units = new Map<string, bigint>()
  const free = new Map<string, number>()
  let [billable, unpriced, conversations] = [0, 0, 0]
  for (const [text, n] of entriesOf(metrics, 'c')) {
    const price = priceOf(readPriceKey(text), card)
    switch (price.kind) {
      case 'charged':
        billable += n
        units.set(price.currency, (units.get(price.currency) ?? 0n) + price.units * BigInt(n))
        break
      case 'unpriced':
        billable += n
        unpriced += n
        break
      case 'free':
        free.set(price.reason, (free.get(price.reason) ?? 0) + n)
        break
      case 'conversation':
        conversations += n
        break
    }
  }
  return {
    billable,
    cost: [...units]
      .map(([currency, sum]) => ({ currency, amount: formatMoney(sum) }))
      .sort((a, b) => (a.currency < b.currency ? -1 : 1)),
    free: [...free]
      .map(([reason, n]) => ({ reason, count: n }))
      .sort((a, b) => (a.reason < b.reason ? -1 : 1)),
    unpriced,
    conversations,
  }
}

/** How many of the priced messages went where, by dial. */
export function countDials(metrics: Metrics): Map<string, number> {
  const dials = new Map<string, number>()
  for (const [text, n] of entriesOf(metrics, 'c')) {
    const { dial } = readPriceKey(text)
    dials.set(dial, (dials.get(dial) ?? 0) + n)
  }
  return dials
}

/** Metrics of a kind, without their first letter. */
function entriesOf(metrics: Metrics, kind: string): [string, number][] {
  const entries: [string, number][] = []
  for (const [metric, n] of metrics) if (metric.startsWith(kind)) entries.push([metric.slice(1), n])
  return entries
}

function durationsOf(metrics: Metrics, kind: string): Durations {
  const buckets = entriesOf(metrics, kind).map(([number, count]): Bucket => ({
    number: Number(number),
    count,
  }))
  return { median: quantile(buckets, 0.5), p95: quantile(buckets, 0.95) }
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
