/**
 * What changed since a moment, for the live stream: read from what is written anyway (messages,
 * attempts, facts, bodies, actions), so that an order logs nothing for a stream to which nobody listens, and no
 * index on updated_at ends the HOT updates. A statement that writes none of these leaves a note (change-note-store.ts).
 *
 * When a message is due is not shown: what changes that alone (a batch that lets its messages go, a recipient's pace)
 * is no change here.
 */

import type { Database, Statement } from '../db/database.ts'
import { idBound } from '../lib/uuid-v7.ts'

// An attempt that began earlier is noted where it ends (LATE_MS in outbox.ts). Bodies have no index by time, but
// ids; messages have one, and a bound of ids beside it would have the last hour's read. A note is written after all
// of its changes, long after where they are many: of them its own time counts.
const CHANGED: Statement = {
  name: 'changes.since',
  text: `
select m.id, m.state, m.updated_at from (
  select id, bool_or(is_noted) as is_noted from (
    select id, false as is_noted from whatsapp_messages where created_at > $1
    union all
    select message_id, false from whatsapp_attempts
    where started_at > $1::timestamptz - interval '60 seconds' and (started_at > $1 or ended_at > $1)
    union all
    select message_id, false from whatsapp_status_facts where received_at > $1
    union all
    select unnest(message_ids), false from webhook_bodies where id >= $2::uuid and received_at > $1
    union all
    select message_id, false from audit_log where at > $1 and message_id is not null
    union all
    select id, false from whatsapp_messages where needs_attention and updated_at > $1
    union all
    select unnest(message_ids), true from change_notes where noted_at > $1
  ) found group by id
) c join whatsapp_messages m on m.id = c.id
where c.is_noted or m.updated_at > $1
order by m.updated_at, m.id
limit $3`,
}

/** The database's clock, in ms. */
export async function databaseNow(database: Database): Promise<Date> {
  const rows = await database.query<{ now: Date }>({
    name: 'changes.now',
    text: 'select clock_timestamp() as now',
  })
  return rows[0]?.now ?? new Date()
}

export interface Change {
  id: string
  state: string
  updated_at: Date
}

/**
 * Messages that changed after `since` (the database's clock), by the time of their last change.
 *
 * @param limit the oldest so many; null: all
 */
export function findChanged(
  database: Database,
  since: Date,
  limit: number | null = null,
): Promise<Change[]> {
  // An hour's margin: ids are made by the processes' clocks.
  const bound = idBound(new Date(since.getTime() - 60 * 60 * 1000))
  return database.query<Change>(CHANGED, [since, bound, limit])
}
