import type { Database, Queryable } from '../db/database.ts'
import type { MessageState } from '../message/message.ts'

/** A stretch of time of which the operator is to be told, and the calls that failed before. */
export interface AlertSpan {
  from: Date
  to: Date
  failures: number
}

/** Messages that need attention for the same reason. */
export interface AttentionGroup {
  state: MessageState
  /** Why it is held, or the code of its error; null: known to have been sent twice, or not delivered. */
  reason: string | null
  sent_twice: boolean
  undelivered: boolean
  count: number
  tenants: number
  /** Newest first. */
  examples: AttentionExample[]
}

export interface AttentionExample {
  message_id: string
  tenant_id: string
  po_number: string | null
  supplier_name: string | null
}

/** Longest that a transaction of ours stays open: what was written before it is committed. */
const SETTLED_SECONDS = 15
/** Longer than a call may take. */
const LEASE_SECONDS = 60
const EXAMPLES = 5
/** Meta drops a message after 30 days; nothing that is older comes into the list. */
const OLDEST_DAYS = 60

/** SQL: the least id of so many days ago, as UUID v7 begins with its time. */
const OLDEST_ID = `(select (lpad(to_hex((extract(epoch from clock_timestamp()
    - interval '${String(OLDEST_DAYS)} days') * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid)`

/** @returns undefined where another process is telling */
export async function takeSpan(database: Database): Promise<AlertSpan | undefined> {
  const [row] = await database.query<{ from: Date; to: Date; failures: number }>(
    {
      name: 'alert.take',
      text: `
update alert_state set lease_until = clock_timestamp() + $1::float8 * interval '1 second'
where lease_until <= clock_timestamp()
returning told_through as "from",
  greatest(told_through, clock_timestamp() - $2::float8 * interval '1 second') as "to", failures`,
    },
    [LEASE_SECONDS, SETTLED_SECONDS],
  )
  return row
}

/** Ends the lease: everything up to `through` is told, or the call has failed once more. */
export async function closeSpan(
  database: Database,
  told: { through: Date } | { failures: number },
): Promise<void> {
  await database.query(
    {
      name: 'alert.close',
      text: `
update alert_state set lease_until = clock_timestamp(), told_through = coalesce($1, told_through), failures = $2
where single returning 1`,
    },
    'through' in told ? [told.through, 0] : [null, told.failures],
  )
}

/**
 * What came into the list of messages that need attention, or changed in it, and is still there. Doubts
 * are left out: a webhook settles nearly all of them within seconds, and the others become unconfirmed.
 *
 * Reads the partial index of that list. An index by time would end the HOT updates of every message.
 */
export function readAttention(db: Queryable, { from, to }: AlertSpan): Promise<AttentionGroup[]> {
  return db.query<AttentionGroup>(
    {
      name: 'alert.read',
      text: `
with found as (
  select id, tenant_id, po_number, supplier_name, updated_at, state, coalesce(hold_reason, error_code) as reason,
    duplicate_sent as sent_twice, false as undelivered
  from whatsapp_messages
  where needs_attention and state <> 'in_doubt' and updated_at > $1 and updated_at <= $2 and id >= ${OLDEST_ID}
  union all
  select m.id, m.tenant_id, m.po_number, m.supplier_name, m.updated_at, m.state, null, false, true
  from webhook_gaps g join whatsapp_messages m on m.id = g.message_id
  where g.kind = 'undelivered' and g.closed_at is null and g.found_at > $1 and g.found_at <= $2
)
select state, reason, sent_twice, undelivered,
  count(*)::integer as count, count(distinct tenant_id)::integer as tenants,
  to_json((array_agg(json_build_object('message_id', id, 'tenant_id', tenant_id, 'po_number', po_number,
    'supplier_name', supplier_name) order by updated_at desc, id))[1:${String(EXAMPLES)}]) as examples
from found
group by 1, 2, 3, 4 order by count(*) desc, 1, 2`,
    },
    [from, to],
  )
}
