import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { countMessages } from '../../src/stats/stats-store.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

const EVER = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }

describeEachMigratedDatabase('statistics that are not added up yet', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  it('say how far they are where the rest is too much to be counted in time', async () => {
    const hurried: Database = {
      ...database,
      query: (statement, parameters) =>
        typeof statement !== 'string' && statement.name === 'stats.none'
          ? Promise.reject(Object.assign(new Error('canceled'), { code: '57014' }))
          : database.query(statement, parameters),
    }
    const question = { range: EVER, groupBy: 'none', tenantId: null, limit: 1 } as const
    const through = (time: string) =>
      database.query('update stats_state set folded_through = $1 returning 1', [time])
    await through('-infinity')
    await expect(countMessages(hurried, question)).rejects.toThrow('they have no messages yet. Try')
    await through('2026-01-02T03:04:05Z')
    const refusal = await countMessages(hurried, question).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'unavailable' })
    expect(String(refusal)).toMatch(/until 2026-01-02.03:04:05.*Ask for a range that ends before/)
    await through(new Date().toISOString())
    await expect(countMessages(hurried, question)).rejects.toThrow('canceled')
    await through('-infinity')
  })
})
