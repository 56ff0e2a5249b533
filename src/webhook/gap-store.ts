/** What webhooks leave out: messages that Meta took, and of which nothing came since. */

import type { Database, Queryable, Statement } from '../db/database.ts'

export type GapKind = 'no_status' | 'undelivered'

export interface Gap {
  message_id: string
  tenant_id: string
  wamid: string
  accepted_at: Date
}

export type GapAnswer = 'statuses' | 'nothing' | 'refused' | 'unreachable'

const NEXT_SPAN: Statement = {
  name: 'gaps.next_span',
  text: `
select scanned_to as from_at,
  least(scanned_to + interval '6 hours', clock_timestamp() - $2::float8 * interval '1 second') as to_at
from webhook_gap_scans where kind = $1 for update skip locked`,
}

// The attempt's time has an index, and each attempt is looked at once: no list of what is open is kept
// on the way of a message that goes well.
const FIND: Statement = {
  name: 'gaps.find',
  text: `
insert into webhook_gaps (message_id, kind, tenant_id, wamid, accepted_at)
select m.id, $1, m.tenant_id, m.whatsapp_message_id, m.accepted_at
from whatsapp_attempts a join whatsapp_messages m on m.id = a.message_id
where a.started_at > $2 and a.started_at <= $3
  and m.fence = a.attempt and m.whatsapp_message_id is not null and m.accepted_at is not null
  -- Of what Meta holds back to see how a template is received it says nothing meanwhile.
  and (m.state = 'accepted' and not ($1 = 'no_status' and m.held_for_quality) or ($1 = 'undelivered' and m.state = 'sent'))
on conflict (message_id) do update
set kind = excluded.kind, found_at = clock_timestamp(), closed_at = null
where excluded.kind = 'undelivered' and webhook_gaps.kind = 'no_status'
returning message_id, tenant_id, wamid, accepted_at`,
}

/**
 * Looks at the attempts that have become older than `ageSeconds` since the last look, by whichever
 * process; at most six hours of them at once.
 *
 * @returns what was found, and whether more waits to be looked at
 */
export async function findGaps(
  database: Database,
  kind: GapKind,
  ageSeconds: number,
  createId: () => string,
): Promise<{ found: Gap[]; more: boolean }> {
  return database.transaction(async (tx) => {
    const [span] = await tx.query<{ from_at: Date; to_at: Date }>(NEXT_SPAN, [kind, ageSeconds])
    if (span === undefined || span.to_at <= span.from_at) return { found: [], more: false }
    const found = await tx.query<Gap>(FIND, [kind, span.from_at, span.to_at])
    if (kind === 'undelivered') await markUndelivered(tx, found, createId)
    await tx.query(
      {
        name: 'gaps.scanned',
        text: 'update webhook_gap_scans set scanned_to = $2 where kind = $1',
      },
      [kind, span.to_at],
    )
    return { found, more: span.to_at.getTime() - span.from_at.getTime() >= 6 * 60 * 60 * 1000 }
  })
}

/** Said on the message, in its timeline, and to whoever has asked for needs_attention. */
async function markUndelivered(
  tx: Queryable,
  gaps: readonly Gap[],
  createId: () => string,
): Promise<void> {
  if (gaps.length === 0) return
  const rows = JSON.stringify(gaps.map(({ message_id: id }) => ({ id, audit_id: createId() })))
  await tx.query(
    {
      name: 'gaps.mark_undelivered',
      text: `
with g as (select * from jsonb_to_recordset($1::jsonb) as g(id uuid, audit_id uuid)
), u as (
  update whatsapp_messages m set undelivered_at = clock_timestamp(), updated_at = clock_timestamp()
  from g where m.id = g.id and m.state in ('accepted', 'sent') and m.undelivered_at is null
  returning m.*, g.audit_id
), a as (
  insert into audit_log (id, actor, action, tenant_id, message_id)
  select audit_id, 'aviso', 'undelivered', tenant_id, id from u
)
insert into outgoing_events (routing_key, order_key, tenant_id, message_id, status, state, recipient_phone,
  whatsapp_message_id)
select 'whatsapp.message.needs_attention', tenant_id || '/' || coalesce(po_id, id::text), tenant_id, id, status,
  state, recipient_phone, whatsapp_message_id
from u where strpos(current_setting('aviso.publish', true), 'whatsapp.message.needs_attention') > 0`,
    },
    [rows],
  )
}

/** Closes the gaps whose message went on since. @returns how many */
export async function closeGaps(database: Database): Promise<number> {
  const rows = await database.query({
    name: 'gaps.close',
    text: `
update webhook_gaps g set closed_at = clock_timestamp()
from whatsapp_messages m
where g.closed_at is null and m.id = g.message_id
  and m.state <> 'accepted' and (g.kind = 'no_status' or m.state <> 'sent')
returning 1`,
  })
  return rows.length
}

/** Gaps to ask Meta about, each at most three times, an hour apart; marked as asked. */
export function takeGapsToAsk(database: Database, limit: number): Promise<Gap[]> {
  return database.query<Gap>(
    {
      name: 'gaps.take',
      text: `
with g as materialized (
  select message_id from webhook_gaps
  where closed_at is null and kind = 'no_status' and asked < 3
    and (asked_at is null or asked_at < clock_timestamp() - interval '1 hour')
  order by found_at limit $1 for update skip locked
)
update webhook_gaps w set asked = asked + 1, asked_at = clock_timestamp()
from g where w.message_id = g.message_id
returning w.message_id, w.tenant_id, w.wamid, w.accepted_at`,
    },
    [limit],
  )
}

/** What Meta said of them. */
export async function noteAnswer(
  database: Database,
  messageIds: readonly string[],
  answer: GapAnswer,
): Promise<void> {
  if (messageIds.length === 0) return
  await database.query(
    {
      name: 'gaps.answer',
      text: `
update webhook_gaps set answer = $2
where message_id in (select value::uuid from jsonb_array_elements_text($1::jsonb))`,
    },
    [JSON.stringify(messageIds), answer],
  )
}

/** Forgets gaps and counts of refusals that are older than 90 days. */
export async function forgetOldGaps(database: Database): Promise<void> {
  await database.query({
    name: 'gaps.forget',
    text: `delete from webhook_gaps where found_at < clock_timestamp() - interval '90 days'`,
  })
  await database.query({
    name: 'gaps.forget_refusals',
    text: `delete from webhook_refusals where hour < clock_timestamp() - interval '90 days'`,
  })
}

export interface GapReport {
  /** Open ones of the last seven days: taken by Meta, without any status. */
  noStatus: number
  /** Open ones of the last day. */
  undelivered: number
  /** Wrong signatures of the last hour, and when the last one came. */
  refused: number
  refusedAt: Date | null
}

const REPORT: Statement = {
  name: 'gaps.report',
  text: `
select count(*) filter (where kind = 'no_status')::integer as no_status,
  count(*) filter (where kind = 'undelivered' and found_at > clock_timestamp() - interval '1 day')::integer
    as undelivered,
  (select coalesce(sum(count), 0)::integer from webhook_refusals
   where last_at > clock_timestamp() - interval '1 hour') as refused,
  (select max(last_at) from webhook_refusals where last_at > clock_timestamp() - interval '1 hour') as refused_at
from webhook_gaps where closed_at is null and found_at > (select clock_timestamp() - interval '7 days')
  and ($1::uuid is null or tenant_id = $1)`,
}

/** @param tenantId whose messages; null: everybody's. Of a refused webhook nobody knows whose it was. */
export async function readGapReport(
  database: Database,
  tenantId: string | null = null,
): Promise<GapReport> {
  const rows = await database.query<{
    no_status: number
    undelivered: number
    refused: number
    refused_at: Date | null
  }>(REPORT, [tenantId])
  const row = rows[0]
  return {
    noStatus: row?.no_status ?? 0,
    undelivered: row?.undelivered ?? 0,
    refused: row?.refused ?? 0,
    refusedAt: row?.refused_at ?? null,
  }
}

export interface ListedGap extends Gap {
  kind: GapKind
  found_at: Date
  asked_at: Date | null
  asked: number
  answer: GapAnswer | null
  closed_at: Date | null
}

/** By message, newest first. @param before id of the last message of the page before */
export function listGaps(
  database: Database,
  filter: {
    tenantId: string | null
    open: boolean
    kind: GapKind | null
    before: string | null
    limit: number
  },
): Promise<ListedGap[]> {
  return database.query<ListedGap>(
    {
      name: 'gaps.list',
      text: `
select message_id, kind, tenant_id, wamid, accepted_at, found_at, asked_at, asked, answer, closed_at
from webhook_gaps
where ($1::uuid is null or tenant_id = $1) and (not $2 or closed_at is null) and ($3::text is null or kind = $3)
  and ($4::uuid is null or message_id < $4)
order by message_id desc limit $5`,
    },
    [filter.tenantId, filter.open, filter.kind, filter.before, filter.limit],
  )
}

/**
 * Adds what one process refused since it last said so.
 *
 * @param agoMs how long ago the last of them was: of two clocks only a span is comparable
 */
export async function addRefusals(database: Database, count: number, agoMs = 0): Promise<void> {
  await database.query(
    {
      name: 'gaps.add_refusals',
      text: `
insert into webhook_refusals as r (hour, count, first_at, last_at)
select date_trunc('hour', t.at), $1, t.at, t.at
from (select clock_timestamp() - $2::float8 * interval '1 millisecond' as at) t
on conflict (hour) do update set count = r.count + excluded.count, last_at = greatest(r.last_at, excluded.last_at)`,
    },
    [count, agoMs],
  )
}
