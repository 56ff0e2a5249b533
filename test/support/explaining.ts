import type { Queryable, Statement } from '../../src/db/database.ts'
import type { PlanNode } from './plan-nodes.ts'

/** Runs each statement and keeps its plan with what it really read and wrote; answers with no rows of it. */
export function explaining(db: Queryable, plans: PlanNode[]): Queryable {
  return {
    async query<Row>(statement: Statement | string, parameters: readonly unknown[] = []) {
      const text = typeof statement === 'string' ? statement : statement.text
      const [row] = await db.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (analyze, buffers, wal, format json) ${text}`,
        parameters,
      )
      if (row !== undefined) plans.push(row['QUERY PLAN'][0].Plan)
      return [] as Row[]
    },
  }
}
