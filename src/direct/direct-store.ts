/** Messages sent directly, written with the keys that make their repetition harmless. */

import type { Queryable, Statement } from '../db/database.ts'
import type { HoldReason } from '../message/message.ts'
import { isForAPerson, statusOfState } from '../message/state-columns.ts'
import type { DirectType } from './message-request.ts'

/** A message as it is written first. Times are the database's. */
export interface DirectDraft {
  id: string
  tenant_id: string
  /** Null: sent by itself, in the first lane. */
  batch_id: string | null
  notification_id: string | null
  state: 'queued' | 'held'
  hold_reason: HoldReason | null
  message_type: DirectType
  template_name: string | null
  template_language: string | null
  template_parameters: unknown
  content: unknown
  recipient_phone: string | null
  recipient_input: string
  recipient_user_id: string | null
  metadata: unknown
  /** At the latest; null = the usual expiry. */
  expires_at: Date | null
}

export interface KeyedDraft {
  draft: DirectDraft
  /** Null: the request had none. */
  key: { key: string; fingerprint: string } | null
}

/** `locked`: a request with the same key is being worked on; `known`: one has been before. */
export type InsertOutcome = 'inserted' | 'locked' | 'known'

const COLUMNS = `id uuid, tenant_id uuid, batch_id uuid, notification_id uuid, state whatsapp_message_state,
  hold_reason text, message_type whatsapp_message_type, template_name text, template_language text,
  template_parameters jsonb, content jsonb, recipient_phone text, recipient_input text,
  recipient_user_id text, metadata jsonb, expires_at timestamptz`

/** SQL: the id of a key's advisory lock. */
export const KEY_LOCK = (tenantId: string, key: string): string =>
  `hashtextextended(${tenantId}::text || ' ' || ${key}, 0)`

// Whoever holds a key's lock is at work with it; the lock ends with the transaction. One who comes after
// that finds the key, which a unique index knows better than this statement's snapshot.
const INSERT: Statement = {
  name: 'direct.insert',
  text: `
with i as materialized (
  select * from json_to_recordset($1::json) as i(${COLUMNS}, key text, fingerprint text)
), l as materialized (
  select id, key is null or pg_try_advisory_xact_lock(${KEY_LOCK('tenant_id', 'key')}) as is_free from i
), t as materialized (
  select clock_timestamp() as now, clock_timestamp() + $2::float8 * interval '1 hour' as expires
), k as (
  insert into idempotency_keys (tenant_id, key, fingerprint, message_id, hold_reason, expires_at)
  select i.tenant_id, i.key, decode(i.fingerprint, 'hex'), i.id, i.hold_reason, least(t.expires, i.expires_at)
  from t, i join l using (id) where l.is_free and i.key is not null
  on conflict (tenant_id, key) do nothing
  returning message_id
), m as (
  insert into whatsapp_messages (id, tenant_id, batch_id, lane, notification_id, state, status, needs_attention, hold_reason, message_type,
    template_name, template_language, template_parameters, content, recipient_phone, recipient_input,
    recipient_user_id, metadata, due_at, expires_at)
  select i.id, i.tenant_id, i.batch_id, case when i.batch_id is null then 0 else 1 end, i.notification_id, i.state, ${statusOfState('i.state')}, ${isForAPerson('i.state')}, i.hold_reason, i.message_type,
    i.template_name, i.template_language, i.template_parameters, i.content, i.recipient_phone, i.recipient_input,
    i.recipient_user_id, i.metadata,
    -- a batch lets its messages go by and by: until then they only expire
    case when i.state = 'queued' and i.batch_id is null then t.now else least(t.expires, i.expires_at) end,
    least(t.expires, i.expires_at)
  from t, i join l using (id)
  where l.is_free and (i.key is null or i.id in (select message_id from k))
  returning id
)
select i.id, case when m.id is not null then 'inserted' when l.is_free then 'known' else 'locked' end as outcome
from i join l using (id) left join m on m.id = i.id`,
}

/**
 * Writes each message whose key is new, all in one statement.
 *
 * @param expiryHours how long a message may wait
 * @returns what became of each, in order
 */
export async function insertDirect(
  db: Queryable,
  items: readonly KeyedDraft[],
  expiryHours: number,
): Promise<InsertOutcome[]> {
  const rows = await db.query<{ id: string; outcome: InsertOutcome }>(INSERT, [
    JSON.stringify(items.map(({ draft, key }) => ({ ...draft, ...key }))),
    expiryHours,
  ])
  const outcomes = new Map(rows.map((row) => [row.id, row.outcome]))
  return items.map(({ draft }) => outcomes.get(draft.id) ?? 'locked')
}

/** A request that came before under the same key. */
export interface KnownKey {
  /** hex */
  fingerprint: string
  message_id: string | null
  batch_id: string | null
  hold_reason: HoldReason | null
  expires_at: Date | null
}

const FIND_KEYS: Statement = {
  name: 'direct.find_keys',
  text: `
select i.n, encode(k.fingerprint, 'hex') as fingerprint, k.message_id, k.batch_id, k.hold_reason, k.expires_at
from json_to_recordset($1::json) as i(n integer, tenant_id uuid, key text)
join idempotency_keys k on k.tenant_id = i.tenant_id and k.key = i.key`,
}

/** What is known of keys, by position. */
export async function findKeys(
  db: Queryable,
  keys: readonly { tenant_id: string; key: string }[],
): Promise<Map<number, KnownKey>> {
  if (keys.length === 0) return new Map()
  const rows = await db.query<KnownKey & { n: number }>(FIND_KEYS, [
    JSON.stringify(keys.map((key, n) => ({ n, ...key }))),
  ])
  return new Map(rows.map(({ n, ...known }) => [n, known]))
}

/** Forgets keys older than so many hours, those of messages and those of batches. Returns how many. */
export async function forgetKeys(
  db: Queryable,
  hours: { message: number; batch: number },
): Promise<number> {
  const rows = await db.query(
    `delete from idempotency_keys
     where created_at < (select clock_timestamp() - $1::float8 * interval '1 hour')
       and (batch_id is null or created_at < (select clock_timestamp() - $2::float8 * interval '1 hour'))
     returning 1`,
    [hours.message, hours.batch],
  )
  return rows.length
}
