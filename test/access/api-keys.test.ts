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

  it('leaves a row in the audit table when somebody makes or revokes it, without the key', async () => {
    const keys = createApiKeys({ database, adminKey: null, createId, now: () => Date.now() })
    const tenantId = createId()
    const given = { name: 'erp', role: 'ingest', tenantId, expiresAt: null } as const
    await keys.create(given)
    const { key, row } = await keys.create({ ...given, actor: 'ana' })
    expect(await keys.revoke(row.id, createId(), 'stranger')).toBe(false)
    expect(await keys.revoke(row.id, tenantId, 'ben')).toBe(true)
    const audit = await database.query(
      'select actor, action, message_id, detail from audit_log where tenant_id = $1 order by at',
      [tenantId],
    )
    const detail = { key_id: row.id, name: 'erp', role: 'ingest' }
    expect(audit).toEqual([
      { actor: 'ana', action: 'key_create', message_id: null, detail },
      { actor: 'ben', action: 'key_revoke', message_id: null, detail },
    ])
    expect(JSON.stringify(audit)).not.toContain(key)
  })
})
