import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApiKeys } from '../../src/access/api-keys.ts'
import type { Database } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'

describe('an API key', () => {
  let database: Database
  beforeAll(async () => {
    database = await openAnyMigrated()
  })
  afterAll(() => database.close())

  it('ends at its time, also where its caller is remembered', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000)
    let now = expiresAt.getTime() - 1000
    const keys = createApiKeys({ database, adminKey: null, createId, now: () => now })
    const { key, row } = await keys.create({
      name: 'short',
      role: 'viewer',
      tenantId: null,
      expiresAt,
    })
    expect(await keys.findCaller(key)).toMatchObject({ name: 'short' })
    await database.query(
      `update api_keys set expires_at = clock_timestamp() where id = $1 returning 1`,
      [row.id],
    )
    expect(await keys.findCaller(key)).toMatchObject({ name: 'short' })
    now = expiresAt.getTime()
    expect(await keys.findCaller(key)).toBeUndefined()
  })
})
