import type { Queryable, Statement } from '../db/database.ts'
import type { HoldReason, MessageStatus } from '../message/message.ts'

/** A message as intake writes it. Times are the database's. */
export interface MessageDraft {
  id: string
  tenant_id: string
  notification_id: string | null
  state: 'queued' | 'held' | 'failed'
  hold_reason: HoldReason | null
  template_name: string
  template_language: string
  /** Left out or null: the language used. */
  template_language_asked?: string | null
  template_parameters: string[] | Record<string, string>
  recipient_phone: string | null
  recipient_input: string | null
  event_id: string
  po_id: string
  po_number: string
  revision: number | null
  supplier_id: string | null
  supplier_name: string
  error_code: string | null
  error_message: string | null
  metadata: unknown
}

/** An event id or an approval to be remembered, and the message it stands for. */
export interface RememberedEvent {
  tenant_id: string
  event_id: string
  /** hex */
  fingerprint: string
  message_id: string
}
export interface RememberedRevision {
  tenant_id: string
  po_id: string
  revision: number
  /** hex */
  fingerprint: string
  message_id: string
}

export interface KnownKey {
  fingerprint: string
  messageId: string
}
export interface EventKey {
  tenant_id: string
  event_id: string
  po_id: string
  revision: number | null
}

export interface RejectedDraft {
  id: string
  source: string
  tenant_id: string | null
  event_id: string | null
  code: string
  detail: string
  errors: unknown
  /** base64 */
  raw: string
  headers: unknown
  message_id: string | null
}

const FIND_KNOWN: Statement = {
  name: 'intake.find_known',
  text: `
with i as (
  select * from jsonb_to_recordset($1::jsonb)
    as i(n integer, tenant_id uuid, event_id text, po_id text, revision bigint)
)
select i.n, 'event' as key, encode(e.fingerprint, 'hex') as fingerprint, e.message_id
from i join received_events e on e.tenant_id = i.tenant_id and e.event_id = i.event_id
union all
select i.n, 'revision', encode(r.fingerprint, 'hex'), r.message_id
from i join approved_revisions r on r.tenant_id = i.tenant_id and r.po_id = i.po_id and r.revision = i.revision`,
}

/** What is remembered of these keys, by position in `keys`. */
export async function findKnown(
  db: Queryable,
  keys: readonly EventKey[],
): Promise<{ events: Map<number, KnownKey>; revisions: Map<number, KnownKey> }> {
  const rows = await db.query<{
    n: number
    key: 'event' | 'revision'
    fingerprint: string
    message_id: string
  }>(FIND_KNOWN, [JSON.stringify(keys.map((key, n) => ({ n, ...key })))])
  const events = new Map<number, KnownKey>()
  const revisions = new Map<number, KnownKey>()
  for (const row of rows) {
    const known = { fingerprint: row.fingerprint, messageId: row.message_id }
    ;(row.key === 'event' ? events : revisions).set(row.n, known)
  }
  return { events, revisions }
}

// No "on conflict": a key that another process remembered meanwhile makes the whole statement fail,
// nothing is written, and the caller looks again. One statement, so no transaction is held open.
const INSERT_EVENTS: Statement = {
  name: 'intake.insert_events',
  text: `
with e as (
  insert into received_events (tenant_id, event_id, fingerprint, message_id)
  select tenant_id, event_id, decode(fingerprint, 'hex'), message_id
  from jsonb_to_recordset($1::jsonb) as e(tenant_id uuid, event_id text, fingerprint text, message_id uuid)
), r as (
  insert into approved_revisions (tenant_id, po_id, revision, fingerprint, message_id)
  select tenant_id, po_id, revision, decode(fingerprint, 'hex'), message_id
  from jsonb_to_recordset($2::jsonb)
    as r(tenant_id uuid, po_id text, revision bigint, fingerprint text, message_id uuid)
), j as (
  insert into rejected_events (id, source, tenant_id, event_id, code, detail, errors, raw, headers, message_id)
  select id, source, tenant_id, event_id, code, detail, errors, decode(raw, 'base64'), headers, message_id
  from jsonb_to_recordset($4::jsonb)
    as j(id uuid, source text, tenant_id uuid, event_id text, code text, detail text, errors jsonb,
         raw text, headers jsonb, message_id uuid)
), t as (select clock_timestamp() as now, clock_timestamp() + $5::float8 * interval '1 hour' as expires)
insert into whatsapp_messages (id, tenant_id, notification_id, state, hold_reason, template_name,
  template_language, template_language_asked, template_parameters, recipient_phone, recipient_input, event_id, po_id, po_number,
  revision, supplier_id, supplier_name, error_code, error_message, metadata, due_at, expires_at, failed_at)
select m.id, m.tenant_id, m.notification_id, m.state, m.hold_reason, m.template_name,
  m.template_language, m.template_language_asked, m.template_parameters, m.recipient_phone, m.recipient_input, m.event_id, m.po_id, m.po_number,
  m.revision, m.supplier_id, m.supplier_name, m.error_code, m.error_message, m.metadata,
  case m.state when 'queued' then t.now when 'held' then t.expires end,
  t.expires,
  case m.state when 'failed' then t.now end
from t, jsonb_to_recordset($3::jsonb)
  as m(id uuid, tenant_id uuid, notification_id uuid, state whatsapp_message_state, hold_reason text,
       template_name text, template_language text, template_language_asked text, template_parameters jsonb, recipient_phone text,
       recipient_input text, event_id text, po_id text, po_number text, revision bigint, supplier_id text,
       supplier_name text, error_code text, error_message text, metadata jsonb)`,
}

/**
 * Writes a batch: all of it or nothing.
 *
 * @throws SqlError 23505 when a key became known meanwhile: look again and repeat
 */
export async function insertEvents(
  db: Queryable,
  batch: {
    events: readonly RememberedEvent[]
    revisions: readonly RememberedRevision[]
    messages: readonly MessageDraft[]
    rejected: readonly RejectedDraft[]
    expiryHours: number
  },
): Promise<void> {
  await db.query(INSERT_EVENTS, [
    JSON.stringify(batch.events),
    JSON.stringify(batch.revisions),
    JSON.stringify(batch.messages),
    JSON.stringify(batch.rejected),
    batch.expiryHours,
  ])
}

const STATUSES: Statement = {
  name: 'intake.statuses',
  text: `
select m.id, m.status
from jsonb_array_elements_text($1::jsonb) as i(id) join whatsapp_messages m on m.id = i.id::uuid`,
}

/** The present status of messages that duplicates stand for. */
export async function findStatuses(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, MessageStatus>> {
  if (ids.length === 0) return new Map()
  const rows = await db.query<{ id: string; status: MessageStatus }>(STATUSES, [
    JSON.stringify(ids),
  ])
  return new Map(rows.map((row) => [row.id, row.status]))
}
