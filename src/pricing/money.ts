/**
 * Money as whole numbers of a smallest unit, 10^-10 of the currency's: sums are exact, whatever the order
 * of the summands. Never a float. Pure.
 */

const DECIMALS = 10
const UNIT = 10n ** BigInt(DECIMALS)
/** As rate cards write their prices; more decimals appear where a price has them. */
const SHOWN_DECIMALS = 4

/** Units of a decimal text of at most ten decimals, not negative; undefined where it is none. */
export function parseMoney(text: string): bigint | undefined {
  const match = /^(\d{1,12})(?:\.(\d{1,10}))?$/.exec(text)
  if (match?.[1] === undefined) return undefined
  return BigInt(match[1]) * UNIT + BigInt((match[2] ?? '').padEnd(DECIMALS, '0'))
}

/** A decimal text of at least four decimals. */
export function formatMoney(units: bigint): string {
  const fraction = String(units % UNIT).padStart(DECIMALS, '0')
  const shown = fraction.replace(/0+$/, '').padEnd(SHOWN_DECIMALS, '0')
  return `${String(units / UNIT)}.${shown}`
}
