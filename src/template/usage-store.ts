/**
 * How often templates were used: counted from the attempts that are there anyway, behind a watermark, so
 * that a send writes nothing for it and no row is shared by senders.
 *
 * Each fold is one transaction over the watermark, the counts and the open attempts: whatever dies, an
 * accepted attempt is counted once.
 */

import type { Database, Queryable, Statement } from '../db/database.ts'
import { lockAccount } from './account-store.ts'

export interface FoldResult {
  /** Sends counted. */
  counted: number
  /** The watermark is not at the present yet. */
  more: boolean
}

/** Attempts a fold: ten milliseconds of a core, which orders on their way have to wait for. */
export const FOLD_LIMIT = 1000
/** Open attempts looked at again a fold. */
const OPEN_LIMIT = 1000
/** Most answers are here by then, and need no second look. */
const MARGIN_SECONDS = 2
/** Meta tries for 30 days, and repeats a webhook for 7. */
const OPEN_DAYS = 40
/** An answer that refused is contradicted by a webhook at once or never. */
const REFUSED_DAYS = 1

// An attempt is written with clock_timestamp() of a transaction that began before, so one that this look
// does not see began after the oldest transaction that has written and is not over. What has not written
// yet has no id, and will write later times. Asked in a statement of its own: the one after it sees all
// that was committed by then.
const HORIZON: Statement = {
  name: 'template_usage.horizon',
  text: `
select least(
  clock_timestamp() - interval '${String(MARGIN_SECONDS)} seconds',
  (select min(xact_start) from pg_stat_activity
   where datname = current_database() and pid <> pg_backend_pid() and backend_xid is not null)
)::text as horizon`,
}

const LOCK: Statement = {
  name: 'template_usage.lock',
  text: `select counted_through::text as counted_through from template_usage_state
         where business_account_id = $1 for update skip locked`,
}

const BEGIN: Statement = {
  name: 'template_usage.begin',
  text: `insert into template_usage_state (business_account_id, counted_through) values ($1, '-infinity')
         on conflict do nothing`,
}

// Where there are more than a fold takes: up to the last of them, and all of that very moment.
const BOUND: Statement = {
  name: 'template_usage.bound',
  text: `select started_at::text as bound from whatsapp_attempts
         where started_at > $1::timestamptz and started_at <= $2::timestamptz
         order by started_at offset $3 limit 1`,
}

const FOLD: Statement = {
  name: 'template_usage.fold',
  text: `
with fresh as materialized (
  select a.message_id, a.attempt, a.tenant_id, a.started_at, a.outcome, m.template_name, m.template_language as language
  from whatsapp_attempts a join whatsapp_messages m on m.id = a.message_id
  where a.started_at > $2::timestamptz and a.started_at <= $3::timestamptz
    and m.template_name is not null and m.template_language is not null
), kept as (
  insert into template_usage_open (message_id, attempt, business_account_id, template_name, language, tenant_id, started_at)
  select message_id, attempt, $1, template_name, language, tenant_id, started_at
  from fresh where outcome is distinct from 'accepted'
), again as materialized (
  select o.message_id, o.attempt, o.tenant_id, o.started_at, a.outcome, o.template_name, o.language,
    coalesce(a.outcome = 'accepted', false) or o.started_at < clock_timestamp() - interval '1 day' * case
      when a.outcome in ('rejected', 'not_sent') then ${String(REFUSED_DAYS)} else ${String(OPEN_DAYS)} end as is_over
  from (select * from template_usage_open where business_account_id = $1
        order by looked_at limit ${String(OPEN_LIMIT)}) o
  left join whatsapp_attempts a on a.message_id = o.message_id and a.attempt = o.attempt
), closed as (
  delete from template_usage_open o using again g
  where o.message_id = g.message_id and o.attempt = g.attempt and g.is_over
), looked as (
  update template_usage_open o set looked_at = clock_timestamp() from again g
  where o.message_id = g.message_id and o.attempt = g.attempt and not g.is_over
), sums as materialized (
  select template_name, language, tenant_id, (started_at at time zone 'UTC')::date as day, count(*) as sent
  from (
    select template_name, language, tenant_id, started_at, outcome from fresh
    union all
    select template_name, language, tenant_id, started_at, outcome from again
  ) s
  where outcome = 'accepted'
  group by 1, 2, 3, 4
), rolled as (
  insert into template_usage as u (business_account_id, template_name, language, tenant_id, day, sent)
  select $1, template_name, language, tenant_id, day, sent from sums
  on conflict (business_account_id, template_name, language, tenant_id, day)
  do update set sent = u.sent + excluded.sent
), state as (
  update template_usage_state set counted_through = $3::timestamptz where business_account_id = $1
)
select template_name, language, sum(sent)::text as sent from sums group by 1, 2`,
}

const RAISE: Statement = {
  name: 'template_usage.raise',
  text: `
update whatsapp_templates t set sent_count = t.sent_count + i.sent
from jsonb_to_recordset($2::jsonb) as i(template_name text, language text, sent bigint)
where t.business_account_id = $1 and t.template_name = i.template_name and t.language = i.language`,
}

/** Counts what was sent since the last fold. One process at a time; another finds nothing to do. */
export function foldUsage(
  database: Database,
  businessAccountId: string,
  limit = FOLD_LIMIT,
): Promise<FoldResult> {
  return database.transaction(async (tx) => {
    await tx.query(BEGIN, [businessAccountId])
    const [state] = await tx.query<{ counted_through: string }>(LOCK, [businessAccountId])
    if (state === undefined) return { counted: 0, more: false }
    const from = state.counted_through
    const { until, more } = await boundOf(tx, from, limit)
    if (until === null) return { counted: 0, more: false }
    const sums = await tx.query<{ template_name: string; language: string; sent: string }>(FOLD, [
      businessAccountId,
      from,
      until,
    ])
    if (sums.length > 0) {
      // As everybody who changes templates does, so that two of them never wait for each other.
      await lockAccount(tx, businessAccountId)
      await tx.query(RAISE, [businessAccountId, JSON.stringify(sums)])
    }
    return { counted: sums.reduce((total, { sent }) => total + Number(sent), 0), more }
  })
}

/** Up to where this fold counts; null: nothing has passed since the last one. */
async function boundOf(
  tx: Queryable,
  from: string,
  limit: number,
): Promise<{ until: string | null; more: boolean }> {
  const [row] = await tx.query<{ horizon: string }>(HORIZON, [])
  const horizon = row?.horizon ?? from
  const [last] = await tx.query<{ bound: string }>(BOUND, [from, horizon, limit - 1])
  if (last !== undefined) return { until: last.bound, more: true }
  const [later] = await tx.query<{ later: boolean }>(
    {
      name: 'template_usage.later',
      text: `select $2::timestamptz > $1::timestamptz as later`,
    },
    [from, horizon],
  )
  return { until: later?.later === true ? horizon : null, more: false }
}
