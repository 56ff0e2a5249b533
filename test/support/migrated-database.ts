import { migrate } from '../../src/db/migrate.ts'
import type { Database, SessionSettings } from '../../src/db/database.ts'
import { createPgliteDatabase } from '../../src/db/pglite.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { describeEachDatabase } from './databases.ts'
import type { TestDatabase } from './databases.ts'
import { loadSnapshot } from './pglite-snapshot.ts'

/**
 * One suite, both engines, each `open` a migrated database of its own. Whoever opens it closes it.
 * On PGlite it takes 0.4 s after the first time, on PostgreSQL about as long as the migrations.
 */
export function describeEachMigratedDatabase(
  name: string,
  body: (open: (session?: SessionSettings) => Promise<Database>) => void,
): void {
  describeEachDatabase(name, (open) => {
    body(async (session) => openMigrated(await open(), session))
  })
}

/** The same for one engine: `{ kind: 'pglite' }`, or a PostgreSQL that `describeEachDatabase` gave. */
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
  const database = openPostgres({
    url: target.url,
    applicationName: 'aviso test',
    size: 5,
    statementTimeoutMs: 10_000,
    keyedPlans: true,
    session,
  })
  await migrate(database)
  return database
}
