import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { addRefusals } from '../../src/webhook/gap-store.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'

describe('a count of refused webhooks', () => {
  let database: Database
  beforeAll(async () => {
    database = await openAnyMigrated()
  })
  afterAll(() => database.close())

  it('has the time of the refusal, not of the count', async () => {
    await addRefusals(database, 2, 7_200_000)
    const [row] = await database.query<{ seconds: number; count: number }>(
      `select extract(epoch from clock_timestamp() - last_at)::float8 as seconds, count::integer as count
       from webhook_refusals limit $1`,
      [1],
    )
    expect(row?.count).toBe(2)
    expect(row?.seconds).toBeGreaterThanOrEqual(7200)
    expect(row?.seconds).toBeLessThan(7260)
  })
})
