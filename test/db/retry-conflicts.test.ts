import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { retryConflicts } from '../../src/db/retry-conflicts.ts'
import { createDatabase } from '../support/databases.ts'
import { describeWith } from '../support/describe-with.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

// A sequence keeps its step when a transaction ends, so the function fails as often as it is told.
const SETUP = `
create sequence tries;
create table written (word text);
create function fail(times bigint, code text) returns void language plpgsql as $$
begin
  if nextval('tries') <= times then
    raise exception 'ended for the sake of another' using errcode = code;
  end if;
end $$`

describeEachMigratedDatabase('what the server ends for the sake of another', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
    await database.execute(SETUP)
  })
  beforeEach(() => database.execute(`truncate written; select setval('tries', 1, false)`))
  afterAll(() => database.close())

  const write = (times: number, code: string) =>
    database.transaction(async (tx) => {
      await tx.query('insert into written values ($1)', [code])
      await tx.query('select fail($1, $2)', [times, code])
    })
  const written = () => database.query('select word from written')

  it.each(['40001', '40P01'])('is run again whole, and writes once (%s)', async (code) => {
    await write(3, code)
    expect(await written()).toEqual([{ word: code }])
  })

  it('is run again when it is a statement by itself', async () => {
    await database.query({ name: 'test.fail', text: 'select fail($1, $2)' }, [3, '40P01'])
    expect(await database.query(`select nextval('tries') as next`)).toEqual([{ next: '5' }])
  })

  it('is given up after three more tries', async () => {
    await expect(write(4, '40001')).rejects.toMatchObject({ code: '40001' })
    expect(await written()).toEqual([])
  })

  it('is run once where the content is at fault', async () => {
    await expect(write(1, '22P02')).rejects.toMatchObject({ code: '22P02' })
    expect(await database.query(`select nextval('tries') as next`)).toEqual([{ next: '2' }])
  })
})

describeWith('postgres', 'two batches that lock the same rows in another order', (postgres) => {
  it('are both written', async () => {
    const { adminUrl, prefix } = postgres()
    const url = await createDatabase(adminUrl, prefix)
    const database = openPostgres({
      url,
      applicationName: 'aviso test',
      size: 2,
      statementTimeoutMs: 60_000,
    })
    await database.execute(`create table pair (id int primary key, touched int not null default 0);
      insert into pair values (1), (2)`)
    let arrived = 0
    let meet: () => void = () => {}
    const bothArrived = new Promise<void>((resolve) => {
      meet = resolve
    })
    const touch = (first: number, second: number) =>
      database.transaction(async (tx) => {
        await tx.query('update pair set touched = touched + 1 where id = $1', [first])
        arrived += 1
        if (arrived === 2) meet()
        await bothArrived
        await tx.query('update pair set touched = touched + 1 where id = $1', [second])
      })
    await Promise.all([touch(1, 2), touch(2, 1)])
    expect(arrived).toBeGreaterThan(2)
    expect(await database.query('select touched from pair')).toEqual([
      { touched: 2 },
      { touched: 2 },
    ])
    await database.close()
  })
})

describe('retryConflicts', () => {
  it('does not run again what nobody ended', async () => {
    let runs = 0
    const failure = new Error('no SQLSTATE')
    const work = () => {
      runs += 1
      return Promise.reject(failure)
    }
    await expect(retryConflicts(work, () => 0)).rejects.toBe(failure)
    expect(runs).toBe(1)
  })
})
