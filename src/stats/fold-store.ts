/**
 * Folds messages into sums. What is folded, and up to when, is committed together: a process that dies
 * leaves all of it or nothing (docs/decisions/0014-statistics-in-sums.md).
 */

import type { Database, Queryable, Statement } from '../db/database.ts'
import { inSteps } from '../lib/in-steps.ts'
import { metricsSql } from './measures.ts'
import { SPANS } from './spans.ts'
import type { Dimension } from './spans.ts'
import { timeOf, toMs } from './stats-store.ts'
import { buildTotals } from './totals-store.ts'

const MINUTE_MS = 60 * 1000
const HOUR_MS = 60 * MINUTE_MS
/** As the triggers of whatsapp015 have it. */
const SETTLED_MS = 15 * MINUTE_MS
const DIMENSIONS = Object.keys(SPANS).map((key) => Number(key) as Dimension)
/** Rows that one statement puts together: it stays far below what a statement may take. */
const SLICE = 20_000
/** Places that are put together in one turn. */
const MAX_PLACES = 50

const VALUES = DIMENSIONS.flatMap((dimension) =>
  SPANS[dimension].map(
    (span, place) =>
      `(${String(dimension)}::smallint, ${String(span)}::smallint, ${String(place === 0)})`,
  ),
).join(', ')
const placeOf = (at: string): string => `date_bin(make_interval(hours => v.span), ${at}, 'epoch')`
const NAME = (m: string): string =>
  `coalesce(case v.dimension when 0 then ${m}.template_name else ${m}.supplier_id end, '')`

/** SQL: appends what `x` has counted, and notes how many rows. */
const APPEND = `
g as (
  select dimension, span, start, tenant_id, name,
    coalesce(sum(n) filter (where left(metric, 1) = 's'), 0) as total, jsonb_object_agg(metric, n) as metrics
  from x group by dimension, span, start, tenant_id, name
), ins as (
  insert into stats_rollup (dimension, span, start, tenant_id, name, total, metrics)
  select dimension, span, start, tenant_id, name, total, metrics from g
  returning dimension, span, start
), noted as (
  -- What was appended at once has nothing to be put together.
  insert into stats_places as p (dimension, span, start, appended, compacted)
  select dimension, span, start, count(*), count(*) from ins group by dimension, span, start
  on conflict (dimension, span, start) do update set appended = p.appended + excluded.appended
)`

// What has changed within the span is counted as it is now; a change that is not committed yet is seen
// neither here nor there, and comes later.
const FOLD_NEW: Statement = {
  name: 'stats.fold_new',
  text: `
with gone as (
  delete from stats_changes where created_at >= $1::timestamptz and created_at < $2::timestamptz
), f as materialized (
  select m.tenant_id, m.created_at, m.template_name, m.supplier_id, ${metricsSql('m')} as metrics
  from whatsapp_messages m
  where m.created_at >= $1::timestamptz and m.created_at < $2::timestamptz
), x as (
  select v.dimension, v.span, ${placeOf('f.created_at')} as start, f.tenant_id, ${NAME('f')} as name, metric, count(*) as n
  from f cross join (values ${VALUES}) as v(dimension, span, smallest) cross join lateral unnest(f.metrics) metric
  where v.smallest and metric is not null
  group by 1, 2, 3, 4, 5, 6
), ${APPEND}
select count(*)::integer as count from f`,
}

const FOLD_CHANGES: Statement = {
  name: 'stats.fold_changes',
  text: `
with gone as (
  delete from stats_changes where created_at < $1::timestamptz returning *
), f as materialized (
  select c.sign, c.tenant_id, c.created_at, c.template_name, c.supplier_id, ${metricsSql('c')} as metrics from gone c
), x as (
  select v.dimension, v.span, ${placeOf('f.created_at')} as start, f.tenant_id, ${NAME('f')} as name, metric, sum(f.sign) as n
  from f cross join (values ${VALUES}) as v(dimension, span, smallest) cross join lateral unnest(f.metrics) metric
  where metric is not null
    and (v.smallest or ${placeOf('f.created_at')} + make_interval(hours => v.span) <= $1::timestamptz)
  group by 1, 2, 3, 4, 5, 6 having sum(f.sign) <> 0
), ${APPEND}
select count(*)::integer as count from f`,
}

/** SQL: one row for each place and name of `s`. */
const TOGETHER = `
x as (
  select dimension, span, start, tenant_id, name, e.key as metric, sum(e.value::bigint) as n
  from s cross join lateral jsonb_each_text(s.metrics) e
  group by 1, 2, 3, 4, 5, 6 having sum(e.value::bigint) <> 0
), ${APPEND}`
const IN_SLICE = `mod(hashtext(name)::bigint & 2147483647, $5::bigint) = $6::bigint`

const BUILD: Statement = {
  name: 'stats.build',
  text: `
with s as (
  select dimension, $7::smallint as span, date_bin(make_interval(hours => $7::integer), start, 'epoch') as start,
    tenant_id, name, metrics
  from stats_rollup
  where dimension = $1::smallint and span = $2::smallint and start >= $3::timestamptz and start < $4::timestamptz and ${IN_SLICE}
), ${TOGETHER}
select 1`,
}

const COMPACT: Statement = {
  name: 'stats.compact',
  text: `
with s as (
  delete from stats_rollup
  where dimension = $1::smallint and span = $2::smallint and start >= $3::timestamptz and start < $4::timestamptz and ${IN_SLICE}
  returning *
), ${TOGETHER}
select 1`,
}

const COUNT: Statement = {
  name: 'stats.count_rows',
  text: `
select count(*)::integer as count from stats_rollup
where dimension = $1::smallint and span = $2::smallint and start >= $3::timestamptz and start < $4::timestamptz`,
}

/** Of one connection, for one transaction: else ten thousand messages are sorted on disk. */
const SORT_IN_MEMORY = `select set_config('work_mem', '32MB', true)`

interface StateRow {
  folded_through: Date | number
  totals_through: Date | number
  candidate_at: Date | null
  candidate_writers: string[] | null
}

export interface FoldReport {
  /** Messages that are in the sums now, and late changes of others. */
  messages: number
  changes: number
  /** There is more to fold at once. */
  more: boolean
}

/**
 * One step: late changes, then the next span of time, then the larger spans that are over with it.
 *
 * @param stepMs of time at most
 * @returns undefined where another process is at it
 */
export function fold(database: Database, stepMs: number): Promise<FoldReport | undefined> {
  return database.transaction(async (tx) => {
    const [state] = await tx.query<StateRow>(
      'select folded_through, totals_through, candidate_at, candidate_writers from stats_state for update skip locked',
    )
    if (state === undefined) return undefined
    await tx.query(SORT_IN_MEMORY)
    const from = toMs(state.folded_through)
    const changes = await countOf(tx, FOLD_CHANGES, [timeOf(from)])
    const bound = await moveCandidate(tx, state, from)
    const to = bound === null ? from : Math.min(bound, await endOfStep(tx, from, stepMs))
    if (!(to > from)) return { messages: 0, changes, more: false }
    const messages = await countOf(tx, FOLD_NEW, [timeOf(from), timeOf(to)])
    for (const dimension of DIMENSIONS) await buildLarger(tx, dimension, from, to)
    const totals = await buildTotals(tx, toMs(state.totals_through), to)
    await tx.query('update stats_state set folded_through = $1, totals_through = $2 returning 1', [
      timeOf(to),
      timeOf(totals),
    ])
    return { messages, changes, more: bound !== null && to < bound }
  })
}

// Whoever writes messages holds this lock until the end of the transaction, and everybody may see it; xids
// would make us wait for transactions of other databases, too.
const WRITERS = `select l.virtualtransaction from pg_locks l
  where l.mode = 'RowExclusiveLock' and l.database = (select oid from pg_database where datname = current_database())
    and l.relation in (select 'whatsapp_messages'::regclass
      union all select inhrelid from pg_inherits where inhparent = 'whatsapp_messages'::regclass)`

/**
 * Up to when everything is settled, or written down as a change; null = not known yet. A transaction that
 * found a message too young to write its change down did so before `candidate_at`, with the lock in its
 * hands: once those who had it then are over, what is older by the settling time is settled.
 */
async function moveCandidate(
  tx: Queryable,
  state: StateRow,
  foldedThrough: number,
): Promise<number | null> {
  const [writing] = await tx.query<{ over: boolean }>(
    `select not exists (select 1 from (${WRITERS}) w where w.virtualtransaction = any ($1::text[])) as over`,
    [state.candidate_writers ?? []],
  )
  const isOver = writing?.over === true
  const bound = isOver && state.candidate_at ? state.candidate_at.getTime() - SETTLED_MS : null
  if (state.candidate_at === null || (bound !== null && bound <= foldedThrough)) {
    // The time of the statement is taken before it looks at the locks.
    await tx.query(
      `update stats_state set candidate_at = statement_timestamp(), candidate_writers = array(${WRITERS}) returning 1`,
    )
  }
  return bound
}

/** The first step reaches from the beginning of time to a step after the first message. */
async function endOfStep(tx: Queryable, from: number, stepMs: number): Promise<number> {
  if (Number.isFinite(from)) return from + stepMs
  const [first] = await tx.query<{ created_at: Date }>(
    'select created_at from whatsapp_messages order by id limit 1',
  )
  return first === undefined ? Number.POSITIVE_INFINITY : first.created_at.getTime() + stepMs
}

async function buildLarger(
  tx: Queryable,
  dimension: Dimension,
  from: number,
  to: number,
): Promise<void> {
  const spans = SPANS[dimension]
  for (const [place, span] of spans.entries()) {
    const smaller = spans[place - 1]
    if (smaller === undefined) continue
    const size = span * HOUR_MS
    const range = [dimension, smaller, timeOf(floor(from, size)), timeOf(floor(to, size))]
    if (range[2] === range[3]) continue
    for (const slice of await slicesOf(tx, range)) await tx.query(BUILD, [...range, ...slice, span])
  }
}

/**
 * Puts together what has been appended, a slice a transaction: while one that writes is open, PostgreSQL keeps every
 * version of every row, and updates of messages find no room in their pages. (Fifty places in one of 10 s: a quarter
 * of the updates were not HOT, and half as many orders a second.)
 *
 * @returns how many places
 */
export async function compact(database: Database, isStopping = () => false): Promise<number> {
  const places = await database.query<Place>(
    `select dimension, span, start from stats_places where appended > 2 * compacted + 50
     order by start desc limit ${String(MAX_PLACES)}`,
  )
  let done = 0
  for (const place of places) {
    if (isStopping() || !(await compactPlace(database, place, isStopping))) break
    done += 1
  }
  return done
}

interface Place {
  dimension: Dimension
  span: number
  start: Date
}

/** What a break leaves undone is found again, and done again: a slice is right by itself. */
async function compactPlace(
  database: Database,
  { dimension, span, start }: Place,
  isStopping: () => boolean,
): Promise<boolean> {
  const at = start.getTime()
  const range = [dimension, span, timeOf(at), timeOf(at + 1)]
  const slices = await slicesOf(database, range)
  let done = 0
  await inSteps(async () => {
    const slice = slices[done]
    if (slice === undefined) return false
    await betweenFolds(database, async (tx) => {
      await tx.query(SORT_IN_MEMORY)
      await tx.query(COMPACT, [...range, ...slice])
    })
    done += 1
    return true
  }, isStopping)
  if (done < slices.length) return false
  await betweenFolds(database, async (tx) => {
    await tx.query(
      `update stats_places set appended = $4, compacted = $4
       where dimension = $1::smallint and span = $2::smallint and start = $3 returning 1`,
      [dimension, span, start, await countOf(tx, COUNT, range)],
    )
  })
  return true
}

/** Waits for a fold that is under way, of whichever process: each is a fraction of a second. */
function betweenFolds(database: Database, work: (tx: Queryable) => Promise<void>): Promise<void> {
  return database.transaction(async (tx) => {
    await tx.query('select 1 from stats_state for update')
    await work(tx)
  })
}

/** How many slices, and the place of each. */
async function slicesOf(db: Queryable, range: unknown[]): Promise<[number, number][]> {
  const count = await countOf(db, COUNT, range)
  const slices = Math.ceil(count / SLICE)
  return Array.from({ length: slices }, (_, slice): [number, number] => [slices, slice])
}

async function countOf(db: Queryable, statement: Statement, values: unknown[]): Promise<number> {
  const rows = await db.query<{ count: number }>(statement, values)
  return rows[0]?.count ?? 0
}

function floor(at: number, size: number): number {
  return Number.isFinite(at) ? Math.floor(at / size) * size : at
}
