import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countryOf } from '../../src/pricing/dial.ts'
import { formatMoney, parseMoney } from '../../src/pricing/money.ts'
import { priceKeyOf, priceOf, readPriceKey } from '../../src/pricing/price.ts'
import type { PriceKey } from '../../src/pricing/price.ts'
import { builtInCard, createRateCard } from '../../src/pricing/rate-card.ts'

const card = builtInCard()
const key = (more: Partial<PriceKey> = {}): PriceKey => ({
  model: 'PMP',
  type: 'regular',
  billable: 'true',
  category: 'utility',
  dial: '+346',
  month: '2026-11',
  ...more,
})

describe('money', () => {
  it('is exact however much is summed up, and shows at least four decimals', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), (units) => {
        expect(parseMoney(formatMoney(units))).toBe(units)
      }),
    )
    const rate = parseMoney('0.0014') ?? 0n
    expect(formatMoney(rate * 1_000_000n)).toBe('1400.0000')
    expect(formatMoney(parseMoney('0.00001') ?? 0n)).toBe('0.00001')
    expect(parseMoney('1e3')).toBeUndefined()
    expect(parseMoney('-1')).toBeUndefined()
  })
})

describe('markets', () => {
  it.each([
    ['+346', 'ES', 'Spain'],
    ['+521', 'MX', 'Mexico'],
    ['+1809', 'DO', 'Rest of Latin America'],
    ['+1212', 'US', 'North America'],
    ['+1416', 'CA', 'North America'],
    ['+447', 'GB', 'United Kingdom'],
    ['+393', 'IT', 'Italy'],
    ['+351', 'PT', 'Rest of Western Europe'],
    ['+258', 'MZ', 'Rest of Africa'],
    ['+354', 'IS', 'Other'],
    ['DE', 'DE', 'Germany'],
  ])('%s is %s, priced as %s', (dial, country, market) => {
    expect(countryOf(dial)).toBe(country)
    expect(card.marketOf(dial)).toBe(market)
  })
})

describe('priceOf', () => {
  it('charges what Meta calls regular, by market, category and month', () => {
    expect(priceOf(key(), card)).toEqual({
      kind: 'charged',
      units: parseMoney('0.0200'),
      currency: 'USD',
      category: 'utility',
    })
    expect(priceOf(key({ category: 'marketing', dial: '+491' }), card)).toMatchObject({
      units: parseMoney('0.1365'),
    })
    expect(priceOf(key({ category: 'service' }), card)).toMatchObject({ kind: 'charged' })
  })

  it('charges nothing for what Meta calls free, and says why', () => {
    expect(priceOf(key({ type: 'free_entry_point', billable: 'false' }), card)).toEqual({
      kind: 'free',
      reason: 'free_entry_point',
      currency: 'USD',
      category: 'utility',
    })
    expect(priceOf(key({ type: '', billable: 'false' }), card)).toMatchObject({
      reason: 'not_billable',
    })
  })

  it('has no price where the card has none, which is not the same as nothing', () => {
    expect(priceOf(key({ dial: '+861' }), card)).toEqual({ kind: 'unpriced', category: 'utility' })
    expect(priceOf(key({ month: '2026-06' }), card)).toMatchObject({ kind: 'unpriced' })
    expect(
      priceOf(key({ category: 'service', dial: '+491', month: '2026-09' }), card),
    ).toMatchObject({ kind: 'unpriced' })
  })

  it('reads the conversation model of before July 2025', () => {
    const conversation = key({ model: 'CBP', type: '', month: '2025-03' })
    expect(priceOf(conversation, card)).toEqual({
      kind: 'conversation',
      billable: true,
      category: 'utility',
    })
  })

  it('prices a message once it is delivered, by the month of its delivery', () => {
    const message = {
      pricing: { pricing_model: 'PMP', type: 'regular', category: 'utility', billable: true },
      delivered_at: new Date('2026-10-01T00:00:01Z'),
      recipient_phone: '+34612345678',
      recipient_user_id: null,
    }
    expect(priceKeyOf(message)).toEqual(key({ month: '2026-10' }))
    expect(priceKeyOf({ ...message, delivered_at: null })).toBeNull()
    expect(priceKeyOf({ ...message, pricing: null })).toBeNull()
    expect(readPriceKey('PMP|regular|true|utility|+346|2026-11')).toEqual(key())
  })
})

describe('a rate card', () => {
  it('is refused where a price is no decimal text, or a period no month', () => {
    const data = {
      source: 'ours',
      read_on: '2026-11-01',
      markets: { Spain: ['ES'] },
      periods: [{ from: '2026-10', currency: 'EUR', rates: { Spain: { utility: '0.018' } } }],
    }
    const own = createRateCard(data)
    expect(own.find('+346', 'utility', '2026-11')).toEqual({
      units: parseMoney('0.018'),
      currency: 'EUR',
    })
    expect(own.find('+331', 'utility', '2026-11')).toBeUndefined()
    const broken = (period: object) => () =>
      createRateCard({ ...data, periods: [{ ...data.periods[0], ...period }] })
    expect(broken({ from: '2026-10-15' })).toThrow()
    expect(broken({ rates: { Spain: { utility: 0.018 } } })).toThrow()
  })
})
