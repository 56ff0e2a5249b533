/** The rate card: prices by market and category, each from a month on. Data, checked once. Pure. */

import { z } from 'zod'
import card from './rate-card.json' with { type: 'json' }
import { countryOf } from './dial.ts'
import { parseMoney } from './money.ts'

const price = z.string().refine((text) => parseMoney(text) !== undefined, {
  message: 'is not a decimal text such as "0.0200", of at most ten decimals',
})
const rates = z.record(
  z.string(),
  z.record(z.string().regex(/^[a-z_]+$/, 'is not a category such as utility'), price),
)

export const RateCardSchema = z.strictObject({
  source: z.string().min(1),
  read_on: z.iso.date(),
  /** The markets of countries (ISO 3166). */
  markets: z.record(z.string(), z.array(z.string().regex(/^[A-Z]{2}$/))),
  /** Where every other country belongs. */
  other: z.string().optional(),
  periods: z
    .array(
      z.strictObject({
        from: z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, 'is not a month such as 2026-10'),
        currency: z.string().regex(/^[A-Z]{3}$/, 'is not an ISO 4217 code'),
        rates,
      }),
    )
    .min(1),
})
type CardData = z.infer<typeof RateCardSchema>

export interface Rate {
  /** Of the smallest unit; see money.ts. */
  units: bigint
  currency: string
}

export interface RateCard {
  readonly source: string
  /** `YYYY-MM-DD` */
  readonly readOn: string
  /**
   * What one delivered message costs; undefined where the card has no price for it.
   *
   * @param month of the delivery, in UTC: `2026-10`
   */
  find(dial: string, category: string, month: string): Rate | undefined
  marketOf(dial: string): string | undefined
  /** The currency of a month: that of the first period, before it. */
  currencyIn(month: string): string
}

/** The card that comes with Aviso. */
export function builtInCard(): RateCard {
  return createRateCard(card)
}

/** @throws ZodError where the data is no rate card */
export function createRateCard(data: unknown): RateCard {
  const { source, read_on, markets, other, periods }: CardData = RateCardSchema.parse(data)
  const marketByCountry = new Map(
    Object.entries(markets).flatMap(([market, countries]) =>
      countries.map((country): [string, string] => [country, market]),
    ),
  )
  const byDate = periods.toSorted((a, b) => (a.from < b.from ? 1 : -1))
  const marketOf = (dial: string): string | undefined => {
    const country = countryOf(dial)
    return country === undefined ? undefined : (marketByCountry.get(country) ?? other)
  }
  return {
    source,
    readOn: read_on,
    marketOf,
    currencyIn: (month) =>
      (byDate.find(({ from }) => from <= month) ?? byDate.at(-1))?.currency ?? 'USD',
    find(dial, category, month) {
      const period = byDate.find(({ from }) => from <= month)
      const market = marketOf(dial)
      if (period === undefined || market === undefined) return undefined
      const units = parseMoney(period.rates[market]?.[category] ?? '')
      return units === undefined ? undefined : { units, currency: period.currency }
    },
  }
}
