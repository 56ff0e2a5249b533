import type { Queryable, Statement } from '../db/database.ts'
import { queryInMonth } from '../db/month-statements.ts'
import { rowList } from '../db/row-list.ts'
import type { HoldReason, MessageStatus } from '../message/message.ts'
import { optedOut, PAIR_SECONDS } from '../message/outbox.ts'
import type { SlotClaim } from '../message/send-slots.ts'
import { isForAPerson, statusOfState } from '../message/state-columns.ts'
import { templateHold } from '../message/template-hold-store.ts'

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
  /** Of the event, hex: by it the event id and the approval are remembered. Left out: neither is. */
  fingerprint?: string
}

/** Another event id of a message that is there already. */
export interface RememberedEvent {
  tenant_id: string
  event_id: string
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

const KEYS = rowList<EventKey & { n: number }>({
  n: 'integer',
  tenant_id: 'uuid',
  event_id: 'text',
  po_id: 'text',
  revision: 'bigint',
})
const FIND_KNOWN: Statement = {
  name: 'intake.find_known',
  text: `
with i as (
  select * from ${KEYS.from('$1')} as i
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
  }>(FIND_KNOWN, [KEYS.write(keys.map((key, n) => ({ n, ...key })))])
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
const remember = (drafts: string): string => `
e as (
  insert into received_events (tenant_id, event_id, fingerprint, message_id)
  select tenant_id, event_id, decode(fingerprint, 'hex'), id from ${drafts} where fingerprint is not null
  union all
  select tenant_id, event_id, decode(fingerprint, 'hex'), message_id
  from jsonb_to_recordset($1::jsonb) as e(tenant_id uuid, event_id text, fingerprint text, message_id uuid)
), r as (
  insert into approved_revisions (tenant_id, po_id, revision, fingerprint, message_id)
  select tenant_id, po_id, revision, decode(fingerprint, 'hex'), id
  from ${drafts} where fingerprint is not null and revision is not null
), j as (
  insert into rejected_events (id, source, tenant_id, event_id, code, detail, errors, raw, headers, message_id)
  select id, source, tenant_id, event_id, code, detail, errors, decode(raw, 'base64'), headers, message_id
  from jsonb_to_recordset($3::jsonb)
    as j(id uuid, source text, tenant_id uuid, event_id text, code text, detail text, errors jsonb,
         raw text, headers jsonb, message_id uuid)
), t as (select clock_timestamp() as now, clock_timestamp() + $4::float8 * interval '1 hour' as expires)`
/** `starts`: as one that is under way, where that may be. */
type InsertedDraft = MessageDraft & { starts?: boolean }
const DRAFTS = rowList<InsertedDraft>({
  id: 'uuid',
  tenant_id: 'uuid',
  notification_id: 'uuid',
  state: 'whatsapp_message_state',
  hold_reason: 'text',
  template_name: 'text',
  template_language: 'text',
  template_language_asked: 'text',
  template_parameters: 'jsonb',
  recipient_phone: 'text',
  recipient_input: 'text',
  event_id: 'text',
  po_id: 'text',
  po_number: 'text',
  revision: 'bigint',
  supplier_id: 'text',
  supplier_name: 'text',
  error_code: 'text',
  error_message: 'text',
  metadata: 'jsonb',
  fingerprint: 'text',
  starts: 'boolean',
})
const DRAFT_COLUMNS = `id, tenant_id, notification_id, hold_reason, template_name, template_language,
  template_language_asked, template_parameters, recipient_phone, recipient_input, event_id, po_id, po_number,
  revision, supplier_id, supplier_name, error_code, error_message, metadata`

const INSERT_EVENTS: Statement = {
  name: 'intake.insert_events',
  text: `
with d as materialized (
  select * from ${DRAFTS.from('$2')} as m
), ${remember('d')}
insert into whatsapp_messages (${DRAFT_COLUMNS}, state, status, needs_attention, due_at, expires_at, failed_at)
select ${DRAFT_COLUMNS}, m.state, ${statusOfState('m.state')}, ${isForAPerson('m.state')},
  case m.state when 'queued' then t.now when 'held' then t.expires end,
  t.expires,
  case m.state when 'failed' then t.now end
from t, d m`,
}

// The same, with claim and intent of those that may start: what the claim would ask of them is asked here.
// Where anything is against it, or may be (of a recipient who was written to a moment ago, another message
// may wait), the message is queued like any other, and the claim decides. No entry in the due index, so that
// the acceptance touches no index; the lease is found by its batch.
const INSERT_STARTED: Statement = {
  name: 'intake.insert_started',
  text: `
with k as materialized (
  select k.template_name || '/' || k.template_language as key
  from jsonb_to_recordset($8::jsonb) as k(template_name text, template_language text)
  where ${templateHold('k', '$9')} is null
), i as materialized (
  select m.*, m.starts and m.template_name || '/' || m.template_language in (select key from k)
    and not ${optedOut('m', "m.recipient_phone, 's:' || m.supplier_id")} as is_free
  from ${DRAFTS.from('$2')} as m
), ${remember('i')}, p as (
  insert into recipient_pace (phone_number_id, recipient, next_at)
  select $5, recipient_phone, clock_timestamp() + interval '${String(PAIR_SECONDS)} seconds'
  from i where is_free order by recipient_phone
  on conflict (phone_number_id, recipient) do nothing
  returning recipient
), m as (
  insert into whatsapp_messages (${DRAFT_COLUMNS}, state, status, needs_attention, due_at, expires_at, failed_at, fence, attempts,
    phone_number_id, lease_owner, lease_until)
  select ${DRAFT_COLUMNS},
    case when i.goes then 'sending' else i.state end, ${statusOfState('i.state')}, ${isForAPerson('i.state')},
    case when i.goes then null when i.state = 'queued' then t.now when i.state = 'held' then t.expires end,
    t.expires,
    case i.state when 'failed' then t.now end,
    case when i.goes then 1 else 0 end,
    case when i.goes then 1 else 0 end,
    case when i.goes then $5 end,
    case when i.goes then $6 end,
    case when i.goes then t.now + $7::float8 * interval '1 second' end
  -- "offset 0": else the look into p is taken over into each of the six columns that ask for it
  from t, (select i.*, is_free and recipient_phone in (select recipient from p) as goes from i offset 0) i
  returning id, tenant_id, state, lease_until
), a as (
  insert into whatsapp_attempts (message_id, attempt, tenant_id, phone_number_id, lease_owner)
  select id, 1, tenant_id, $5, $6 from m where state = 'sending'
), l as (
  insert into send_leases (lease_until, message_ids)
  select lease_until, array_agg(id order by id) from m where state = 'sending' group by lease_until
)
select id from m where state = 'sending'`,
}

/** What a batch of events is to leave behind. */
export interface EventBatch {
  events: readonly RememberedEvent[]
  messages: readonly MessageDraft[]
  rejected: readonly RejectedDraft[]
  expiryHours: number
}

/**
 * Writes a batch: all of it or nothing.
 *
 * @throws SqlError 23505 when a key became known meanwhile: look again and repeat
 */
export async function insertEvents(db: Queryable, batch: EventBatch): Promise<void> {
  await queryInMonth(db, INSERT_EVENTS, idsOf(batch.messages), parametersOf(batch, batch.messages))
}

/**
 * The same; of the queued messages the first `most` are written as under way, with their attempts, where
 * nothing forbids to send them at once.
 *
 * @returns ids of those: the caller has to begin with them now
 * @throws SqlError 23505 as above
 */
export async function insertStarted(
  db: Queryable,
  batch: EventBatch,
  claim: SlotClaim,
  most: number,
): Promise<Set<string>> {
  const starting = chooseStarting(batch.messages, most)
  const messages = batch.messages.map((message) => ({
    ...message,
    starts: starting.has(message),
  }))
  const templates = new Map(
    [...starting].map(({ template_name, template_language }) => [
      `${template_name}/${template_language}`,
      { template_name, template_language },
    ]),
  )
  const rows = await queryInMonth<{ id: string }>(db, INSERT_STARTED, idsOf(messages), [
    ...parametersOf(batch, messages),
    claim.phoneNumberId,
    claim.leaseOwner,
    claim.leaseSeconds,
    JSON.stringify([...templates.values()]),
    claim.businessAccountId,
  ])
  return new Set(rows.map(({ id }) => id))
}

function idsOf(messages: readonly MessageDraft[]): string[] {
  return messages.map(({ id }) => id)
}

/** One a recipient: the others have to wait for its pace. */
function chooseStarting(messages: readonly MessageDraft[], most: number): Set<MessageDraft> {
  const recipients = new Set<string>()
  const chosen = new Set<MessageDraft>()
  for (const message of messages) {
    if (chosen.size === most) break
    const { state, recipient_phone: recipient } = message
    if (state !== 'queued' || recipient === null || recipients.has(recipient)) continue
    recipients.add(recipient)
    chosen.add(message)
  }
  return chosen
}

function parametersOf(batch: EventBatch, messages: readonly InsertedDraft[]): unknown[] {
  return [
    JSON.stringify(batch.events),
    DRAFTS.write(messages),
    JSON.stringify(batch.rejected),
    batch.expiryHours,
  ]
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
