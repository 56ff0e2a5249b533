import { inject } from 'vitest'
import { migrate } from '../../src/db/migrate.ts'
import type { Database, SessionSettings } from '../../src/db/database.ts'
import { createPgliteDatabase } from '../../src/db/pglite.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { createDatabase, describeEachDatabase, isLeftToPostgres } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { loadSnapshot } from './pglite-snapshot.ts'
import { withClient } from './postgres-service.ts'

/**
 * One suite, both engines, each `open` a migrated database of its own. Whoever opens it closes it.
 * After the first time it takes 0.4 s on PGlite, and less on PostgreSQL.
 */
export function describeEachMigratedDatabase(
  name: string,
  body: (open: (session?: SessionSettings) => Promise<Database>) => void,
): void {
  describeEachDatabase(
    name,
    (open) => {
      body(async (session) => openMigrated(await open(), session))
    },
    createMigratedDatabase,
  )
}

/**
 * For suites about what is above the database: PGlite, and in the quick tier PostgreSQL where there is one. Whoever
 * opens it closes it.
 */
export async function openAnyMigrated(session: SessionSettings = {}): Promise<Database> {
  const { postgres } = inject('services')
  if (!postgres.found || !isLeftToPostgres()) return openMigrated({ kind: 'pglite' }, session)
  const url = await createMigratedDatabase(postgres.adminUrl, postgres.prefix)
  return openMigrated({ kind: 'postgres', url }, session)
}

/** The same for one engine: `{ kind: 'pglite' }`, or a PostgreSQL that `createMigratedDatabase` made. */
export async function openMigrated(
  target: TestDatabase,
  session: SessionSettings = {},
): Promise<Database> {
  if (target.kind === 'pglite') {
    const engine = await loadSnapshot('migrated', async (fresh) => {
      await migrate(createPgliteDatabase(fresh))
    })
    for (const [name, value] of Object.entries(session)) {
      await engine.query('select set_config($1, $2, false)', [name, value])
    }
    return createPgliteDatabase(engine)
  }
  return openPostgres({
    url: target.url,
    applicationName: 'aviso test',
    size: 5,
    statementTimeoutMs: 10_000,
    keyedPlans: true,
    session,
  })
}

/**
 * A copy of a database that is migrated once a run: 0.2 s where the migrations take 1.5 (with other work beside it).
 *
 * @returns the address of a database with all tables and no rows; the run's end drops it
 */
export async function createMigratedDatabase(adminUrl: string, prefix: string): Promise<string> {
  const name = `${prefix}migrated`
  const key = `${adminUrl} ${name}`
  const migrated = templates.get(key) ?? makeTemplate(adminUrl, prefix, name)
  templates.set(key, migrated)
  await migrated
  return createDatabase(adminUrl, prefix, name)
}

/** By server and name, which is of this run alone: what is being made by this worker, or was. */
const templates = new Map<string, Promise<void>>()

/** Several workers may want the first copy at a time: one makes the template, under a lock. */
function makeTemplate(adminUrl: string, prefix: string, name: string): Promise<void> {
  return withClient(adminUrl, async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name])
    const { rows } = await client.query('select from pg_database where datname = $1', [name])
    if (rows.length > 0) return
    const url = await createDatabase(adminUrl, prefix)
    const database = openPostgres({
      url,
      applicationName: 'aviso test',
      size: 1,
      statementTimeoutMs: 60_000,
    })
    await migrate(database).finally(() => database.close())
    const unfinished = new URL(url).pathname.slice(1)
    await client.query(`alter database "${unfinished}" rename to "${name}"`)
  })
}
