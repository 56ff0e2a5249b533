/** The short way of ordinary statuses: one statement for all that a batch of webhooks writes. */

import type { Queryable, Statement } from '../db/database.ts'
import { queryInMonth } from '../db/month-statements.ts'
import { rowList } from '../db/row-list.ts'
import { insertFactsInPlace, NO_FACTS_IN_PLACE } from '../message/facts-in-place.ts'
import { statusOfState } from '../message/state-columns.ts'
import { isPlain } from './fold-statuses.ts'
import type { MatchedStatus } from './fold-statuses.ts'
import type { PlainChange, PlainFold, RaisedMessage } from './plain-statuses.ts'

// Of the attempt that Meta took, or whose answer is still under way; with no fact in a row of its own, and
// no earlier report than what stands here, which would change more than it adds. All else goes the long way.
//
// One "case" over both sides: of conditions on the message alone (PostgreSQL finds such also in an "or") the
// planner expects so few rows that it reads all messages first, and joins then.
const SAYS_SOMETHING_NEW = `case when m.fence = i.attempt then m.retried_through < i.attempt
      and m.state in ('sending', 'accepted', 'sent', 'delivered', 'read')
      and (m.whatsapp_message_id = i.wamid or (m.whatsapp_message_id is null and m.state = 'sending'))
      and (i.phone_number_id is null or m.phone_number_id is null or m.phone_number_id = i.phone_number_id)
      and (m.sent_at is null) = (m.sent_received_at is null)
      and (m.delivered_at is null or m.delivered_implied) = (m.delivered_received_at is null)
      and (m.read_at is null) = (m.read_received_at is null)
      and coalesce(m.sent_at <= i.sent_at, true)
      and (m.delivered_implied or coalesce(m.delivered_at <= i.delivered_at, true))
      and coalesce(m.read_at <= i.read_at, true)
      and (i.sent_at is not null and m.sent_at is null
        or i.delivered_at is not null and m.delivered_received_at is null
        or i.read_at is not null and m.read_at is null)
    else false end`

const CHANGES = rowList<PlainChange>({
  message_id: 'uuid',
  attempt: 'integer',
  wamid: 'text',
  phone_number_id: 'text',
  sent_at: 'timestamptz',
  delivered_at: 'timestamptz',
  read_at: 'timestamptz',
  pricing: 'jsonb',
  wa_id: 'text',
  user_id: 'text',
})

// "t.now" is taken once: what has it was written here, so that the row itself tells what was new. The
// watermark's row is locked only where it moves, once a second and number, and last.
const RAISE_PLAIN: Statement = {
  name: 'webhook.raise_plain',
  text: `
with t as materialized (
  select clock_timestamp() as now
), i as materialized (
  select i.*, case when i.read_at is not null then 'read' when i.delivered_at is not null then 'delivered'
      else 'sent' end::whatsapp_message_state as state
  from ${CHANGES.from('$1')} as i
), b as (
  insert into webhook_bodies (id, body, lengths, message_ids)
  select $2::uuid, $3::bytea, $4::integer[], (select array_agg(message_id) from i) where $2::uuid is not null
), u as (
  update whatsapp_messages m
  set state = greatest(m.state, i.state),
    status = ${statusOfState('greatest(m.state, i.state)')},
    whatsapp_message_id = i.wamid,
    accepted_at = coalesce(m.accepted_at, t.now),
    sent_at = coalesce(m.sent_at, i.sent_at),
    sent_received_at = coalesce(m.sent_received_at, case when i.sent_at is not null then t.now end),
    delivered_at = coalesce(case when not m.delivered_implied then m.delivered_at end, i.delivered_at, m.read_at, i.read_at),
    delivered_received_at = coalesce(m.delivered_received_at, case when i.delivered_at is not null then t.now end),
    delivered_implied = i.delivered_at is null and m.delivered_received_at is null
      and (m.read_at is not null or i.read_at is not null),
    read_at = coalesce(m.read_at, i.read_at),
    read_received_at = coalesce(m.read_received_at, case when i.read_at is not null then t.now end),
    error_code = null, error_message = null,
    pricing = greatest(m.pricing, i.pricing),
    wa_id = case when i.attempt > m.recipient_since then coalesce(m.wa_id, i.wa_id) else m.wa_id end,
    recipient_user_id = case when i.attempt > m.recipient_since
      then coalesce(m.recipient_user_id, i.user_id) else m.recipient_user_id end,
    due_at = null,
    updated_at = t.now
  from i, t
  where m.id = i.message_id and ${SAYS_SOMETHING_NEW}
  returning m.id, i.attempt, i.wamid, m.accepted_at = t.now as is_settled,
    case when m.accepted_at < t.now and m.delivered_received_at = t.now then m.accepted_at end as accepted_at,
    coalesce(m.sent_received_at = t.now, false) as sent,
    coalesce(m.delivered_received_at = t.now, false) as delivered,
    coalesce(m.read_received_at = t.now, false) as read
), a as (
  update whatsapp_attempts a
  set outcome = 'accepted', evidence = 'webhook', wamid = coalesce(a.wamid, u.wamid),
    ended_at = coalesce(a.ended_at, clock_timestamp())
  from u
  where a.message_id = u.id and a.attempt = u.attempt
    -- the first, so that no attempt is looked for of the others; the second, because of a condition on the
    -- attempt alone the planner expects so few rows that it reads all attempts
    and u.is_settled and case when u.is_settled then a.outcome is distinct from 'accepted' else false end
  returning a.message_id, a.attempt, u.wamid
), w as (
  insert into whatsapp_wamids (wamid, message_id, attempt)
  select wamid, message_id, attempt from a
  on conflict (wamid) do nothing
), o as (
  update orphan_statuses o set received_at = clock_timestamp() from a where o.wamid = a.wamid
), n as (
  insert into webhook_watermarks as w (phone_number_id, newest_meta_at)
  select phone_number_id, newest from (
    select phone_number_id, least(max(greatest(sent_at, delivered_at, read_at)), (select now from t)) as newest
    from i where phone_number_id is not null group by phone_number_id) n
  where not exists (select 1 from webhook_watermarks k
    where k.phone_number_id = n.phone_number_id and k.newest_meta_at >= n.newest)
  order by phone_number_id
  on conflict (phone_number_id) do update
  set newest_meta_at = excluded.newest_meta_at, received_at = clock_timestamp()
  where w.newest_meta_at < excluded.newest_meta_at
)
select id, is_settled, accepted_at, sent, delivered, read from u`,
}

/**
 * Keeps bodies as they came, raises the messages of ordinary statuses, and notes the newest of Meta's times of
 * each number: all or nothing, in one statement.
 *
 * @param bodies one row a batch, the bodies one after the other with their lengths in bytes: a row and two
 *   index entries each cost four times as much as all the rest of keeping them
 * @returns the messages that were told something new
 */
export function raisePlain(
  db: Queryable,
  id: string,
  bodies: readonly Buffer[],
  folds: readonly PlainFold[],
): Promise<RaisedMessage[]> {
  const hasBodies = bodies.length > 0
  const changes = folds.map(({ change }) => change)
  const ids = changes.map((change) => change.message_id)
  return queryInMonth<RaisedMessage>(db, RAISE_PLAIN, ids, [
    CHANGES.write(changes),
    hasBodies ? id : null,
    Buffer.concat(bodies),
    bodies.map((body) => body.length),
  ])
}

// Every message of the long way is locked first, also where none of its facts stands in it: else the short
// way of another process could write one between this statement and the next.
const MOVE_PLAIN: Statement = {
  name: 'webhook.move_plain',
  text: `
with i as (
  select * from jsonb_to_recordset($1::jsonb)
    as i(n integer, message_id uuid, attempt integer, status text, wamid text, phone_number_id text, meta_at timestamptz)
), k as materialized (
  select i.n, m.id, m.tenant_id, m.fence, m.whatsapp_message_id, m.sent_at, m.sent_received_at,
    m.delivered_at, m.delivered_received_at, m.read_at, m.read_received_at,
    coalesce(m.fence = i.attempt and m.whatsapp_message_id = i.wamid
      and (i.phone_number_id is null or m.phone_number_id is null or m.phone_number_id = i.phone_number_id)
      and case i.status
        when 'sent' then m.sent_received_at is not null and m.sent_at <= i.meta_at
        when 'delivered' then m.delivered_received_at is not null and m.delivered_at <= i.meta_at
        when 'read' then m.read_received_at is not null and m.read_at <= i.meta_at
      end, false) as is_known
  from i join whatsapp_messages m on m.id = i.message_id
  order by m.id for update of m
), moving as materialized (
  select distinct on (id) * from k
  where id in (select id from k where not is_known)
    and (sent_received_at is not null or delivered_received_at is not null or read_received_at is not null)
), f as (${insertFactsInPlace('moving m')}
), u as (
  update whatsapp_messages m
  set ${NO_FACTS_IN_PLACE}
  from moving where m.id = moving.id
)
select n from k where is_known`,
}

/**
 * Makes the messages of these statuses ready for the long way: their facts become rows of their own. A message of
 * which everything said here is known already stays as it is.
 *
 * @returns the positions of statuses that say nothing new
 */
export async function movePlain(
  tx: Queryable,
  facts: readonly MatchedStatus[],
): Promise<Set<number>> {
  const rows = await tx.query<{ n: number }>(MOVE_PLAIN, [
    JSON.stringify(
      facts.map(({ messageId, attempt, item }, n) => ({
        n,
        message_id: messageId,
        attempt,
        // Of another, its word alone does not say that it is known.
        status: isPlain(item) ? item.status : '',
        wamid: item.wamid,
        phone_number_id: item.phoneNumberId,
        meta_at: item.metaAt,
      })),
    ),
  ])
  return new Set(rows.map(({ n }) => n))
}
