import { idBound } from '../lib/uuid-v7.ts'
import type { Database } from './database.ts'

const PARTITIONED = [
  { table: 'whatsapp_messages', fillfactor: 30 },
  { table: 'whatsapp_attempts', fillfactor: 40 },
  { table: 'whatsapp_status_facts', fillfactor: 90 },
]
/** Months made ahead: a service that is not restarted makes the next ones daily. */
const MONTHS_AHEAD = 2

/**
 * Makes the monthly partitions of this month and the next two where they are missing. A row whose
 * month has none goes to the default partition, so a late call loses nothing.
 *
 * @param now decides which months; the ids' own clock is the process's, too
 */
export async function ensurePartitions(database: Database, now: Date): Promise<void> {
  const statements: string[] = []
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead += 1) {
    const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1))
    const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead + 1, 1))
    const suffix = from.toISOString().slice(0, 7).replace('-', '_')
    for (const { table, fillfactor } of PARTITIONED) {
      statements.push(
        `create table if not exists ${table}_${suffix} partition of ${table} ` +
          `for values from ('${idBound(from)}') to ('${idBound(to)}') with (fillfactor = ${String(fillfactor)})`,
      )
    }
  }
  const missing = await database.query<{ missing: boolean }>(
    `select to_regclass($1) is null as missing`,
    [lastName(now)],
  )
  if (missing[0]?.missing === true) await database.execute(statements.join(';\n'))
}

function lastName(now: Date): string {
  const last = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + MONTHS_AHEAD, 1))
  return `whatsapp_status_facts_${last.toISOString().slice(0, 7).replace('-', '_')}`
}
