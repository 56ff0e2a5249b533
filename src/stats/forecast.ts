/**
 * What a month will have cost at its end: what it has cost so far, and for each day that is left the mean of
 * the same weekday in the last four weeks. Pure; in whole numbers, as all money is.
 */

import { formatMoney, parseMoney } from '../pricing/money.ts'
import type { Money } from './summarise.ts'

export const DAY_MS = 24 * 60 * 60 * 1000
export const WEEKS = 4

/** A day's cost, by the day's first moment in ms. */
export type Daily = ReadonlyMap<number, { billable: number; cost: readonly Money[] }>

export interface Forecast {
  billable: number
  cost: Money[]
}

/**
 * @param month its first moment and that of the next, in ms
 * @param now the moment that is known of
 * @param daily the month so far, and the four weeks before today
 */
export function forecastMonth(
  month: { from: number; to: number },
  now: number,
  daily: Daily,
): { soFar: Forecast; forecast: Forecast } {
  const today = Math.floor(now / DAY_MS) * DAY_MS
  const soFar = sumOf(
    [...daily].flatMap(([day, sum]) => (day >= month.from && day < month.to ? [sum] : [])),
  )
  const units = unitsOf(soFar.cost)
  let billable = soFar.billable
  for (let day = Math.max(month.from, today); day < month.to; day += DAY_MS) {
    // So many weeks back that the same weekday is over.
    const back = Math.floor((day - today) / (7 * DAY_MS)) + 1
    const before = Array.from({ length: WEEKS }, (_, week) => day - (back + week) * 7 * DAY_MS)
    const usual = sumOf(before.flatMap((one) => daily.get(one) ?? []))
    const already = day === today ? daily.get(today) : undefined
    billable += Math.max(0, Math.round(usual.billable / WEEKS) - (already?.billable ?? 0))
    const known = unitsOf(already?.cost ?? [])
    for (const [currency, sum] of unitsOf(usual.cost)) {
      const rest = sum / BigInt(WEEKS) - (known.get(currency) ?? 0n)
      if (rest > 0n) units.set(currency, (units.get(currency) ?? 0n) + rest)
    }
  }
  return { soFar, forecast: { billable, cost: moneyOf(units) } }
}

function sumOf(sums: readonly { billable: number; cost: readonly Money[] }[]): Forecast {
  return {
    billable: sums.reduce((sum, one) => sum + one.billable, 0),
    cost: moneyOf(unitsOf(sums.flatMap(({ cost }) => cost))),
  }
}

function unitsOf(cost: readonly Money[]): Map<string, bigint> {
  const units = new Map<string, bigint>()
  for (const { currency, amount } of cost) {
    units.set(currency, (units.get(currency) ?? 0n) + (parseMoney(amount) ?? 0n))
  }
  return units
}

function moneyOf(units: ReadonlyMap<string, bigint>): Money[] {
  return [...units]
    .map(([currency, sum]) => ({ currency, amount: formatMoney(sum) }))
    .sort((a, b) => (a.currency < b.currency ? -1 : 1))
}
