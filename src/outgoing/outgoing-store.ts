/**
 * What waits to be published. Rows are written by triggers and by whoever judges answers, always in the
 * transaction of what they tell of; they are deleted once somebody has them.
 */

import type { Queryable, Statement } from '../db/database.ts'
import type { OutgoingRow } from './outgoing-event.ts'

const LEASE: Statement = {
  name: 'outgoing.lease',
  text: `
insert into outgoing_lease as l (owner, held_until)
values ($1, clock_timestamp() + $2::float8 * interval '1 second')
on conflict (only_one) do update set owner = excluded.owner, held_until = excluded.held_until
where l.owner = excluded.owner or l.held_until <= clock_timestamp()
returning owner`,
}

/** Takes or renews the right to publish; false while another process has it. */
export async function holdLease(db: Queryable, owner: string, seconds: number): Promise<boolean> {
  return (await db.query(LEASE, [owner, seconds])).length > 0
}

export async function giveUpLease(db: Queryable, owner: string): Promise<void> {
  await db.query(
    { name: 'outgoing.give_up', text: 'delete from outgoing_lease where owner = $1' },
    [owner],
  )
}

// Of each order the first event only: the next one goes when this one has arrived. A routing key that
// nobody has bound a queue for holds up its orders for a while, then steps aside.
//
// A look goes over a bounded stretch of each routing key: tens of thousands of events may be held up,
// and asking for each of them what it waits for would take a core. It ends where enough are found, so each is
// asked by itself: "not exists" would be a join of all that wait.
//
// AHEAD goes by the index of routing keys and no other way: of "=" the planner knows that the order is that of the
// ids, and reads all that wait by these, to find of a rare routing key nothing.
const AHEAD = `(o.routing_key, o.id) > (route.routing_key, route.after) and o.routing_key <= route.routing_key`
const NEXT: Statement = {
  name: 'outgoing.next',
  text: `
with route as materialized (
  select k.routing_key, k.after, case when r.routing_key is null then $2::integer else 1 end as most
  from jsonb_to_recordset($1::jsonb) as k(routing_key text, after bigint)
  left join outgoing_routes r on r.routing_key = k.routing_key
  where r.routing_key is null or r.probe_at <= clock_timestamp()
), aside as materialized (
  select routing_key from outgoing_routes
  where reason = 'unbound' and since <= clock_timestamp() - $3::float8 * interval '1 second'
), head as materialized (
  select h.id, route.routing_key
  from route cross join lateral (
    select s.id from (
      select o.routing_key, o.id, o.order_key from outgoing_events o
      where ${AHEAD}
      order by o.routing_key, o.id limit $4
    ) s
    where (
      select true from outgoing_events b
      where b.order_key = s.order_key and b.id < s.id
        and b.routing_key not in (select routing_key from aside)
      limit 1) is null
    order by s.routing_key, s.id limit route.most
  ) h
), passed as (
  select route.routing_key, stretch.count, stretch.last_id
  from route cross join lateral (
    select count(*)::integer as count, max(s.id) as last_id from (
      select o.id from outgoing_events o
      where ${AHEAD}
      order by o.routing_key, o.id limit $4
    ) s
  ) stretch
  where route.routing_key not in (select routing_key from head)
), next as (
  select id, null as passed_key, null::integer as passed_count, null::bigint as passed_last
  from (select id from head order by id limit $2) h
  union all
  select null, routing_key, count, last_id from passed
)
select n.passed_key, n.passed_count, n.passed_last,
  e.id, e.event_id, e.routing_key, e.created_at, e.tenant_id, e.message_id, e.status, e.state,
  e.hold_reason, m.undelivered_at, e.recipient_phone, e.whatsapp_message_id, e.error_code, e.error_message,
  m.po_id, m.po_number, m.revision, m.supplier_id, m.notification_id, m.metadata,
  e.reply_wamid, i.message_type as reply_message_type, i.content as reply_content, i.text as reply_text,
  i.payload as reply_payload, i.received_at as reply_received_at, e.superseded
from next n
left join outgoing_events e on e.id = n.id
left join whatsapp_messages m on m.id = e.message_id
left join inbound_messages i on i.wamid = e.reply_wamid
order by n.id`,
}

/** How many events of a routing key one look goes over. */
const STRETCH = 500

/** Of a routing key of which nothing may go: over how many events the look went, and the last of them. */
interface Passed {
  passed_key: string
  passed_count: number
  /** bigint, as text; null: there is none */
  passed_last: string | null
}

/** By routing key: the id after which to look, as text; none: from the oldest on. */
export type Places = ReadonlyMap<string, string>

/**
 * What may be published now, oldest first: at most one event of each purchase order, and of a routing
 * key that was not taken before one in all, when it is time to try again.
 *
 * @param asideSeconds how long events that nobody gets hold up later ones of their order
 * @returns where to look next time, besides: past a stretch in which everything is held up
 */
export async function nextEvents(
  db: Queryable,
  request: { types: readonly string[]; limit: number; asideSeconds: number; places?: Places },
): Promise<{ events: OutgoingRow[]; places: Places }> {
  const { types, limit, asideSeconds, places: before = new Map<string, string>() } = request
  const keys = types.map((type) => ({ routing_key: type, after: before.get(type) ?? '0' }))
  const rows = await db.query<(OutgoingRow & { passed_key: null }) | Passed>(NEXT, [
    JSON.stringify(keys),
    limit,
    asideSeconds,
    STRETCH,
  ])
  const events: OutgoingRow[] = []
  const places = new Map(before)
  for (const row of rows) {
    if (row.passed_key === null) events.push(row)
    else if (row.passed_count === STRETCH) places.set(row.passed_key, row.passed_last ?? '0')
    else places.delete(row.passed_key)
  }
  return { events, places }
}

export interface Settled {
  /** Ids of what somebody has. */
  done: readonly string[]
  /** Routing keys that are taken (again). */
  open: readonly string[]
  closed: readonly { routing_key: string; reason: 'unbound' | 'refused' }[]
  /** Between two tries at a closed one: doubles from the first to the longest, in ms. */
  pauseMs: { first: number; longest: number }
}

const SETTLE: Statement = {
  name: 'outgoing.settle',
  text: `
with d as (
  delete from outgoing_events where id in (select id::bigint from jsonb_array_elements_text($1::jsonb) as i(id))
), o as (
  delete from outgoing_routes where routing_key in (select k from jsonb_array_elements_text($2::jsonb) as i(k))
)
insert into outgoing_routes as r (routing_key, reason, probe_at)
select routing_key, reason, clock_timestamp() + $4::float8 * interval '1 millisecond'
from jsonb_to_recordset($3::jsonb) as i(routing_key text, reason text)
on conflict (routing_key) do update
set reason = excluded.reason, probes = r.probes + 1,
  since = case when r.reason = excluded.reason then r.since else excluded.since end,
  probe_at = clock_timestamp() + least($5::float8, $4::float8 * 2 ^ least(r.probes, 30)) * interval '1 millisecond'
returning routing_key, reason, (xmax = 0) as is_new`,
}

/** Records what became of a batch; returns the routing keys that were taken until now. */
export async function settleEvents(
  db: Queryable,
  settled: Settled,
): Promise<{ routing_key: string; reason: string }[]> {
  const rows = await db.query<{ routing_key: string; reason: string; is_new: boolean }>(SETTLE, [
    JSON.stringify(settled.done),
    JSON.stringify(settled.open),
    JSON.stringify(settled.closed),
    settled.pauseMs.first,
    settled.pauseMs.longest,
  ])
  return rows.filter((row) => row.is_new)
}

export interface Dropped {
  routing_key: string
  count: number
}

/** Gives up what nobody has bound a queue for in so many hours. */
export function dropUnbound(db: Queryable, hours: number): Promise<Dropped[]> {
  return db.query(
    {
      name: 'outgoing.drop_unbound',
      text: `
with d as (
  delete from outgoing_events e using outgoing_routes r
  where r.routing_key = e.routing_key and r.reason = 'unbound'
    and greatest(e.created_at, r.since) < clock_timestamp() - $1::float8 * interval '1 hour'
  returning e.routing_key
)
select routing_key, count(*)::integer as count from d group by routing_key`,
    },
    [hours],
  )
}

/** Drops what is no longer wanted, so that it neither waits nor warns. */
export function dropUnwanted(db: Queryable, types: readonly string[]): Promise<Dropped[]> {
  return db.query(
    {
      name: 'outgoing.drop_unwanted',
      text: `
with r as (
  delete from outgoing_routes where routing_key not in (select k from jsonb_array_elements_text($1::jsonb) as i(k))
), d as (
  delete from outgoing_events where routing_key not in (select k from jsonb_array_elements_text($1::jsonb) as i(k))
  returning routing_key
)
select routing_key, count(*)::integer as count from d group by routing_key`,
    },
    [JSON.stringify(types)],
  )
}

export interface OutgoingReport {
  /** Events that wait. */
  depth: number
  /** Age of the oldest of them; 0 where none waits. */
  oldestSeconds: number
  /** Routing keys that are not taken just now, each with what waits under it. */
  closed: { routing_key: string; reason: 'unbound' | 'refused'; since: Date; count: number }[]
}

const REPORT_OF_ALL: Statement = {
  name: 'outgoing.report',
  text: `
select e.routing_key, r.reason, r.since, e.count,
  (select greatest(0, extract(epoch from clock_timestamp() - created_at)) from outgoing_events
   order by id limit 1)::float8 as oldest_seconds
from (select routing_key, count(*)::integer as count from outgoing_events group by routing_key) e
left join outgoing_routes r on r.routing_key = e.routing_key
order by e.routing_key`,
}

// A statement of its own: no index has the tenant, and the one above is answered by an index alone.
const REPORT_OF_TENANT: Statement = {
  name: 'outgoing.report_of_tenant',
  text: `
select e.routing_key, r.reason, r.since, e.count, e.oldest_seconds
from (select routing_key, count(*)::integer as count,
    greatest(0, extract(epoch from clock_timestamp() - min(min(created_at)) over ()))::float8 as oldest_seconds
  from outgoing_events where tenant_id = $1 group by routing_key) e
left join outgoing_routes r on r.routing_key = e.routing_key
order by e.routing_key`,
}

/** @param tenantId whose events; null: everybody's */
export async function readOutgoing(
  db: Queryable,
  tenantId: string | null = null,
): Promise<OutgoingReport> {
  const rows = await db.query<{
    routing_key: string | null
    reason: 'unbound' | 'refused' | null
    since: Date | null
    count: number
    oldest_seconds: number
  }>(tenantId === null ? REPORT_OF_ALL : REPORT_OF_TENANT, tenantId === null ? [] : [tenantId])
  return {
    depth: rows.reduce((sum, row) => sum + row.count, 0),
    oldestSeconds: rows[0]?.oldest_seconds ?? 0,
    closed: rows.flatMap(({ routing_key, reason, since, count }) =>
      routing_key === null || reason === null || since === null
        ? []
        : [{ routing_key, reason, since, count }],
    ),
  }
}
