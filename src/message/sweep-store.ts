/** What time alone does to a message: leases that end, doubts that are not settled, expiry. */

import type { Queryable, Statement } from '../db/database.ts'
import { dueAgain } from './batch-due.ts'
import { noteOf } from './change-note-store.ts'

export interface SweepResult {
  /** claimed → queued: the worker died before it wrote anything */
  requeued: number
  /** sending → in_doubt: the worker died with the call under way */
  doubtful: number
  /** in_doubt → unconfirmed: a person has to decide */
  unconfirmed: number
  /** in_doubt → queued by the policy `resend` */
  resent: number
  expired: number
}

const SWEEP: Statement = {
  name: 'sweep.due',
  text: `
with due as materialized (
  select id, state, fence, phone_number_id from whatsapp_messages
  where due_at <= (select clock_timestamp())
    and (state <> 'queued' or expires_at <= (select clock_timestamp()))
    and (state not in ('claimed', 'sending') or lease_until <= (select clock_timestamp()))
  order by due_at limit 500
  for update skip locked
), ended as (
  delete from send_leases
  where id = any (array(
    select id from send_leases where lease_until <= (select clock_timestamp()) order by id limit 5000
    for update skip locked))
  returning message_ids
), started as materialized (
  -- waited for, not skipped: their batch is forgotten in this commit
  select m.id, m.state, m.fence, m.phone_number_id
  from ended cross join lateral unnest(ended.message_ids) as l(id) join whatsapp_messages m on m.id = l.id
  where m.state = 'sending' and m.fence = 1 and m.due_at is null
  for update of m
), s as (
  select * from due union all select * from started
), d as (
  select s.id, s.state as was, s.fence, a.started_at,
    -- silence means something only when webhooks of this number flow
    coalesce(w.newest_meta_at > a.started_at + interval '60 seconds', false) as webhooks_flow
  from s
  left join whatsapp_attempts a on a.message_id = s.id and a.attempt = s.fence and s.state = 'in_doubt'
  left join webhook_watermarks w on w.phone_number_id = s.phone_number_id
), a as (
  update whatsapp_attempts a
  set outcome = case d.was when 'in_doubt' then 'assumed_lost'::whatsapp_attempt_outcome else 'in_doubt' end,
    evidence = 'lease'
  from d
  where a.message_id = d.id and a.attempt = d.fence
    -- also where evidence of an earlier attempt has settled the message meanwhile
    and case when d.was = 'in_doubt'
      then d.webhooks_flow and $2 = 'resend' and d.fence = 1 and a.outcome = 'in_doubt'
      else a.outcome is null and d.was not in ('queued', 'held', 'claimed') end
), u as (
  update whatsapp_messages m
  set state = case d.was
      when 'claimed' then 'queued'
      when 'sending' then 'in_doubt'
      when 'queued' then 'expired'
      when 'held' then 'expired'
      when 'in_doubt' then case
        when not d.webhooks_flow then 'in_doubt'
        -- once only: a second doubt is a person's
        when $2 = 'resend' and d.fence = 1 then 'queued'
        else 'unconfirmed' end
      else d.was::text end::whatsapp_message_state,
    hold_reason = case when d.was in ('queued', 'held') then null else m.hold_reason end,
    last_hold_reason = coalesce(m.hold_reason, m.last_hold_reason),
    last_held_at = case when d.was = 'held' then m.updated_at else m.last_held_at end,
    due_at = case
      when d.was = 'claimed' then ${dueAgain('m', 'clock_timestamp()')}
      when d.was = 'sending' then d_started.at + $1::float8 * interval '1 second'
      when d.was = 'in_doubt' and not d.webhooks_flow then clock_timestamp() + interval '30 seconds'
      when d.was = 'in_doubt' and $2 = 'resend' and d.fence = 1 then ${dueAgain('m', 'clock_timestamp()')}
      -- never due, and still among the undecided that the due index counts
      when d.was = 'in_doubt' then 'infinity'::timestamptz
      end,
    error_code = case when d.was in ('queued', 'held') then 'expired' else m.error_code end,
    error_message = case when d.was in ('queued', 'held')
      then 'The message could not be sent before it expired.'
        || coalesce(' It was held: ' || m.hold_reason || '.', '') || coalesce(' Last: ' || m.error_message, '')
      else m.error_message end,
    failed_at = case when d.was in ('queued', 'held') then clock_timestamp() else m.failed_at end,
    lease_owner = null,
    -- a doubt that is only looked at again began when it began
    updated_at = case when d.was = 'in_doubt' and not d.webhooks_flow then m.updated_at else clock_timestamp() end
  from d
  cross join lateral (
    select coalesce((select a.started_at from whatsapp_attempts a
                     where a.message_id = d.id and a.attempt = d.fence), clock_timestamp()) as at
  ) d_started
  where m.id = d.id
  returning m.id, d.was, m.state as now
), ${noteOf("u where now = 'queued'")}
select
  count(*) filter (where was = 'claimed')::integer as requeued,
  count(*) filter (where was = 'sending')::integer as doubtful,
  count(*) filter (where was = 'in_doubt' and now = 'unconfirmed')::integer as unconfirmed,
  count(*) filter (where was = 'in_doubt' and now = 'queued')::integer as resent,
  count(*) filter (where now = 'expired')::integer as expired
from u`,
}

/**
 * Moves at most 500 messages whose time has come, and those of batches whose lease has ended. Any number of processes may sweep at once.
 *
 * @param doubtWindowSeconds how long evidence is waited for after a lost answer, from its start
 * @param policy what becomes of a doubt without evidence; `resend` acts once a message
 */
export async function sweepDue(
  db: Queryable,
  doubtWindowSeconds: number,
  policy: 'hold' | 'resend',
): Promise<SweepResult> {
  const rows = await db.query<SweepResult>(SWEEP, [doubtWindowSeconds, policy])
  return rows[0] ?? { requeued: 0, doubtful: 0, unconfirmed: 0, resent: 0, expired: 0 }
}
