/** What is deleted row by row: few rows an order at most, each found by an index. */

import type { Database, Queryable, Statement } from '../db/database.ts'
import { idBound, idTime } from '../lib/uuid-v7.ts'
import { withRetentionLock } from './retention-lock.ts'
import { earlier, STATUS_DAYS } from './cutoffs.ts'
import type { Cutoffs } from './cutoffs.ts'

export interface Deletion {
  table: string
  /** $1: the limit, $2: rows at most. */
  statement: Statement
  /** @param oldest no message is older */
  limit: (cutoffs: Cutoffs, oldest: Date) => string | Date
  /** Rows of one transaction. */
  batch: number
}

const BATCH = 1000
/** Of what has bytes: a webhook has up to 3.5 MB. */
const RAW_BATCH = 100

// "= any (array(…))" and not "in (…)", which is a join.
const deletionOf = (table: string, key: string, which: string): Statement => ({
  name: `retention.delete_${table}`,
  text: `
with gone as (
  delete from ${table} where ${key} = any (array(select ${key} from ${table} ${which} limit $2)) returning 1
)
select count(*)::integer as deleted from gone`,
})

export const DELETIONS: readonly Deletion[] = [
  // Rows of a time that had no partition of its own: the service was off while a month began, or a history
  // was copied in. As of a whole month, none that is open or not counted yet.
  {
    table: 'whatsapp_messages_default',
    statement: deletionOf(
      'whatsapp_messages_default',
      'id',
      `as m where id < $1::uuid and coalesce(due_at, 'infinity') = 'infinity'
       and created_at < (select folded_through from stats_state)
       and not exists (select 1 from whatsapp_attempts a where a.message_id = m.id
         and a.started_at > clock_timestamp() - interval '${String(STATUS_DAYS)} days')
       order by id`,
    ),
    limit: ({ messages }) => idBound(messages),
    batch: BATCH,
  },
  ...['whatsapp_attempts_default', 'whatsapp_status_facts_default'].map((table): Deletion => ({
    table,
    statement: deletionOf(
      table,
      'message_id',
      `as x where message_id < $1::uuid and not exists (select 1 from whatsapp_messages m where m.id = x.message_id)
       order by message_id`,
    ),
    limit: ({ messages }) => idBound(messages),
    batch: BATCH,
  })),
  {
    table: 'webhook_bodies_default',
    statement: deletionOf('webhook_bodies_default', 'id', 'where id < $1::uuid order by id'),
    limit: ({ raw }) => idBound(raw),
    batch: RAW_BATCH,
  },
  // Replayed or not: whoever wants to replay one has 30 days, and its bytes have a supplier's name in them.
  {
    table: 'rejected_events',
    statement: deletionOf('rejected_events', 'id', 'where id < $1::uuid order by id'),
    limit: ({ raw }) => idBound(raw),
    batch: RAW_BATCH,
  },
  {
    // Locked first: one whose message has just become known is given another age.
    table: 'orphan_statuses',
    statement: deletionOf(
      'orphan_statuses',
      'ctid',
      'where received_at < $1::timestamptz order by received_at for update skip locked',
    ),
    limit: ({ orphans }) => orphans,
    batch: BATCH,
  },
  {
    table: 'inbound_messages',
    statement: deletionOf(
      'inbound_messages',
      'wamid',
      'where received_at < $1::timestamptz order by received_at',
    ),
    limit: (_cutoffs, oldest) => oldest,
    batch: BATCH,
  },
  // What people did to a message goes with it; what they did to keys, suppliers and settings stays.
  {
    table: 'audit_log',
    statement: deletionOf('audit_log', 'id', 'where message_id < $1::uuid order by message_id'),
    limit: (_cutoffs, oldest) => idBound(oldest),
    batch: BATCH,
  },
  {
    table: 'webhook_gaps',
    statement: deletionOf(
      'webhook_gaps',
      'message_id',
      'where message_id < $1::uuid order by message_id',
    ),
    limit: (_cutoffs, oldest) => idBound(oldest),
    batch: BATCH,
  },
  {
    table: 'whatsapp_batches',
    statement: deletionOf(
      'whatsapp_batches',
      'id',
      'where id < $1::uuid and finished_at is not null order by id',
    ),
    limit: (_cutoffs, oldest) => idBound(oldest),
    batch: RAW_BATCH,
  },
]

/**
 * Deletes one batch.
 *
 * @returns undefined where another process is at it
 */
export function deleteBatch(
  database: Database,
  { statement, limit, batch }: Deletion,
  cutoffs: Cutoffs,
  oldestMessage: Date,
): Promise<{ deleted: number; more: boolean } | undefined> {
  return withRetentionLock(database, async (tx) => {
    const [row] = await tx.query<{ deleted: number }>(statement, [
      limit(cutoffs, oldestMessage),
      batch,
    ])
    const deleted = row?.deleted ?? 0
    return { deleted, more: deleted >= batch }
  })
}

/** The database's clock: one for all processes, and a process whose own is wrong drops nothing. */
export async function readClock(db: Queryable): Promise<Date> {
  const [row] = await db.query<{ now: Date }>('select clock_timestamp() as now')
  if (row === undefined) throw new Error('the database has no time')
  return row.now
}

/** No message is older, nor will one be: what belongs to older ones may go. */
export async function findOldestMessage(db: Queryable, cutoffs: Cutoffs): Promise<Date> {
  const [row] = await db.query<{ id: string }>(
    'select id from whatsapp_messages order by id limit 1',
  )
  return row === undefined ? cutoffs.messages : earlier(idTime(row.id), cutoffs.messages)
}
