/**
 * What is narrow, written with every order, and unique over all time: event ids, approvals and Meta's ids.
 *
 * A table with such a key has no partitions to drop, and an index by age would be written with every order
 * for the sake of one look in 400 days. Rows stand about where they were written, so the table is looked
 * through page by page (`TID Range Scan`), so many pages a turn that all of it is seen once a week, and
 * not at all before the first row can be due. What it takes: docs/decisions/0016-retention.md.
 */

import type { Database, Statement } from '../db/database.ts'
import { idBound } from '../lib/uuid-v7.ts'
import { withRetentionLock } from './retention-lock.ts'
import { earlier } from './cutoffs.ts'
import type { Cutoffs } from './cutoffs.ts'

interface Walked {
  table: string
  /** What tells a row's age. */
  age: 'message_id' | 'received_at'
  limit: (cutoffs: Cutoffs, oldestMessage: Date) => Date
}

// An event may be received long after its message was made, as another id of the same approval: it is
// known for 400 days of its own. What is older than its message never is.
const WALKED: readonly Walked[] = [
  {
    table: 'received_events',
    age: 'received_at',
    limit: ({ keys }, oldest) => earlier(keys, oldest),
  },
  {
    table: 'approved_revisions',
    age: 'message_id',
    limit: ({ keys }, oldest) => earlier(keys, oldest),
  },
  { table: 'whatsapp_wamids', age: 'message_id', limit: (_cutoffs, oldest) => oldest },
]

/** Pages of one transaction, some 50,000 rows: a tenth of a second where none is due. */
export const STEP_PAGES = 500
/** Of one turn, so that a table of up to 16 MB is done at once. */
const TURN_PAGES = 2000
const WEEK_MS = 7 * 24 * 60 * 60 * 1000

export interface WalkStep {
  deleted: number
  /** There is more to be looked at in this turn. */
  more: boolean
}

/** One turn's share of each table. `run` repeats a transaction while there is more to do. */
export async function walkTables(
  database: Database,
  request: {
    cutoffs: Cutoffs
    /** No message is older. */
    oldestMessage: Date
    turnMs: number
    run: (table: string, work: () => Promise<WalkStep | undefined>) => Promise<void>
  },
): Promise<void> {
  for (const walked of WALKED) {
    const limit = walked.limit(request.cutoffs, request.oldestMessage)
    let looked = 0
    const work = async (): Promise<WalkStep | undefined> => {
      const taken = await walk(database, walked, limit)
      if (taken === undefined) return undefined
      looked += STEP_PAGES
      const share = Math.max(TURN_PAGES, Math.ceil((taken.pages * request.turnMs) / WEEK_MS))
      return { deleted: taken.deleted, more: taken.more && looked < share }
    }
    await request.run(walked.table, work)
  }
}

interface WalkState {
  next_page: string
  oldest_seen: Date | null
  oldest: Date | null
}

/** Deletes what is due on the next pages, and remembers where it was. */
function walk(
  database: Database,
  { table, age }: Walked,
  limit: Date,
): Promise<{ deleted: number; more: boolean; pages: number } | undefined> {
  return withRetentionLock(database, async (tx) => {
    const [state] = await tx.query<WalkState>(
      'select next_page, oldest_seen, oldest from retention_walks where table_name = $1',
      [table],
    )
    const from = Number(state?.next_page ?? 0)
    const oldest = state?.oldest ?? null
    if (from === 0 && oldest !== null && oldest >= limit)
      return { deleted: 0, more: false, pages: 0 }
    const [size] = await tx.query<{ pages: number }>(
      `select (pg_relation_size($1::regclass) / current_setting('block_size')::integer)::integer as pages`,
      [table],
    )
    const pages = size?.pages ?? 0
    const to = from + STEP_PAGES
    const isLast = to >= pages
    const [found] = await tx.query<{ deleted: number; oldest: Date | null }>(WALK(table, age), [
      `(${String(from)},0)`,
      `(${String(to)},0)`,
      age === 'message_id' ? idBound(limit) : limit,
    ])
    const seen = oldestOf(state?.oldest_seen ?? null, found?.oldest ?? null)
    await tx.query(REMEMBER, [table, isLast ? 0 : to, isLast ? null : seen, isLast ? seen : oldest])
    return { deleted: found?.deleted ?? 0, more: !isLast, pages }
  })
}

/** Deletes; and says how old the oldest row is that stays. */
export const WALK = (table: string, age: Walked['age']): Statement => ({
  name: `retention.walk_${table}`,
  text: `
with gone as (
  delete from ${table} where ctid >= $1::tid and ctid < $2::tid and ${age} < $3 returning 1
), kept as (
  select min(${age === 'message_id' ? 'message_id::text collate "C"' : age}) as oldest
  from ${table} where ctid >= $1::tid and ctid < $2::tid and ${age} >= $3
)
select (select count(*)::integer from gone) as deleted,
  ${age === 'message_id' ? `to_timestamp(('x' || left(replace(oldest, '-', ''), 12))::bit(48)::bigint / 1000.0)` : 'oldest'} as oldest
from kept`,
})

const REMEMBER: Statement = {
  name: 'retention.remember',
  text: `
insert into retention_walks (table_name, next_page, oldest_seen, oldest) values ($1, $2, $3, $4)
on conflict (table_name) do update
set next_page = excluded.next_page, oldest_seen = excluded.oldest_seen, oldest = excluded.oldest`,
}

function oldestOf(a: Date | null, b: Date | null): Date | null {
  return a === null || b === null ? (a ?? b) : earlier(a, b)
}
