import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { describeCategoryCost } from '../../src/http/category-cost.ts'
import { builtInCard } from '../../src/pricing/rate-card.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'

describe('what a change of category costs, before anything was sent', () => {
  let database: Database
  beforeAll(async () => {
    database = await openAnyMigrated()
  })
  afterAll(() => database.close())

  const describeCost = (
    from: string | null,
    to: string,
    correct_category: string | null = null,
    defaultCountry: string | null = 'ES',
  ) =>
    describeCategoryCost(
      { template_name: 'po_notification', category: { from, to }, correct_category },
      { database, card: builtInCard(), defaultCountry },
    )
  const SPAIN = 'In the market Spain a message costs 0.0707 instead of 0.0200 USD.'

  it('is told by the prices of the default country, of what is done and what is announced', async () => {
    expect(await describeCost('UTILITY', 'MARKETING')).toBe(SPAIN)
    expect(await describeCost('UTILITY', 'UTILITY', 'MARKETING')).toBe(SPAIN)
    expect(await describeCost('UTILITY', 'MARKETING', 'MARKETING')).toBe(SPAIN)
  })

  it('is not told where nothing changes, or no price is known', async () => {
    expect(await describeCost('UTILITY', 'UTILITY')).toBeNull()
    expect(await describeCost(null, 'MARKETING')).toBeNull()
    expect(await describeCost('UTILITY', 'MARKETING', null, null)).toBeNull()
  })
})
