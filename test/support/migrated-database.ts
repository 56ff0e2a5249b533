import { migrate } from '../../src/db/migrate.ts'
import type { Database } from '../../src/db/database.ts'
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
  body: (open: () => Promise<Database>) => void,
): void {
  describeEachDatabase(name, (open) => {
    body(async () => openMigrated(await open()))
  })
}

/** The same for one engine: `{ kind: 'pglite' }`, or a PostgreSQL that `describeEachDatabase` gave. */
export async function openMigrated(target: TestDatabase): Promise<Database> {
  if (target.kind === 'pglite') {
    const engine = await loadSnapshot('migrated', async (fresh) => {
      await migrate(createPgliteDatabase(fresh))
    })
    return createPgliteDatabase(engine)
  }
  const database = openPostgres({
    url: target.url,
    applicationName: 'aviso test',
    size: 5,
    statementTimeoutMs: 10_000,
    keyedPlans: true,
  })
  await migrate(database)
  return database
}
