/** What a batch of webhooks writes: raw bodies, facts, and what they change. */

import type { Queryable, Statement } from '../db/database.ts'
import { storableText } from '../lib/storable-json.ts'
import { noteOf } from '../message/change-note-store.ts'
import { intoState } from '../message/state-columns.ts'
import { isPlain, sortKey } from './fold-statuses.ts'
import type { MatchedStatus, MessageChange } from './fold-statuses.ts'
import type { InboundItem, StatusItem } from './parse-webhook.ts'

const INSERT_BODIES: Statement = {
  name: 'webhook.insert_bodies',
  text: `insert into webhook_bodies (id, body, lengths) values ($1, $2, $3)`,
}

/**
 * Keeps bodies as they came: one row a batch, the bodies one after the other with their lengths in
 * bytes. A row and two index entries each cost four times as much as all the rest of keeping them.
 */
export async function insertBodies(
  tx: Queryable,
  id: string,
  bodies: readonly Buffer[],
): Promise<void> {
  await tx.query(INSERT_BODIES, [id, Buffer.concat(bodies), bodies.map((body) => body.length)])
}

const FIND_WAMIDS: Statement = {
  name: 'webhook.find_wamids',
  text: `
select w.wamid, w.message_id, w.attempt
from jsonb_array_elements_text($1::jsonb) as i(wamid) join whatsapp_wamids w on w.wamid = i.wamid`,
}

/** The message and attempt of known wamids. */
export async function findWamids(
  tx: Queryable,
  wamids: readonly string[],
): Promise<Map<string, { messageId: string; attempt: number }>> {
  if (wamids.length === 0) return new Map()
  const rows = await tx.query<{ wamid: string; message_id: string; attempt: number }>(FIND_WAMIDS, [
    JSON.stringify(wamids),
  ])
  return new Map(
    rows.map((row) => [row.wamid, { messageId: row.message_id, attempt: row.attempt }]),
  )
}

/** SQL: Meta refused this attempt's call, so it never took what it says has failed. */
const wasRefused = (fact: string): string => `exists (
        select from whatsapp_attempts a
        where a.message_id = ${fact}.message_id and a.attempt = ${fact}.attempt and a.outcome = 'rejected')`

// A fact that says nothing new writes nothing: a replayed webhook leaves every table as it was. The
// caller joins the two lists: in here it would be a join of two lists without an index, which the
// settings that keep the plans on the keys would make quadratic. An earlier report takes the place of a later one and
// leaves the time at which that came: by this time the live stream would not find what it changes.
const INSERT_FACTS: Statement = {
  name: 'webhook.insert_facts',
  text: `
with k as materialized (
  select f.*, m.tenant_id,
    not m.duplicate_sent and coalesce(m.whatsapp_message_id <> f.wamid, false)
      and (f.attempt > m.retried_through or f.status in ('delivered', 'read', 'played'))
      and not (f.status = 'failed' and ${wasRefused('f')}) as reveals_twice,
    case when f.status = 'delivered' then m.accepted_at end as accepted_at
  from jsonb_to_recordset($1::jsonb)
    as f(message_id uuid, attempt integer, status text, wamid text, phone_number_id text,
         meta_at timestamptz, sort_key text, detail jsonb)
  join whatsapp_messages m on m.id = f.message_id
  where f.attempt between 1 and m.fence
    -- The message's number is that of its last attempt; a retry may have gone out by another one.
    and (f.phone_number_id is null or m.phone_number_id is null or f.phone_number_id = m.phone_number_id
      or f.phone_number_id = (
        select a.phone_number_id from whatsapp_attempts a
        where a.message_id = f.message_id and a.attempt = f.attempt))
), ins as (
  insert into whatsapp_status_facts as s (message_id, attempt, status, tenant_id, wamid, meta_at, sort_key, detail)
  select message_id, attempt, status, tenant_id, wamid, meta_at, sort_key, detail from k
  on conflict (message_id, attempt, status) do update
  set meta_at = excluded.meta_at, sort_key = excluded.sort_key, detail = excluded.detail, wamid = excluded.wamid
  where excluded.sort_key < s.sort_key
  returning s.message_id, s.attempt, s.status, s.received_at
), ${noteOf('(select message_id as id from ins where received_at < statement_timestamp()) earlier')}
select message_id, attempt, status, false as is_new, reveals_twice, accepted_at from k
union all
select message_id, attempt, status, true, false, null from ins`,
}

/**
 * Stores facts; returns those whose message exists, and whether each said something new. For a new
 * one the row holds what was given here: an earlier report with a smaller key would have stayed.
 * `reveals_twice`: its id of Meta's is not the one that the message has. `accepted_at`: of a delivery, where
 * the acceptance was known before it; not in the row that says it is new.
 */
export function insertFacts(
  tx: Queryable,
  facts: readonly MatchedStatus[],
): Promise<
  {
    message_id: string
    attempt: number
    status: string
    is_new: boolean
    reveals_twice: boolean
    accepted_at: Date | null
  }[]
> {
  const rows = facts.map(({ messageId, attempt, item }) => ({
    message_id: messageId,
    attempt,
    status: item.status,
    wamid: item.wamid,
    phone_number_id: item.phoneNumberId,
    meta_at: item.metaAt,
    sort_key: sortKey(item),
    detail: isPlain(item) ? null : item.detail,
  }))
  return tx.query(INSERT_FACTS, [JSON.stringify(rows)])
}

/**
 * Attempts up to a person's retry had failed: of them only a delivery still counts. An error may come as the answer
 * and by webhook (reference, 2.5): what follows from it was decided with the answer.
 */
const COUNTS = `((i.attempt > m.retried_through or i.state >= 'delivered') and not i.repeats_refusal)`
/** What was never accepted, as far as we knew, yields to the evidence; else the rank decides. */
const NEW_STATE = `(case
    when not ${COUNTS} then m.state
    when m.state = 'failed' and m.whatsapp_message_id is null then i.state
    else greatest(m.state, i.state) end)`
const TAKEN_TWICE = `(m.duplicate_sent or (${COUNTS} and coalesce(m.whatsapp_message_id <> i.wamid, false)))`
const APPLY: Statement = {
  name: 'webhook.apply',
  text: `
with i as materialized (
  select i.*, i.state = 'failed' and ${wasRefused('i')} as repeats_refusal
  from jsonb_to_recordset($1::jsonb)
    as i(message_id uuid, attempt integer, state whatsapp_message_state, wamid text, sent_at timestamptz,
         delivered_at timestamptz, read_at timestamptz, failed_at timestamptz, error_code text,
         error_message text, pricing jsonb, pricing_too jsonb, wa_id text, user_id text)
), u as (
  update whatsapp_messages m
  set ${intoState(NEW_STATE, TAKEN_TWICE)},
    hold_reason = case when m.state = 'held' and not ${COUNTS} then m.hold_reason end,
    -- in this commit: a process that dies after it would hide it for ever
    duplicate_sent = ${TAKEN_TWICE},
    whatsapp_message_id = case when ${COUNTS} then coalesce(m.whatsapp_message_id, i.wamid) else m.whatsapp_message_id end,
    accepted_at = case when ${COUNTS} then coalesce(m.accepted_at, clock_timestamp()) else m.accepted_at end,
    sent_at = case when ${COUNTS} then least(m.sent_at, i.sent_at) else m.sent_at end,
    delivered_at = case
      when i.delivered_at is not null then least(case when not m.delivered_implied then m.delivered_at end, i.delivered_at)
      when m.delivered_at is null or m.delivered_implied then least(m.read_at, i.read_at)
      else m.delivered_at end,
    delivered_implied = i.delivered_at is null and (m.delivered_at is null or m.delivered_implied)
      and (m.read_at is not null or i.read_at is not null),
    read_at = least(m.read_at, i.read_at),
    failed_at = case when ${COUNTS} then case when m.state = 'failed' and m.whatsapp_message_id is null
      then i.failed_at else least(m.failed_at, i.failed_at) end else m.failed_at end,
    error_code = case
      when ${NEW_STATE} = 'failed' then case when ${COUNTS} then coalesce(i.error_code, m.error_code) else m.error_code end
      when ${NEW_STATE} < 'accepted' then m.error_code end,
    error_message = case
      when ${NEW_STATE} = 'failed' then case when ${COUNTS} then coalesce(i.error_message, m.error_message) else m.error_message end
      when ${NEW_STATE} < 'accepted' then m.error_message end,
    pricing = greatest(m.pricing, i.pricing, i.pricing_too),
    wa_id = case when i.attempt > m.recipient_since then coalesce(m.wa_id, i.wa_id) else m.wa_id end,
    recipient_user_id = case when i.attempt > m.recipient_since
      then coalesce(m.recipient_user_id, i.user_id) else m.recipient_user_id end,
    -- with a later attempt under way its lease still has to end
    due_at = case when not ${COUNTS} or (m.state = 'sending' and m.fence > i.attempt) then m.due_at end,
    updated_at = clock_timestamp()
  from i
  where m.id = i.message_id
  returning m.id, i.attempt, i.wamid, i.repeats_refusal,
    m.duplicate_sent and m.whatsapp_message_id <> i.wamid as twice
), a as (
  update whatsapp_attempts a
  set outcome = 'accepted', evidence = 'webhook', wamid = coalesce(a.wamid, u.wamid),
    ended_at = coalesce(a.ended_at, clock_timestamp())
  from u
  where a.message_id = u.id and a.attempt = u.attempt and a.outcome is distinct from 'accepted' and not u.repeats_refusal
  returning a.message_id, a.attempt, u.wamid
), w as (
  insert into whatsapp_wamids (wamid, message_id, attempt)
  select wamid, message_id, attempt from a
  union all
  select wamid, id, attempt from u where twice and not repeats_refusal
  on conflict (wamid) do nothing
), o as (
  update orphan_statuses o set received_at = clock_timestamp() from a where o.wamid = a.wamid
)
select message_id as id, false as twice from a
union all
select id, true from u where twice and not repeats_refusal`,
}

/**
 * Raises messages by what Meta said. `settled` are those whose acceptance was known only now, by this
 * evidence; `twice` those of which it tells under another id than the one they have.
 */
export async function applyChanges(
  tx: Queryable,
  round: readonly MessageChange[],
): Promise<{ settled: string[]; twice: string[] }> {
  const rows = round.map(({ pricings, ...change }) => ({
    ...change,
    pricing: pricings[0] ?? null,
    pricing_too: pricings[1] ?? null,
  }))
  const told = await tx.query<{ id: string; twice: boolean }>(APPLY, [JSON.stringify(rows)])
  const idsOf = (twice: boolean) => told.filter((row) => row.twice === twice).map(({ id }) => id)
  return { settled: idsOf(false), twice: idsOf(true) }
}

const MARK_TWICE: Statement = {
  name: 'webhook.mark_twice',
  text: `
with i as (
  select * from jsonb_to_recordset($1::jsonb) as i(message_id uuid, attempt integer, wamid text)
), w as (
  insert into whatsapp_wamids (wamid, message_id, attempt)
  select wamid, message_id, attempt from i on conflict (wamid) do nothing
)
update whatsapp_messages m set duplicate_sent = true, needs_attention = true, updated_at = clock_timestamp()
from (select distinct message_id from i) i
where m.id = i.message_id and not m.duplicate_sent
returning m.id`,
}

/** Marks messages that Meta is known to have taken twice. Returns those newly marked. */
export async function markTwice(
  tx: Queryable,
  statuses: readonly MatchedStatus[],
): Promise<string[]> {
  if (statuses.length === 0) return []
  const rows = statuses.map(({ messageId, attempt, item }) => ({
    message_id: messageId,
    attempt,
    wamid: item.wamid,
  }))
  const marked = await tx.query<{ id: string }>(MARK_TWICE, [JSON.stringify(rows)])
  return marked.map(({ id }) => id)
}

const INSERT_ORPHANS: Statement = {
  name: 'webhook.insert_orphans',
  text: `
insert into orphan_statuses as o (wamid, status, phone_number_id, meta_at, callback_data, detail)
select distinct on (wamid, status) wamid, status, phone_number_id, meta_at, callback_data, detail
from jsonb_to_recordset($1::jsonb)
  as i(wamid text, status text, phone_number_id text, meta_at timestamptz, callback_data text, detail jsonb)
order by wamid, status, meta_at
on conflict (wamid, status) do update set meta_at = least(o.meta_at, excluded.meta_at)
where excluded.meta_at < o.meta_at`,
}

/** Keeps statuses whose message is not known. `detail` carries the whole item for later. */
export async function insertOrphans(tx: Queryable, items: readonly StatusItem[]): Promise<void> {
  if (items.length === 0) return
  await tx.query(INSERT_ORPHANS, [
    JSON.stringify(
      items.map((item) => ({
        wamid: item.wamid,
        status: item.status,
        phone_number_id: item.phoneNumberId,
        meta_at: item.metaAt,
        callback_data: item.callbackData,
        detail: item,
      })),
    ),
  ])
}

const TAKE_ORPHANS: Statement = {
  name: 'webhook.take_orphans',
  text: `
delete from orphan_statuses o using whatsapp_wamids w
where w.wamid = o.wamid and ($1 or o.received_at > (select clock_timestamp() - interval '60 seconds'))
  -- One of a number that this attempt did not go out by would be taken by nobody: it stays.
  and (o.phone_number_id is null or o.phone_number_id = coalesce((
    select a.phone_number_id from whatsapp_attempts a
    where a.message_id = w.message_id and a.attempt = w.attempt), o.phone_number_id))
returning o.detail, o.meta_at, w.message_id, w.attempt`,
}

/**
 * Takes orphans whose message has become known.
 *
 * @param all false: only those received (or whose message was accepted) within the last minute
 */
export async function takeOrphans(tx: Queryable, all: boolean): Promise<MatchedStatus[]> {
  const rows = await tx.query<{
    detail: StatusItem
    meta_at: Date | null
    message_id: string
    attempt: number
  }>(TAKE_ORPHANS, [all])
  return rows.map((row) => ({
    messageId: row.message_id,
    attempt: row.attempt,
    item: { ...row.detail, metaAt: row.meta_at === null ? null : row.meta_at.toISOString() },
  }))
}

const INSERT_INBOUND: Statement = {
  name: 'webhook.insert_inbound',
  text: `
insert into inbound_messages (wamid, phone_number_id, from_wa_id, from_user_id, message_type,
  context_wamid, text, payload, meta_at, content)
select distinct on (wamid) wamid, phone_number_id, from_wa_id, from_user_id, type, context_wamid,
  text, payload, meta_at, content
from jsonb_to_recordset($1::jsonb)
  as i(wamid text, phone_number_id text, from_wa_id text, from_user_id text, type text, context_wamid text,
       text text, payload text, meta_at timestamptz, content jsonb)
order by wamid
on conflict (wamid) do nothing
returning wamid`,
}

/**
 * Stores what suppliers wrote, once each. Which message it answers is judged later.
 *
 * @returns the wamids that were not here before
 */
export async function insertInbound(
  tx: Queryable,
  items: readonly InboundItem[],
): Promise<Set<string>> {
  if (items.length === 0) return new Set()
  const rows = await tx.query<{ wamid: string }>(INSERT_INBOUND, [
    JSON.stringify(
      items.map((item) => ({
        wamid: item.wamid,
        phone_number_id: item.phoneNumberId,
        from_wa_id: item.fromWaId,
        from_user_id: item.fromUserId,
        type: item.type,
        context_wamid: item.contextWamid,
        text: item.text,
        payload: item.payload,
        meta_at: item.metaAt,
        content: item.content,
      })),
    ),
  ])
  return new Set(rows.map((row) => row.wamid))
}

/**
 * Notes the newest time Meta gave in a status of each number. Never later than now: a time far ahead, taken
 * as it is, would say for ever that webhooks flow.
 */
export async function raiseWatermarks(
  tx: Queryable,
  newest: ReadonlyMap<string, string>,
): Promise<void> {
  if (newest.size === 0) return
  await tx.query(
    {
      name: 'webhook.watermark',
      text: `
insert into webhook_watermarks as w (phone_number_id, newest_meta_at)
select phone_number_id, least(newest_meta_at, clock_timestamp())
from jsonb_to_recordset($1::jsonb) as i(phone_number_id text, newest_meta_at timestamptz)
order by phone_number_id
on conflict (phone_number_id) do update
set newest_meta_at = excluded.newest_meta_at, received_at = clock_timestamp()
where w.newest_meta_at < excluded.newest_meta_at`,
    },
    [
      JSON.stringify(
        [...newest].map(([phone_number_id, newest_meta_at]) => ({
          phone_number_id,
          newest_meta_at,
        })),
      ),
    ],
  )
}

/** Keeps items and bodies that could not be used, with their bytes and the reason. */
export async function insertRejectedWebhooks(
  tx: Queryable,
  rejected: readonly { id: string; code: string; detail: string; raw: Buffer }[],
): Promise<void> {
  if (rejected.length === 0) return
  // A reader of JSON quotes what it could not read, NUL and halves of characters among it.
  const rows = rejected.map(({ id, code, detail, raw }) => ({
    ...{ id, code, detail: storableText(detail) },
    raw: raw.toString('base64'),
  }))
  await tx.query(
    {
      name: 'webhook.reject',
      text: `
insert into rejected_events (id, source, code, detail, raw)
select id, 'webhook', code, detail, decode(raw, 'base64')
from jsonb_to_recordset($1::jsonb) as r(id uuid, code text, detail text, raw text)`,
    },
    [JSON.stringify(rows)],
  )
}
