/** Batches: their rows, what they let go, and how far they are. */

import type { Queryable, Statement } from '../db/database.ts'
import type { MessageState, MessageStatus } from '../message/message.ts'
import { waitsForBatch } from '../message/batch-due.ts'
import { intoState } from '../message/state-columns.ts'
import type { BatchState } from './batch-state.ts'

export interface Rejection {
  /** Of the message in the request, from 0. */
  index: number
  code: string
  detail: string
}

export interface BatchRow {
  id: string
  tenant_id: string
  state: BatchState
  total: number
  rejected: number
  rate_per_second: number | null
  stop_when_failed_share: number | null
  fed_through: string | null
  fed: number
  pace: number | null
  created_at: Date
  finished_at: Date | null
}

const COLUMNS = `id, tenant_id, state, total, rejected, rate_per_second, stop_when_failed_share,
  fed_through, fed, pace, created_at, finished_at`

export interface BatchDraft {
  id: string
  tenant_id: string
  total: number
  rejections: readonly Rejection[]
  rate_per_second: number | null
  stop_when_failed_share: number | null
}

export async function insertBatch(tx: Queryable, batch: BatchDraft): Promise<void> {
  await tx.query(
    {
      name: 'batches.insert',
      text: `
insert into whatsapp_batches (id, tenant_id, state, total, rejections, rejected, rate_per_second,
  stop_when_failed_share, finished_at)
values ($1, $2, case when $3::integer = 0 then 'done' else 'running' end, $3, $4::jsonb, $5, $6, $7,
  case when $3::integer = 0 then clock_timestamp() end)`,
    },
    [
      batch.id,
      batch.tenant_id,
      batch.total,
      JSON.stringify(batch.rejections),
      batch.rejections.length,
      batch.rate_per_second,
      batch.stop_when_failed_share,
    ],
  )
}

export async function findBatch(
  db: Queryable,
  id: string,
  tenantId: string | null,
): Promise<BatchRow | undefined> {
  const rows = await db.query<BatchRow>(
    {
      name: 'batches.find',
      text: `select ${COLUMNS} from whatsapp_batches where id = $1 and ($2::uuid is null or tenant_id = $2)`,
    },
    [id, tenantId],
  )
  return rows[0]
}

export async function findRejections(db: Queryable, id: string): Promise<Rejection[]> {
  const rows = await db.query<{ rejections: Rejection[] }>(
    'select rejections from whatsapp_batches where id = $1',
    [id],
  )
  // As it was answered first: jsonb keeps the names of an object in an order of its own.
  return (rows[0]?.rejections ?? []).map(({ index, code, detail }) => ({ index, code, detail }))
}

export type StateCounts = Partial<Record<MessageState, number>>

/** How many messages of a batch are in each state: one walk along its index, some 10 ms for 10,000. */
export async function countStates(db: Queryable, id: string): Promise<StateCounts> {
  const rows = await db.query<{ state: MessageState; count: number }>(
    {
      name: 'batches.count',
      text: `select state, count(*)::integer as count from whatsapp_messages where batch_id = $1 group by state`,
    },
    [id],
  )
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

/** Batches that are under way, each locked for this transaction; one that another process has is left out. */
export function lockRunning(tx: Queryable): Promise<(BatchRow & { idle_seconds: number })[]> {
  return tx.query({
    name: 'batches.lock_running',
    text: `select ${COLUMNS}, extract(epoch from clock_timestamp() - fed_at)::float8 as idle_seconds
      from whatsapp_batches where state = 'running' order by id for update skip locked`,
  })
}

const COUNT_OPEN: Statement = {
  name: 'batches.count_open',
  text: `
select count(*)::integer as n from (
  select state from whatsapp_messages where batch_id = $1 and id <= $2 order by id desc limit $3
) m where state in ('queued', 'held', 'claimed', 'sending')`,
}

/** How many of the last `window` messages that were let go are not with Meta yet. */
export async function countOpen(
  tx: Queryable,
  batch: { id: string; fed_through: string | null },
  window: number,
): Promise<number> {
  if (batch.fed_through === null) return 0
  const rows = await tx.query<{ n: number }>(COUNT_OPEN, [batch.id, batch.fed_through, window])
  return rows[0]?.n ?? 0
}

// What is held just now is passed over; it waits for the batch again once nothing holds it (`rewindBatch`).
const FEED: Statement = {
  name: 'batches.feed',
  text: `
with next as materialized (
  select id from whatsapp_messages m
  where batch_id = $1 and ($2::uuid is null or id > $2::uuid) and ${waitsForBatch('m')} order by id limit $3
), u as (
  update whatsapp_messages m set due_at = clock_timestamp(), updated_at = clock_timestamp()
  from next where m.id = next.id and m.state = 'queued'
), c as materialized (
  select count(*)::integer as n, case when count(*) < $3
    then (select id from whatsapp_messages where batch_id = $1 order by id desc limit 1)
    else max(id::text)::uuid end as last
  from next
), passed as (
  select count(*)::integer as n from whatsapp_messages
  where batch_id = $1 and ($2::uuid is null or id > $2::uuid) and id <= (select last from c)
)
update whatsapp_batches b
set fed_through = coalesce(c.last, b.fed_through), fed = b.fed + passed.n,
  pace = case when c.n = 0 then b.pace else
    coalesce(b.pace * 0.7, 0) + case when b.pace is null then 1 else 0.3 end * c.n
      / greatest(0.05, extract(epoch from clock_timestamp() - b.fed_at)) end,
  fed_at = case when b.rate_per_second is not null
    then greatest(b.fed_at + c.n / b.rate_per_second * interval '1 second', clock_timestamp() - interval '1 second')
    when c.n > 0 then clock_timestamp() else b.fed_at end
from c, passed where b.id = $1
returning c.n as n`,
}

/** Lets the next messages of a batch go, at most so many. Returns how many. */
export async function feedBatch(
  tx: Queryable,
  batch: { id: string; fed_through: string | null },
  count: number,
): Promise<number> {
  const rows = await tx.query<{ n: number }>(FEED, [batch.id, batch.fed_through, count])
  return rows[0]?.n ?? 0
}

const REWIND: Statement = {
  name: 'batches.rewind',
  text: `
with first as materialized (
  select m.id from whatsapp_messages m
  where m.batch_id = $1 and m.id <= $2 and ${waitsForBatch('m')} order by m.id limit 1
)
update whatsapp_batches b
set fed_through = (select id from whatsapp_messages where batch_id = $1 and id < first.id order by id desc limit 1),
  fed = (select count(*) from whatsapp_messages where batch_id = $1 and id < first.id)
from first where b.id = $1
returning b.fed, b.fed_through`,
}

/**
 * Goes back to the first of the messages that the batch has passed and that wait for it: held when it passed
 * them and held no longer, or taken back by a pause.
 *
 * @returns how far the batch is then; undefined where there is none
 */
export async function rewindBatch(
  tx: Queryable,
  batch: { id: string; fed_through: string | null },
): Promise<Pick<BatchRow, 'fed' | 'fed_through'> | undefined> {
  if (batch.fed_through === null) return undefined
  const rows = await tx.query<Pick<BatchRow, 'fed' | 'fed_through'>>(REWIND, [
    batch.id,
    batch.fed_through,
  ])
  return rows[0]
}

/** Takes back what is not under way, also what was to be tried again; the batch lets it go once it is resumed. */
export async function takeBack(tx: Queryable, id: string): Promise<void> {
  await tx.query(
    {
      name: 'batches.take_back',
      text: `
update whatsapp_messages m set due_at = m.expires_at, updated_at = clock_timestamp()
where m.batch_id = $1 and m.state = 'queued' and m.due_at <> m.expires_at`,
    },
    [id],
  )
}

/** @returns false where the batch is in none of the states `from` */
export async function setState(
  tx: Queryable,
  id: string,
  from: readonly BatchState[],
  to: BatchState,
): Promise<boolean> {
  const rows = await tx.query(
    {
      name: 'batches.set_state',
      text: `
update whatsapp_batches
set state = $3::text, pace = null, fed_at = clock_timestamp(),
  finished_at = case when $3::text in ('stopped', 'canceled', 'done') then clock_timestamp() end
where id = $1 and state = any ($2::text[]) returning id`,
    },
    [id, from, to],
  )
  return rows.length > 0
}

const CANCEL_REST: Statement = {
  name: 'batches.cancel_rest',
  text: `
with rest as materialized (
  select id from whatsapp_messages
  where batch_id = $1 and state in ('queued', 'held', 'claimed') order by id limit 1000 for update
)
update whatsapp_messages m
set ${intoState("'canceled'")}, hold_reason = null, lease_owner = null, due_at = null, error_code = $2,
  error_message = $3, failed_at = clock_timestamp(), updated_at = clock_timestamp()
from rest where m.id = rest.id
returning m.id`,
}

/** Cancels up to 1,000 messages of a batch for which no call is under way. Returns which. */
export async function cancelRest(
  db: Queryable,
  id: string,
  error: { code: string; message: string },
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(CANCEL_REST, [id, error.code, error.message])
  return rows.map((row) => row.id)
}

export async function auditBatch(
  db: Queryable,
  entry: { id: string; actor: string; action: string; tenantId: string; batchId: string },
): Promise<void> {
  await db.query(
    `insert into audit_log (id, actor, action, tenant_id, detail)
     values ($1, $2, $3, $4, jsonb_build_object('batch_id', $5::text))`,
    [entry.id, entry.actor, entry.action, entry.tenantId, entry.batchId],
  )
}

export const EMPTY_COUNTS: Readonly<Record<MessageStatus, number>> = {
  PENDING: 0,
  SENT: 0,
  DELIVERED: 0,
  READ: 0,
  FAILED: 0,
}
