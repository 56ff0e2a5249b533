/** Statistics as of one snapshot: sums, what has changed since they were made, and what is in none. */

import { isTimedOut } from '../db/database-error.ts'
import type { Database, Statement } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import { metricsSql } from './measures.ts'
import type { Metrics } from './measures.ts'
import { planSpans, SPANS, TOTALS_SPANS } from './spans.ts'
import type { Dimension, Plan, Range } from './spans.ts'

export const GROUPINGS = ['none', 'hour', 'day', 'template', 'supplier', 'tenant'] as const
export type Grouping = (typeof GROUPINGS)[number]

export interface StatsQuestion {
  /** By created_at. */
  range: Range
  groupBy: Grouping
  /** Null: every tenant. */
  tenantId: string | null
  /** Groups at most: those with the most messages, of times the first. */
  limit: number
}

export interface CountedGroup {
  /** Empty: none. Of times, seconds since 1970. */
  key: string
  metrics: Metrics
}

export interface CountedGroups {
  groups: CountedGroup[]
  /** How many there are, those beyond the limit among them. */
  count: number
}

interface Kind {
  dimension: Dimension
  /** Hours that a row of sums may cover. */
  largest?: number
  /** SQL of the key, of a row of sums and of a message. */
  ofSum: string
  ofMessage: (m: string) => string
}

/**
 * SQL: a value of the question that the planner is not to see. Of a range it sees it would make a plan for each question,
 * 1.5 ms at a million messages for 0.3 ms of work; of one it does not see it keeps the plan, which is the same.
 */
const unseen = (value: string): string => `(select ${value})`

/** More than a plan ever has: of each span one piece upwards, and one down. */
const MAX_PIECES = 12
const places = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
const within = (at: string, from: string, to: string): string =>
  `${at} >= ${from} and ${at} < ${to}`
const piecesOf = (spans: string, bounds: string): string =>
  places(MAX_PIECES)
    .map((n) => {
      const range = within(
        'r.start',
        unseen(`(${bounds}::timestamptz[])[${String(2 * n - 1)}]`),
        unseen(`(${bounds}::timestamptz[])[${String(2 * n)}]`),
      )
      return `r.span = ${unseen(`(${spans}::smallint[])[${String(n)}]`)} and ${range}`
    })
    .join('\n    or ')
const SCANS = ['$5', '$6'].map((range, index) => ({
  where: within(
    'm.created_at',
    unseen(`(${range}::timestamptz[])[1]`),
    unseen(`(${range}::timestamptz[])[2]`),
  ),
  sign: `($10::integer[])[${String(index + 1)}]`,
}))

const bin = (unit: string, at: string): string =>
  `extract(epoch from date_bin('1 ${unit}', ${at}, 'epoch'))::bigint::text`
const KINDS: Readonly<Record<Grouping, Kind>> = {
  none: { dimension: 0, ofSum: `''`, ofMessage: () => `''` },
  hour: {
    dimension: 0,
    largest: 1,
    ofSum: bin('hour', 'r.start'),
    ofMessage: (m) => bin('hour', `${m}.created_at`),
  },
  day: {
    dimension: 0,
    largest: 24,
    ofSum: bin('day', 'r.start'),
    ofMessage: (m) => bin('day', `${m}.created_at`),
  },
  template: {
    dimension: 0,
    ofSum: 'r.name',
    ofMessage: (m) => `coalesce(${m}.template_name, '')`,
  },
  supplier: {
    dimension: 1,
    ofSum: 'r.name',
    ofMessage: (m) => `coalesce(${m}.supplier_id, '')`,
  },
  tenant: {
    dimension: 0,
    ofSum: 'r.tenant_id::text',
    ofMessage: (m) => `${m}.tenant_id::text`,
  },
}

/** What metrics are counted from, of a message and of a change alike. */
const counted = (m: string): string =>
  ['status', 'accepted_at', 'delivered_at', 'read_at', 'error_code', 'pricing']
    .concat('recipient_phone', 'recipient_user_id')
    .map((column) => `${m}.${column}`)
    .join(', ')
const ofTenant = (row: string): string => `($2::uuid is null or ${row}.tenant_id = $2)`

/** SQL: where the totals of groups are, and the sums of those that are shown. */
interface Reading {
  name: string
  rows: string
  sums: string
}

const readRange = (groupBy: Grouping): Reading => ({
  name: `stats.${groupBy}`,
  rows: `r as ${groupBy === 'supplier' ? 'not materialized' : 'materialized'} (
  select ${KINDS[groupBy].ofSum} as key, r.total, r.metrics
  from stats_rollup r
  where r.dimension = ${unseen('$1::smallint')} and ${ofTenant('r')} and (${piecesOf('$3', '$4')})
)`,
  sums: `
  select r.key, string_agg(r.metrics::text, ',') as sums from r where r.key in (select key from shown) group by r.key`,
})

// Of few among many: the totals from as few rows as there can be, and the sums of each by its name.
const FEW_SUPPLIERS: Reading = {
  name: 'stats.few_suppliers',
  rows: `r as not materialized (
  select r.name as key, r.total from stats_rollup r
  where r.dimension = ${unseen('$1::smallint')} and ${ofTenant('r')} and (${piecesOf('$11', '$12')})
  union all
  select r.name, r.total from stats_supplier_totals r where ${ofTenant('r')} and (${piecesOf('$11', '$12')})
)`,
  sums: `
  select shown.key, string_agg(r.metrics::text, ',') as sums
  from shown cross join generate_subscripts($3::smallint[], 1) n cross join lateral (
    select r.metrics from stats_rollup r
    where r.dimension = 1 and r.name = shown.key and r.span = ($3::smallint[])[n] and ${ofTenant('r')}
      and ${within('r.start', '($4::timestamptz[])[2 * n - 1]', '($4::timestamptz[])[2 * n]')}
    -- keeps the planner from joining whole tables
    offset 0
  ) r
  group by shown.key`,
}
/** From here on, reading the sums of the whole range is less work than finding those of each supplier. */
const MANY_SUPPLIERS = 3000

// One statement, and so one snapshot of sums, changes and messages. The totals are summed up first, so that
// only the groups that are shown are handed over with their metrics. Sums of one group are added up here and
// not there: to take jsonb apart and to put it together again costs PostgreSQL several times as much.
//
// Each range is a condition of its own: joined with a list of ranges, the planner takes the list for a
// hundred of them and reads every message. Sums by supplier are many, and mostly not shown: they are read
// twice, the second time with their metrics, rather than kept.
const statementOf = (groupBy: Grouping, { name, rows, sums }: Reading): Statement => {
  const { ofMessage } = KINDS[groupBy]
  const isTime = groupBy === 'hour' || groupBy === 'day'
  return {
    name,
    text: `
with ${rows}, m as materialized (${SCANS.map(
      ({ where, sign }) => `
  select ${ofMessage('m')} as key, ${sign} as sign, ${counted('m')}
  from whatsapp_messages m
  where ${where} and ${ofTenant('m')}
  union all`,
    ).join('')}
  select ${ofMessage('c')}, c.sign, ${counted('c')}
  from stats_changes c
  where ${within('c.created_at', unseen('$7::timestamptz'), unseen('$8::timestamptz'))} and ${ofTenant('c')}
), totals as materialized (
  select key, sum(total) as total
  -- exact as doubles, up to 2^53, and summed up in half the time of numeric
  from (select key, total::float8 from r union all select key, sign::float8 from m) t
  group by key having sum(total) <> 0
), shown as materialized (
  select key, total from totals order by ${isTime ? 'key::bigint' : 'total desc, key'} limit $9
), sums as (${sums}
), changes as (
  select key, jsonb_object_agg(metric, n) as metrics
  from (
    select m.key, metric, sum(m.sign) as n
    from m cross join lateral unnest(${metricsSql('m')}) metric
    where metric is not null and m.key in (select key from shown)
    group by m.key, metric having sum(m.sign) <> 0
  ) x
  group by key
)
select f.folded_through, (select count(*) from totals)::integer as count, s.key, s.total, u.sums,
  c.metrics as changes
from stats_state f left join shown s on true left join sums u on u.key = s.key left join changes c on c.key = s.key`,
  }
}
const STATEMENTS = Object.fromEntries(
  GROUPINGS.map((grouping) => [grouping, statementOf(grouping, readRange(grouping))]),
) as Readonly<Record<Grouping, Statement>>
const OF_FEW_SUPPLIERS = statementOf('supplier', FEW_SUPPLIERS)

/** How often the fold may overtake the question before something is wrong. */
const MAX_TRIES = 10

/** Sums that end so long ago are not done yet: usually they end within the hour. */
const BEHIND_MS = 60 * 60 * 1000

/**
 * Counts that are right at the moment of the answer, whatever is being written meanwhile.
 *
 * @throws AppError `unavailable` where too much is not in the sums yet, as after an import
 */
export async function countMessages(
  database: Database,
  question: StatsQuestion,
): Promise<CountedGroups> {
  let state = await readState(database)
  for (let tries = 1; ; tries += 1) {
    const { foldedThrough } = state
    const answer = await ask(database, question, state).catch((error: unknown) => {
      const isBehind = isTimedOut(error) && foldedThrough < Date.now() - BEHIND_MS
      throw isBehind ? stillAddingUp(foldedThrough, error) : error
    })
    if (answer.foldedThrough === state.foldedThrough) return answer.counted
    // The sums were made larger between the plan and the question.
    if (tries === MAX_TRIES) throw new Error('the statistics are folded faster than they are read')
    state = await readState(database)
  }
}

function stillAddingUp(foldedThrough: number, cause: unknown): AppError {
  const isBegun = Number.isFinite(foldedThrough)
  const done = isBegun ? `the messages until ${timeOf(foldedThrough)}` : 'no messages yet'
  const remedy = isBegun ? 'Ask for a range that ends before, or try' : 'Try'
  return new AppError(
    'unavailable',
    `Statistics are still being added up: they have ${done}. ${remedy} again in some minutes.`,
    { cause },
  )
}

async function ask(
  database: Database,
  question: StatsQuestion,
  { foldedThrough, totalsThrough, keptFrom }: State,
): Promise<{ foldedThrough: number; counted: CountedGroups }> {
  const { range, groupBy, tenantId, limit } = question
  const { dimension, largest = Number.POSITIVE_INFINITY } = KINDS[groupBy]
  const spans = SPANS[dimension].filter((span) => span <= largest)
  const plan = planSpans(range, foldedThrough, spans, keptFrom)
  const values = [
    dimension,
    tenantId,
    ...valuesOf(plan),
    timesOf(plan.scans[0] ?? NOTHING),
    timesOf(plan.scans[1] ?? NOTHING),
    ...timesOf(plan.covered),
    limit,
    plan.scans.map(({ sign }) => sign),
  ]
  const isFew = groupBy === 'supplier' && limit < MANY_SUPPLIERS
  // A former version has folded, which makes no totals: they are caught up with by the next fold.
  const isBehind = totalsThrough < foldedThrough
  const totals = isBehind ? plan : planSpans(range, foldedThrough, TOTALS_SPANS, keptFrom)
  const rows = await (isFew
    ? database.query<StoredGroup>(OF_FEW_SUPPLIERS, [...values, ...valuesOf(totals)])
    : database.query<StoredGroup>(STATEMENTS[groupBy], values))
  const [row] = rows
  if (row === undefined) throw new Error('stats_state has no row')
  const order = (a: { key: string; total: number }, b: { key: string; total: number }): number =>
    groupBy === 'hour' || groupBy === 'day'
      ? Number(a.key) - Number(b.key)
      : b.total - a.total || (a.key < b.key ? -1 : 1)
  return {
    foldedThrough: toMs(row.folded_through),
    counted: {
      count: row.count,
      groups: rows
        .filter(hasKey)
        .sort(order)
        .map((group) => ({ key: group.key, metrics: addUp(group) })),
    },
  }
}

interface StoredGroup {
  folded_through: Date | number
  count: number
  /** Null: there is no group. */
  key: string | null
  total: number | null
  /** Rows of sums as JSON, separated by commas; null: none. As text: jsonb in jsonb would be built anew. */
  sums: string | null
  /** What is in no sum yet. */
  changes: Record<string, number> | null
}

function hasKey(row: StoredGroup): row is StoredGroup & { key: string; total: number } {
  return row.key !== null
}

function addUp({ sums, changes }: StoredGroup): Metrics {
  const metrics = new Map<string, number>()
  const summed = JSON.parse(`[${sums ?? ''}]`) as Record<string, number>[]
  for (const counts of [...summed, changes ?? {}]) {
    for (const [metric, n] of Object.entries(counts)) {
      const sum = (metrics.get(metric) ?? 0) + n
      if (sum === 0) metrics.delete(metric)
      else metrics.set(metric, sum)
    }
  }
  return metrics
}

interface State {
  /** Up to when there are sums; -Infinity: none. */
  foldedThrough: number
  /** Up to when there are totals by supplier. */
  totalsThrough: number
  /** The first message; Infinity: there is none. */
  keptFrom: number
}

async function readState(database: Database): Promise<State> {
  const [row] = await database.query<{
    folded_through: Date | number
    totals_through: Date | number
    kept_from: Date | null
  }>({
    name: 'stats.state',
    text: `select folded_through, totals_through,
             (select created_at from whatsapp_messages order by id limit 1) as kept_from
           from stats_state`,
  })
  if (row === undefined) throw new Error('stats_state has no row')
  return {
    foldedThrough: toMs(row.folded_through),
    totalsThrough: toMs(row.totals_through),
    keptFrom: row.kept_from?.getTime() ?? Number.POSITIVE_INFINITY,
  }
}

function valuesOf({ pieces }: Plan): [number[], string[]] {
  return [pieces.map(({ span }) => span), pieces.flatMap(timesOf)]
}

/** Drivers give an infinite time as a number, or as no valid date. */
export function toMs(time: Date | number): number {
  const ms = typeof time === 'number' ? time : time.getTime()
  return Number.isNaN(ms) ? Number.NEGATIVE_INFINITY : ms
}

/** As PostgreSQL reads it. */
export function timeOf(ms: number): string {
  if (ms === Number.NEGATIVE_INFINITY) return '-infinity'
  return ms === Number.POSITIVE_INFINITY ? 'infinity' : new Date(ms).toISOString()
}

const NOTHING: Range = { from: 0, to: 0 }

function timesOf({ from, to }: Range): [string, string] {
  return [timeOf(from), timeOf(to)]
}
