/** What each statement cost, from pg_stat_statements with planning. */

import type pg from 'pg'

export interface StatementCost {
  statement: string
  calls: number
  /** As many as calls: planned anew each time. */
  plans: number
  rows: number
  rowsPerCall: number
  planMs: number
  meanPlanMs: number
  execMs: number
  meanExecMs: number
  /** Plan and execution, an order. */
  usPerOrder: number
  walBytesPerOrder: number
  /** Pages of 8 KiB looked at, an order. */
  pagesPerOrder: number
}

export async function resetStatements(client: pg.ClientBase): Promise<void> {
  await client.query('create extension if not exists pg_stat_statements')
  await client.query('select pg_stat_statements_reset()')
}

export async function readStatements(
  client: pg.ClientBase,
  orders: number,
): Promise<StatementCost[]> {
  const { rows } = await client.query<Record<string, number> & { query: string }>(
    `select query, calls::float8, rows::float8, plans::float8, total_plan_time as plan, total_exec_time as exec,
       wal_bytes::float8 as wal, (shared_blks_hit + shared_blks_read)::float8 as pages
     from pg_stat_statements s join pg_database d on d.oid = s.dbid
     where d.datname = current_database() and query not like '%pg_stat_statements%'
     order by total_plan_time + total_exec_time desc limit 25`,
  )
  return rows.map((row) => {
    const value = (name: string): number => row[name] ?? 0
    const calls = value('calls')
    return {
      statement: row.query.replaceAll(/\s+/g, ' ').trim().slice(0, 160),
      calls,
      plans: value('plans'),
      rows: value('rows'),
      rowsPerCall: value('rows') / calls,
      planMs: value('plan'),
      meanPlanMs: value('plan') / calls,
      execMs: value('exec'),
      meanExecMs: value('exec') / calls,
      usPerOrder: ((value('plan') + value('exec')) * 1000) / orders,
      walBytesPerOrder: value('wal') / orders,
      pagesPerOrder: value('pages') / orders,
    }
  })
}
