/**
 * What settings held: queued again once they hold no longer, but for what has waited for long. Of that
 * a person is asked first, since orders of last week that go out all at once may do more harm than good.
 *
 * Held messages are found by the due index: they are due when they expire.
 */

import type { Queryable, Statement } from '../db/database.ts'
import { dueOnceReleased } from './batch-due.ts'
import { noteOf } from './change-note-store.ts'
import { intoState } from './state-columns.ts'

const HELD = `due_at > (select clock_timestamp()) and due_at < 'infinity' and state = 'held'`
/** Rows a statement; a backlog of any size is worked off in pieces. */
const BATCH = 5000

const LIFT: Statement = {
  name: 'backlog.lift',
  text: `
with h as materialized (
  select id,
    hold_reason = 'notifications_disabled'
      and created_at < clock_timestamp() - $2::float8 * interval '1 minute' as is_old
  from whatsapp_messages
  where ${HELD} and (hold_reason = 'notifications_disabled'
    or (hold_reason = 'not_in_allow_list' and ($1::text[] is null or recipient_phone = any ($1::text[]))))
  limit ${String(BATCH)} for update skip locked
), u as (
  update whatsapp_messages m
  set state = case when h.is_old then m.state else 'queued' end,
    hold_reason = case when h.is_old then 'backlog_not_released' end,
    -- for the timeline, as with every other release
    last_hold_reason = m.hold_reason, last_held_at = m.updated_at,
    due_at = case when h.is_old then m.due_at else ${dueOnceReleased('m')} end,
    updated_at = clock_timestamp()
  from h where m.id = h.id
  returning m.id, h.is_old
), ${noteOf('u where not is_old')}
select is_old from u`,
}

/**
 * Queues what `ENABLE_WHATSAPP_NOTIFICATIONS` and `AVISO_ONLY_TO` held and hold no longer; what the
 * former held for longer than so many minutes is held as a backlog instead.
 *
 * @param onlyTo who may be sent to now; null = everybody
 * @returns `more`: there may be others
 */
export async function liftSettings(
  db: Queryable,
  onlyTo: readonly string[] | null,
  backlogMinutes: number,
): Promise<{ released: number; kept: number; more: boolean }> {
  const rows = await db.query<{ is_old: boolean }>(LIFT, [onlyTo, backlogMinutes])
  const kept = rows.filter((row) => row.is_old).length
  return { released: rows.length - kept, kept, more: rows.length === BATCH }
}

/** Which of the backlog. */
export interface BacklogFilter {
  /** Null: of every tenant. */
  tenantId: string | null
  /** created_at: from inclusive, to exclusive; null = without a bound */
  from: Date | null
  to: Date | null
}

const IN_BACKLOG = `${HELD} and hold_reason = 'backlog_not_released'
  and ($1::uuid is null or tenant_id = $1)
  and ($2::timestamptz is null or created_at >= $2) and ($3::timestamptz is null or created_at < $3)`

const COUNT: Statement = {
  name: 'backlog.count',
  text: `
select count(*)::integer as count, min(created_at) as oldest_at, max(created_at) as newest_at
from whatsapp_messages where ${IN_BACKLOG}`,
}

export interface BacklogReport {
  count: number
  oldest_at: Date | null
  newest_at: Date | null
}

export async function countBacklog(db: Queryable, filter: BacklogFilter): Promise<BacklogReport> {
  const rows = await db.query<BacklogReport>(COUNT, parametersOf(filter))
  return rows[0] ?? { count: 0, oldest_at: null, newest_at: null }
}

const settle = (action: 'release' | 'cancel', change: string): Statement => ({
  name: `backlog.${action}`,
  text: `
with h as materialized (
  select id from whatsapp_messages where ${IN_BACKLOG} limit ${String(BATCH)} for update skip locked
), u as (
  update whatsapp_messages m set ${change}, hold_reason = null, last_hold_reason = m.hold_reason,
    last_held_at = m.updated_at, updated_at = clock_timestamp()
  from h where m.id = h.id
  returning m.id, m.tenant_id
), l as (
  insert into audit_log (id, actor, action, tenant_id, message_id, detail)
  select gen_random_uuid(), $4, '${action}', tenant_id, id, '{"from": "held", "hold_reason": "backlog_not_released"}'::jsonb
  from u
)
select id from u`,
})
const RELEASE = settle('release', `${intoState("'queued'")}, due_at = ${dueOnceReleased('m')}`)
const CANCEL = settle(
  'cancel',
  `${intoState("'canceled'")}, due_at = null, failed_at = clock_timestamp(), error_code = 'canceled',
    error_message = 'A person canceled the message before it was sent.'`,
)

/**
 * Sends or cancels a backlog on a person's word, with a row in the audit table for each message.
 *
 * @returns how many
 */
export async function settleBacklog(
  db: Queryable,
  filter: BacklogFilter,
  decision: 'send' | 'cancel',
  actor: string,
): Promise<number> {
  const statement = decision === 'send' ? RELEASE : CANCEL
  for (let count = 0; ;) {
    const rows = await db.query(statement, [...parametersOf(filter), actor])
    count += rows.length
    if (rows.length < BATCH) return count
  }
}

function parametersOf({ tenantId, from, to }: BacklogFilter): unknown[] {
  return [tenantId, from, to]
}
