import { afterAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { migrate } from '../../src/db/migrate.ts'
import { OWN_TABLES } from '../../src/db/own-tables.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { waitForDatabase } from '../../src/db/unreachable.ts'
import { readDatabaseFacts } from '../../src/doctor/doctor-store.ts'
import { judgeDatabase } from '../../src/doctor/judge-database.ts'
import type { DatabaseFacts } from '../../src/doctor/judge-database.ts'
import { checkDatabase } from '../../src/doctor/own-checks.ts'
import { AppError } from '../../src/lib/errors.ts'
import { createDatabase } from '../support/databases.ts'
import { describeWith } from '../support/describe-with.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

const FINE: DatabaseFacts = {
  role: 'aviso',
  takesWrites: true,
  synchronousCommit: 'on',
  fsync: 'on',
  fullPageWrites: 'on',
  tables: 60,
  refused: [],
  ownsTables: true,
  mayMakeTables: true,
  skewMs: 3,
}

describe('a database that is judged', () => {
  it('is fine where it keeps and takes what is written, before the tables are made too', () => {
    expect(judgeDatabase(FINE, false)).toMatchObject({ result: 'ok' })
    expect(judgeDatabase({ ...FINE, tables: 0 }, false)).toMatchObject({ result: 'ok' })
  })

  it.each<[Partial<DatabaseFacts>, 'failed' | 'warning', RegExp]>([
    [{ takesWrites: false }, 'failed', /only reads/],
    [{ refused: ['a', 'b', 'c', 'd', 'e'] }, 'failed', /role aviso may not .* a, b, c and 2 more$/],
    [{ tables: 0, mayMakeTables: false }, 'failed', /role aviso may not make tables/],
    [{ synchronousCommit: 'off' }, 'failed', /before a commit is durable/],
    [{ fsync: 'off' }, 'failed', /fsync is off/],
    [{ fullPageWrites: 'off' }, 'warning', /full_page_writes is off/],
    [{ ownsTables: false }, 'warning', /cannot make the partitions/],
    [{ mayMakeTables: false }, 'warning', /cannot make the partitions/],
    [{ skewMs: 90_000 }, 'warning', /differ by 90 s/],
  ])('with %j is %s, and it is said what to do', (amiss, result, words) => {
    expect(judgeDatabase({ ...FINE, ...amiss }, false)).toMatchObject({
      result,
      detail: expect.stringMatching(words),
      remedy: expect.stringMatching(/\.$/),
      guide: 'docs/setup-guide.md#database',
    })
  })

  it('is only for a try where it is embedded, whose fsync is always off', () => {
    const embedded = { ...FINE, fsync: 'off' }
    expect(judgeDatabase(embedded, true)).toMatchObject({ result: 'warning' })
  })
})

describeEachMigratedDatabase('what a database says of itself', (open) => {
  let database: Database
  afterAll(() => database.close())

  it('counts every table of ours with its partitions, all of them its own', async () => {
    database = await open()
    const facts = await readDatabaseFacts(database)
    expect(facts).toMatchObject({
      takesWrites: true,
      refused: [],
      ownsTables: true,
      mayMakeTables: true,
    })
    const [setting] = await database.query<{ fsync: string }>('show fsync', [])
    expect(facts.fsync).toBe(setting?.fsync)
    const tables = await database.query<{ name: string; is_partition: boolean }>(
      `select relname as name, relispartition as is_partition from pg_class
       where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
         and relname not like 'aviso\\_migrations%' order by relname collate "C"`,
      [],
    )
    expect(facts.tables).toBe(tables.length)
    const whole = tables.filter((table) => !table.is_partition)
    expect(whole.map(({ name }) => name)).toEqual(OWN_TABLES)
  })
})

describeWith('postgres', 'a role of PostgreSQL that only reads', (postgres) => {
  /** A role that every server has: none has to be made for this. */
  const READER = 'pg_read_all_data'
  const opened: Database[] = []
  afterAll(async () => {
    for (const database of opened) await database.close()
  })
  const openAs = (url: string, role?: string): Database => {
    const database = openPostgres({
      url,
      applicationName: 'aviso test',
      size: 1,
      statementTimeoutMs: 10_000,
      session: role === undefined ? {} : { role },
    })
    opened.push(database)
    return database
  }

  /** Who may make databases need not be allowed to act as this role. */
  const mayAct = async (): Promise<boolean> => {
    const [row] = await openAs(postgres().adminUrl).query<{ may: boolean }>(
      `select pg_has_role('${READER}', 'member') as may`,
      [],
    )
    return row?.may === true
  }
  const WHY_NOT = `the tests' role of PostgreSQL is no member of ${READER}`

  it('is told apart from one that writes, before the tables are made and after', async ({
    skip,
  }) => {
    skip(!(await mayAct()), WHY_NOT)
    const { adminUrl, prefix } = postgres()
    const url = await createDatabase(adminUrl, prefix)
    const owner = openAs(url)
    const reader = openAs(url, READER)
    expect(await checkDatabase(reader)).toMatchObject({
      result: 'failed',
      detail: `the role ${READER} may not make tables in the database`,
    })
    await migrate(owner)
    expect(await checkDatabase(reader)).toMatchObject({
      result: 'failed',
      detail: expect.stringMatching(
        /^the role pg_read_all_data may not read and write alert_state/,
      ),
    })
    await owner.query(`grant all on all tables in schema public to ${READER}`)
    expect(await checkDatabase(reader)).toMatchObject({
      result: 'warning',
      detail: expect.stringMatching(/^the role pg_read_all_data cannot make the partitions/),
    })
    await owner.query(`revoke insert on suppliers from ${READER}`)
    expect((await checkDatabase(reader)).detail).toMatch(/may not read and write suppliers$/)
  })

  it('is refused as configuration, in words that do not deny the answer', async ({ skip }) => {
    skip(!(await mayAct()), WHY_NOT)
    const { adminUrl, prefix } = postgres()
    const url = await createDatabase(adminUrl, prefix)
    await migrate(openAs(url))
    const reader = openAs(url, READER)
    const signal = new AbortController().signal
    const start = waitForDatabase(
      () => reader.query('update whatsapp_messages set state = state', []),
      { waitMs: 60_000, onAway: () => undefined, signal },
    )
    const failure = await start.then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(AppError)
    expect(failure).toMatchObject({ code: 'configuration' })
    expect((failure as AppError).message).toMatch(
      /^the database answers, and refuses the role in DATABASE_URL: permission denied .*owner\.$/,
    )
  })
})
