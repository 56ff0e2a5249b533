import type { Database, Queryable } from '../db/database.ts'

/**
 * Off for each transaction: rows are reached by an index, whatever the planner thinks. Without it, the look
 * for a message that is still due reads a whole month, since nearly all that is in the index is gone by then.
 */
export const BY_INDEX = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']

const BEGIN = `
select pg_try_advisory_xact_lock(hashtextextended('aviso retention', 0)) as free,
  ${BY_INDEX.map((setting) => `set_config('${setting}', 'off', true)`).join(', ')}`

/**
 * Runs `work` in a transaction that no other process is in at the same time.
 *
 * @returns undefined, and nothing is done, where another process is
 */
export function withRetentionLock<T>(
  database: Database,
  work: (tx: Queryable) => Promise<T>,
): Promise<T | undefined> {
  return database.transaction(async (tx) => {
    const [lock] = await tx.query<{ free: boolean }>(BEGIN)
    return lock?.free === true ? work(tx) : undefined
  })
}
