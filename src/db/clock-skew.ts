import { AppError } from '../lib/errors.ts'
import type { Queryable } from './database.ts'

const MOST_SECONDS = 60

/**
 * Leases and due times are the database's and need no second clock. Ids are this process's: by their time
 * the tables are partitioned and lists are ordered, so a clock that is far off would put orders where
 * nobody looks for them.
 *
 * @throws AppError `configuration` where the two clocks are further apart than a minute
 */
export async function refuseClockSkew(db: Queryable, now: () => number): Promise<void> {
  const before = now()
  const [row] = await db.query<{ ms: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  )
  // In the middle of the question: its way is no skew.
  const seconds = ((before + now()) / 2 - (row?.ms ?? before)) / 1000
  if (Math.abs(seconds) <= MOST_SECONDS) return
  const way = seconds > 0 ? 'ahead of' : 'behind'
  throw new AppError(
    'configuration',
    `this machine's clock is ${String(Math.round(Math.abs(seconds)))} s ${way} the database's: ` +
      'set both by NTP, then start again',
  )
}
