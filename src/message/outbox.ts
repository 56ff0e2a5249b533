/**
 * The message table as the dispatcher's outbox: claim with intent, and what became of each send.
 *
 * Every time that decides something is the database's. Every statement is guarded by the attempt's
 * number, which is the fence: a worker whose lease is over finds nothing to change.
 */

import type { Queryable, Statement } from '../db/database.ts'
import { queryInMonth } from '../db/month-statements.ts'
import { rowList } from '../db/row-list.ts'
import { dueAgain } from './batch-due.ts'
import { noteOf } from './change-note-store.ts'
import type { HoldReason } from './message.ts'
import { intoState } from './state-columns.ts'
import { templateHold } from './template-hold-store.ts'
import type { HeldMessage } from './template-hold-store.ts'

export interface ClaimedMessage {
  id: string
  tenant_id: string
  /** The number of this attempt, and the fence. */
  attempt: number
  failures: number
  recipient_phone: string | null
  recipient_user_id: string | null
  message_type: string
  template_name: string | null
  template_language: string | null
  template_parameters: unknown
  content: unknown
  /** Null: no order's. */
  event_id: string | null
}

export interface ClaimRequest {
  limit: number
  phoneNumberId: string
  leaseOwner: string
  leaseSeconds: number
  /** `name/language` of templates that may not be used just now. */
  gatedTemplates: readonly string[]
  /** Null: everybody. */
  onlyTo: readonly string[] | null
  /** Whose templates must be approved; null: none is asked for. */
  businessAccountId: string | null
}

/**
 * One message every six seconds to one recipient (reference, section 6); bursts are not used. Meta counts
 * from arrival to arrival and this from claim to claim: the rest is for the way.
 */
export const PAIR_SECONDS = 6.25

// Claim and intent in one statement, for as many rows as sends can start at once: nothing waits
// between the commit of the intent and the socket, so a killed process leaves few rows in doubt.
// clock_timestamp() stands in a scalar subquery because a volatile function is no index condition.
// The lease has a column of its own: due_at has an index, and a claim that changed it would write an entry
// into each index of the row.
//
// A template that the registry does not show approved holds its message here, without an attempt: so
// nothing is sent by what a process remembers, and what cannot go is looked at once.
//
// Two lanes: what belongs to no batch goes first. A batch lets only a few of its messages become due at a
// time, so an order finds few of them before it in the due index.
//
// Of each recipient the oldest goes, where the pair's six seconds are over; "on conflict … where"
// decides that under the row's lock, also between processes. The others are put off, one pace each.
const DUE = `due_at <= (select clock_timestamp()) and state = 'queued'
    and expires_at > (select clock_timestamp())
    and not coalesce(template_name || '/' || template_language = any ($5::text[]), false)
    and ($6::text[] is null or recipient_phone = any ($6::text[]))`
/**
 * SQL: whether the recipient of message `d` does not want messages. Asked in the same statement as the
 * intent: a STOP that is committed before it is heeded by it. A probe of a small index for each name of
 * the recipient.
 *
 * @param names SQL of the names: a number, a user id, `s:` and a supplier's id
 */
export function optedOut(d: string, names: string): string {
  return `exists (select 1 from opt_outs oo where oo.tenant_id = ${d}.tenant_id
    and oo.recipient = any (array[${names}]))`
}
const OPTED_OUT = optedOut('d', "d.recipient_phone, d.recipient_user_id, 's:' || d.supplier_id")
const CLAIM: Statement = {
  name: 'outbox.claim',
  text: `
with urgent as materialized (
  select id, recipient_phone, due_at, lane, ${templateHold('d', '$7')} as hold,
    ${OPTED_OUT} as opted_out
  from whatsapp_messages d
  where ${DUE} and lane = 0
  order by due_at limit $1
  for update skip locked
), batched as materialized (
  select id, recipient_phone, due_at, lane, ${templateHold('d', '$7')} as hold,
    ${OPTED_OUT} as opted_out
  from whatsapp_messages d
  where ${DUE} and lane = 1
  order by due_at limit (select greatest(0, $1 - count(*)) from urgent)
  for update skip locked
), due as (
  select * from urgent union all select * from batched
), opted_out as (
  update whatsapp_messages o
  set ${intoState("'failed'", 'o.duplicate_sent')}, error_code = 'opted_out', error_message = 'The supplier does not want messages.',
    failed_at = clock_timestamp(), due_at = null, updated_at = clock_timestamp()
  from due where o.id = due.id and due.opted_out
), held as (
  update whatsapp_messages h
  set ${intoState("'held'", 'h.duplicate_sent')}, hold_reason = due.hold, due_at = h.expires_at, updated_at = clock_timestamp()
  from due where h.id = due.id and due.hold is not null and not due.opted_out
  returning h.id, h.template_name, h.template_language, h.hold_reason
), ranked as materialized (
  select id, recipient_phone, case when recipient_phone is null then 1 else
    row_number() over (partition by recipient_phone order by lane, due_at, id) end as place
  from due where hold is null and not opted_out
), paced as (
  insert into recipient_pace as p (phone_number_id, recipient, next_at)
  select $2, recipient_phone, clock_timestamp() + interval '${String(PAIR_SECONDS)} seconds'
  from ranked where place = 1 and recipient_phone is not null
  order by recipient_phone
  on conflict (phone_number_id, recipient) do update set next_at = excluded.next_at
  where p.next_at <= clock_timestamp()
  returning recipient
), going as materialized (
  -- "in" becomes a hashed subplan; a join of two lists would compare each with each
  select id from ranked
  where place = 1 and (recipient_phone is null or recipient_phone in (select recipient from paced))
), waiting as (
  update whatsapp_messages w
  set due_at = greatest(clock_timestamp(), p.next_at) + (r.place - 1) * interval '${String(PAIR_SECONDS)} seconds',
    updated_at = clock_timestamp()
  from ranked r left join recipient_pace p on p.phone_number_id = $2 and p.recipient = r.recipient_phone
  where w.id = r.id and r.id not in (select id from going)
), m as (
  update whatsapp_messages m
  set state = 'sending', fence = m.fence + 1, attempts = m.attempts + 1, phone_number_id = $2,
    lease_owner = $3, lease_until = clock_timestamp() + $4::float8 * interval '1 second',
    updated_at = clock_timestamp()
  from going where m.id = going.id
  returning m.id, m.tenant_id, m.fence, m.failures, m.recipient_phone, m.recipient_user_id, m.message_type,
    m.template_name, m.template_language, m.template_parameters, m.content, m.event_id
), a as (
  insert into whatsapp_attempts (message_id, attempt, tenant_id, phone_number_id, lease_owner)
  select id, fence, tenant_id, $2, $3 from m
)
select d.looked_at, d.held, id, tenant_id, fence as attempt, failures, recipient_phone, recipient_user_id, message_type,
  template_name, template_language, template_parameters, content, event_id
from (select count(*)::integer as looked_at, (select json_agg(held) from held) as held from due) d left join m on true`,
}

/**
 * Leases due messages and commits the intent to send each of them.
 *
 * @returns `more`: as many were due as were asked for, so others may be; `held`: what may not be sent
 *   with its template
 */
export async function claimDue(
  db: Queryable,
  request: ClaimRequest,
): Promise<{ messages: ClaimedMessage[]; more: boolean; held: HeldMessage[] }> {
  const rows = await db.query<ClaimedMessage & { looked_at: number; held: HeldMessage[] | null }>(
    CLAIM,
    [
      request.limit,
      request.phoneNumberId,
      request.leaseOwner,
      request.leaseSeconds,
      request.gatedTemplates,
      request.onlyTo,
      request.businessAccountId,
    ],
  )
  return {
    messages: rows.filter((row) => (row.id as string | null) !== null),
    more: (rows[0]?.looked_at ?? 0) >= request.limit,
    held: rows[0]?.held ?? [],
  }
}

export interface Acceptance {
  message_id: string
  attempt: number
  wamid: string
  wa_id: string | null
  user_id: string | null
  http_status: number
  held_for_quality: boolean
  response: unknown
}

// Guarded by the attempt, not by the lease: a late answer is still the truth. A status that came
// first has raised the row already; greatest keeps it. A message that counted as failed without ever
// having been accepted yields to the evidence. Another id of Meta's than the row has means that Meta took
// the message twice: said in the same commit, or a process that dies here would hide it for ever.
const ACCEPTED = `case when m.state = 'failed' and m.whatsapp_message_id is null then 'accepted'
      else greatest(m.state, 'accepted') end`
const TAKEN_TWICE = `(m.duplicate_sent or coalesce(m.whatsapp_message_id <> i.wamid, false))`
/** What `outbox.accept` takes. */
export const ACCEPTANCES = rowList<Acceptance>({
  message_id: 'uuid',
  attempt: 'integer',
  wamid: 'text',
  wa_id: 'text',
  user_id: 'text',
  http_status: 'smallint',
  held_for_quality: 'boolean',
  response: 'jsonb',
})
const ACCEPTED_ROWS = `
with i as (
  select * from ${ACCEPTANCES.from('$1')} as i
), a as (
  update whatsapp_attempts a
  set outcome = 'accepted', evidence = coalesce(a.evidence, 'response'), wamid = i.wamid,
    http_status = i.http_status, ended_at = coalesce(a.ended_at, clock_timestamp())
  from i where a.message_id = i.message_id and a.attempt = i.attempt
), w as (
  insert into whatsapp_wamids (wamid, message_id, attempt)
  select wamid, message_id, attempt from i on conflict (wamid) do nothing
), o as (
  -- statuses that came before anybody knew the id: the orphan sweep looks at fresh ones only
  update orphan_statuses o set received_at = clock_timestamp() from i where o.wamid = i.wamid
), u as (
update whatsapp_messages m
set ${intoState(ACCEPTED, TAKEN_TWICE)},
  hold_reason = null,
  duplicate_sent = ${TAKEN_TWICE},
  -- of whatever Meta has reported already, the id stays the one that it was reported of
  whatsapp_message_id = case when i.attempt = m.fence and m.state < 'sent' then i.wamid
    else coalesce(m.whatsapp_message_id, i.wamid) end,
  accepted_at = coalesce(m.accepted_at, clock_timestamp()),
  wa_id = case when i.attempt > m.recipient_since then coalesce(i.wa_id, m.wa_id) else m.wa_id end,
  recipient_user_id = case when i.attempt > m.recipient_since
    then coalesce(m.recipient_user_id, i.user_id) else m.recipient_user_id end,
  held_for_quality = m.held_for_quality or i.held_for_quality,
  provider_response = i.response,
  failures = 0,
  due_at = case when m.fence = i.attempt then null else m.due_at end,
  lease_owner = case when m.fence = i.attempt then null else m.lease_owner end,
  error_code = case when m.state in ('failed', 'expired', 'canceled') and m.whatsapp_message_id is not null then m.error_code end,
  error_message = case when m.state in ('failed', 'expired', 'canceled') and m.whatsapp_message_id is not null then m.error_message end,
  updated_at = clock_timestamp()
from i
where m.id = i.message_id and i.attempt > m.retried_through
returning m.id, m.duplicate_sent
)`
const TOLD_TWICE = 'select id from u where duplicate_sent'
const ACCEPT: Statement = { name: 'outbox.accept', text: `${ACCEPTED_ROWS}\n${TOLD_TWICE}` }
const ACCEPT_LATE: Statement = {
  name: 'outbox.accept_late',
  text: `${ACCEPTED_ROWS}, ${noteOf('u')}\n${TOLD_TWICE}`,
}

/**
 * The live stream finds a change by the end of its attempt where that began within the last minute. An answer that is
 * written this long after its call began, or later (a long timeout, a database that was away), is noted for it.
 */
export const LATE_MS = 50_000

/**
 * Records that Meta took these sends.
 *
 * @param isLate one of them began longer than LATE_MS ago
 * @returns the messages that Meta is now known to have taken twice (possible only after somebody, or the
 *   policy `resend`, let a doubtful one be sent again, or where something between us repeats calls)
 */
export async function recordAcceptances(
  db: Queryable,
  acceptances: readonly Acceptance[],
  isLate = false,
): Promise<string[]> {
  const ids = acceptances.map(({ message_id: id }) => id)
  const statement = isLate ? ACCEPT_LATE : ACCEPT
  const parameters = [ACCEPTANCES.write(acceptances)]
  const rows = await queryInMonth<{ id: string }>(db, statement, ids, parameters)
  return rows.map(({ id }) => id)
}

export interface Settlement {
  message_id: string
  attempt: number
  outcome: 'rejected' | 'not_sent' | 'in_doubt'
  http_status: number | null
  to_state: 'queued' | 'held' | 'failed' | 'in_doubt'
  hold_reason: HoldReason | null
  /** queued: until the next try; in_doubt: until the doubt window closes. In ms. */
  delay_ms: number | null
  /** The attempt counts as a failed one for the backoff. */
  counts_failure: boolean
  /** The attempt is given back: it says something about the number or the template, not the message. */
  refunds_attempt: boolean
  error_code: string | null
  error_message: string | null
  error: unknown
  response: unknown
}

const SETTLED_ATTEMPTS = `
with i as (
  select * from jsonb_to_recordset($1::jsonb)
    as i(message_id uuid, attempt integer, outcome whatsapp_attempt_outcome, http_status smallint,
         to_state whatsapp_message_state, hold_reason text, delay_ms float8, counts_failure boolean,
         refunds_attempt boolean, error_code text, error_message text, error jsonb, response jsonb)
), a as (
  update whatsapp_attempts a
  set outcome = i.outcome, evidence = 'response', http_status = i.http_status,
    error_code = i.error_code, error = i.error,
    ended_at = case when i.outcome = 'in_doubt' then null else clock_timestamp() end
  from i
  where a.message_id = i.message_id and a.attempt = i.attempt
    -- "case", else these rows would count as few, and be looked for among all attempts
    and case when i.attempt > 0 then a.outcome is null or a.outcome = 'in_doubt' end
), at_limit as materialized (
  -- 131056: the pair is at its limit, which says as much of every other message to this recipient
  select r.phone_number_id, r.recipient_phone as recipient, max(i.delay_ms) as delay_ms
  from i join whatsapp_messages r on r.id = i.message_id
  where i.error_code = '131056' and r.phone_number_id is not null and r.recipient_phone is not null
  group by 1, 2
), slowed as (
  insert into recipient_pace as p (phone_number_id, recipient, next_at)
  select phone_number_id, recipient, clock_timestamp() + delay_ms * interval '1 millisecond'
  from at_limit order by recipient
  on conflict (phone_number_id, recipient) do update set next_at = greatest(p.next_at, excluded.next_at)
), p as (
  -- What Meta did not take does not count against the pair. A late refusal may find the pace of a younger
  -- message there, which began after this one's was over, so its end is a whole pace later.
  delete from recipient_pace p using i
    join whatsapp_messages r on r.id = i.message_id
    join whatsapp_attempts t on t.message_id = i.message_id and t.attempt = i.attempt
  where i.outcome in ('rejected', 'not_sent') and p.recipient not in (select recipient from at_limit)
    and p.phone_number_id = r.phone_number_id and p.recipient = r.recipient_phone
    -- written so that the index on next_at, of every recipient's pace, is of no use
    and p.next_at - 1.5 * interval '${String(PAIR_SECONDS)} seconds' < t.started_at
)`
const SETTLED_ROWS = `
update whatsapp_messages m
set ${intoState('i.to_state')},
  hold_reason = i.hold_reason,
  due_at = case i.to_state
    when 'queued' then ${dueAgain('m', "least(clock_timestamp() + i.delay_ms * interval '1 millisecond', m.expires_at)")}
    when 'held' then m.expires_at
    when 'in_doubt' then clock_timestamp() + i.delay_ms * interval '1 millisecond'
  end,
  lease_owner = null,
  attempts = m.attempts - case when i.refunds_attempt then 1 else 0 end,
  failures = m.failures + case when i.counts_failure then 1 else 0 end,
  error_code = i.error_code,
  error_message = i.error_message,
  failed_at = case i.to_state when 'failed' then clock_timestamp() end,
  provider_response = coalesce(i.response, m.provider_response),
  updated_at = clock_timestamp()
from i
where m.id = i.message_id and case when m.fence = i.attempt then m.state in ('sending', 'in_doubt') end`
const SETTLE: Statement = { name: 'outbox.settle', text: SETTLED_ATTEMPTS + SETTLED_ROWS }
const SETTLE_LATE: Statement = {
  name: 'outbox.settle_late',
  text: `${SETTLED_ATTEMPTS}, u as (${SETTLED_ROWS}
  returning m.id
), ${noteOf('u')}
select 1`,
}

/**
 * Records sends that Meta did not take, or of which nobody knows.
 *
 * @param isLate as above
 */
export async function recordSettlements(
  db: Queryable,
  settlements: readonly Settlement[],
  isLate = false,
): Promise<void> {
  await db.query(isLate ? SETTLE_LATE : SETTLE, [JSON.stringify(settlements)])
}
