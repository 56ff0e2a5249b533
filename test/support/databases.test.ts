import { afterAll, describe, expect, inject, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createDatabase } from './databases.ts'
import { describeWith } from './describe-with.ts'
import { describeEachMigratedDatabase } from './migrated-database.ts'
import { withClient } from './postgres-service.ts'

describeEachMigratedDatabase('a database for a suite', (open) => {
  const opened: Database[] = []
  const openOne = async () => {
    const database = await open()
    opened.push(database)
    return database
  }
  afterAll(() => Promise.all(opened.map((database) => database.close())))

  it('is migrated, and nobody else writes to it', async () => {
    const [one, another] = [await openOne(), await openOne()]
    await one.execute('create table mine (id int)')
    const find = (database: Database, table: string) =>
      database.query<{ found: boolean }>('select to_regclass($1) is not null as found', [table])
    expect(await find(one, 'whatsapp_messages')).toEqual([{ found: true }])
    expect(await find(one, 'mine')).toEqual([{ found: true }])
    expect(await find(another, 'mine')).toEqual([{ found: false }])
  })
})

describeWith('postgres', 'the databases of a run', (postgres) => {
  it('carry the name that the interface promises', async () => {
    const { adminUrl, prefix } = postgres()
    const url = await createDatabase(adminUrl, prefix)
    const rows = await withClient(url, async (client) => {
      const result = await client.query<{ name: string }>('select current_database() as name')
      return result.rows
    })
    expect(rows[0]?.name).toMatch(/^aviso_test_[0-9a-f]{8}_[0-9a-f]{12}$/)
  })
})

describe('a service that is missing', () => {
  it('has a reason to print', () => {
    for (const service of Object.values(inject('services'))) {
      expect(service.found ? service.where : service.reason).not.toBe('')
    }
  })
})
