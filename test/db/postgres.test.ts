import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { createDatabase } from '../support/databases.ts'
import { describeWith } from '../support/describe-with.ts'
import { openTcpProxy, through } from '../support/tcp-proxy.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'

describeWith('postgres', 'a pool on PostgreSQL', (postgres) => {
  let proxy: TcpProxy
  let database: Database
  beforeAll(async () => {
    const { adminUrl, prefix } = postgres()
    const address = await createDatabase(adminUrl, prefix)
    proxy = await openTcpProxy(() => [Number(new URL(address).port || '5432')])
    database = openPostgres({
      url: through(proxy, address),
      applicationName: 'aviso test',
      size: 1,
      statementTimeoutMs: 5000,
      answerTimeoutMs: 300,
    })
    await database.query('create table one (n integer primary key)', [])
  })
  afterAll(async () => {
    await database.close()
    await proxy.close()
  })
  const pidOf = async () => {
    const rows = await database.query<{ pid: number }>('select pg_backend_pid() as pid', [])
    return rows[0]?.pid
  }

  it('is not brought down by a server that cuts it in the middle of a transaction', async () => {
    const cut = database.transaction(async (tx) => {
      await tx.query('insert into one values (1)', [])
      proxy.cut()
      proxy.restore()
      // Between two statements: nobody waits for an answer while the cut is noticed.
      await expect
        .poll(() =>
          tx.query('select 1').then(
            () => 0,
            () => 1,
          ),
        )
        .toBe(1)
      await tx.query('insert into one values (2)', [])
    })
    await expect(cut).rejects.toThrow()
    expect(await database.query('select n from one', [])).toEqual([])
  })

  it('keeps the connection of a statement that was refused', async () => {
    const before = await pidOf()
    await database.query('insert into one values (7)', [])
    await expect(database.query('insert into one values (7)', [])).rejects.toThrow(/unique/)
    await expect(
      database.transaction((tx) => tx.query('insert into one values (7)', [])),
    ).rejects.toThrow(/unique/)
    expect(await pidOf()).toBe(before)
  })

  it('gives up a connection that has gone silent, and works over a new one', async () => {
    await pidOf()
    proxy.freeze()
    await expect(database.transaction((tx) => tx.query('select 1'))).rejects.toThrow(/timeout/)
    proxy.restore()
    expect(await pidOf()).toBeGreaterThan(0)
    proxy.freeze()
    await expect(
      database.kysely.selectFrom('whatsapp_wamids').selectAll().execute(),
    ).rejects.toThrow(/timeout/)
    proxy.restore()
    expect(await pidOf()).toBeGreaterThan(0)
  })

  it('lets a migration take its time', async () => {
    const { sql } = await import('kysely')
    await sql`select pg_sleep(0.5)`.execute(database.migrations)
  })
})
