import type { Database, Queryable } from '../db/database.ts'

const LOCK = `select pg_try_advisory_xact_lock(hashtextextended('aviso retention', 0)) as free`

/**
 * Runs `work` in a transaction that no other process is in at the same time.
 *
 * @returns undefined, and nothing is done, where another process is
 */
export function alone<T>(
  database: Database,
  work: (tx: Queryable) => Promise<T>,
): Promise<T | undefined> {
  return database.transaction(async (tx) => {
    const [lock] = await tx.query<{ free: boolean }>(LOCK)
    return lock?.free === true ? work(tx) : undefined
  })
}
