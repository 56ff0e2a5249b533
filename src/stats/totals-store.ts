/** How many messages each supplier had, in spans between those of the sums: what answers order suppliers by. */

import type { Queryable, Statement } from '../db/database.ts'
import { SPANS } from './spans.ts'
import { timeOf } from './stats-store.ts'

const HOUR_MS = 60 * 60 * 1000

/** Hours; the trigger stats_correct_totals has the same. Each with the span of the sums that it is made of. */
const SOURCES: readonly { span: number; of: number }[] = [
  { span: 96, of: 24 },
  { span: 384, of: 192 },
]
/** The largest span is a step: a history that was folded before there were totals is caught up with in turns. */
const STEP_MS = Math.max(...SPANS[1]) * HOUR_MS

const BUILD: Statement = {
  name: 'stats.build_totals',
  text: `
insert into stats_supplier_totals (span, start, tenant_id, name, total)
select $1::smallint, date_bin(make_interval(hours => $1::integer), start, 'epoch'), tenant_id, name, sum(total)
from stats_rollup
where dimension = 1 and span = $2::smallint and start >= $3::timestamptz and start < $4::timestamptz
group by 2, 3, 4 having sum(total) <> 0`,
}

/**
 * Makes the totals of spans that are over. In the transaction of the fold, after the sums.
 *
 * @param through up to when they are made, in ms; -Infinity = none
 * @param folded up to when there are sums
 * @returns up to when they are made now
 */
export async function buildTotals(tx: Queryable, through: number, folded: number): Promise<number> {
  const from = Number.isFinite(through) ? through : await findFirst(tx)
  const to = Math.min(folded, from + STEP_MS)
  for (const { span, of } of SOURCES) {
    const size = span * HOUR_MS
    const floor = (at: number): string =>
      timeOf(Number.isFinite(at) ? Math.floor(at / size) * size : at)
    await tx.query(BUILD, [span, of, floor(from), floor(to)])
  }
  return to
}

/** Infinity: there are no sums. */
async function findFirst(tx: Queryable): Promise<number> {
  const [row] = await tx.query<{ start: Date }>(
    'select start from stats_rollup where dimension = 1 and span = $1::smallint order by start limit 1',
    [SPANS[1][0]],
  )
  return row?.start.getTime() ?? Number.POSITIVE_INFINITY
}
