/**
 * What changed since a moment, for the live stream: read from what is written anyway (messages,
 * attempts, facts, bodies, actions), so that nothing is logged for a stream to which nobody listens, and no
 * index on updated_at ends the HOT updates.
 */

import type { Database, Statement } from '../db/database.ts'
import { idBound } from '../lib/uuid-v7.ts'

const CHANGED: Statement = {
  name: 'changes.since',
  text: `
select m.id, m.state, m.updated_at from (
  select id from whatsapp_messages where id >= $2::uuid and created_at > $1
  union
  select message_id from whatsapp_attempts
  where started_at > $1::timestamptz - interval '60 seconds' and (started_at > $1 or ended_at > $1)
  union
  select message_id from whatsapp_status_facts where received_at > $1
  union
  select unnest(message_ids) from webhook_bodies where received_at > $1
  union
  select message_id from audit_log where at > $1 and message_id is not null
  union
  select id from whatsapp_messages where needs_attention and updated_at > $1
) c join whatsapp_messages m on m.id = c.id
where m.updated_at > $1
limit 20000`,
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

/** Messages that changed after `since` (the database's clock), in no order. */
export function findChanged(database: Database, since: Date): Promise<Change[]> {
  // An hour's margin: ids are made by the processes' clocks.
  const bound = idBound(new Date(since.getTime() - 60 * 60 * 1000))
  return database.query<Change>(CHANGED, [since, bound])
}
