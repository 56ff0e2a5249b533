import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database, Queryable, Statement } from '../../src/db/database.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import * as outbox from '../../src/message/outbox.ts'
import { raisePlain } from '../../src/webhook/plain-status-store.ts'
import { createDatabase } from '../support/databases.ts'
import { describeWith } from '../support/describe-with.ts'
import { acceptance, draftMessages, startMessages } from '../support/messages.ts'
import { openMigrated } from '../support/migrated-database.ts'
import { nodesOf } from '../support/plan-nodes.ts'
import type { PlanNode } from '../support/plan-nodes.ts'

const MESSAGES = 50
/** A full page that the log has of a page's first change after a checkpoint, whoever made that. */
const WITHOUT_FULL_PAGES = 0

describeWith('postgres', "the log of an order's updates", (postgres) => {
  let database: Database
  beforeAll(async () => {
    const { adminUrl, prefix } = postgres()
    database = await openMigrated({ kind: 'postgres', url: await createDatabase(adminUrl, prefix) })
  })
  afterAll(() => database.close())

  it('has of a webhook what it changed, not the row', async () => {
    const drafts = draftMessages(MESSAGES, { metadata: { document: 'x'.repeat(1000) } })
    const ids = await startMessages(database, drafts)
    await outbox.recordAcceptances(
      database,
      ids.map((id) => acceptance(id, 1, `wamid.${id}`)),
    )
    const bytes: number[] = []
    for (const word of ['sent_at', 'delivered_at', 'read_at'] as const) {
      const plans: PlanNode[] = []
      const folds = ids.map((id) => ({
        change: {
          message_id: id,
          attempt: 1,
          wamid: `wamid.${id}`,
          [word]: '2026-11-28T09:00:00.000Z',
        },
        facts: [],
      }))
      await raisePlain(explaining(database, plans), createId(), [], folds)
      const update = plans
        .flatMap(nodesOf)
        .find((node) => node['Relation Name']?.startsWith('whatsapp_messages') === true)
      if (update?.['WAL FPI'] === WITHOUT_FULL_PAGES) bytes.push(update['WAL Bytes'] ?? Number.NaN)
    }
    expect(bytes).not.toEqual([])
    for (const each of bytes) {
      expect(each / MESSAGES).toBeGreaterThan(50)
      expect(each / MESSAGES).toBeLessThan(400)
    }
  })
})

/** Runs each statement, and answers with no rows of it. */
function explaining(db: Queryable, plans: PlanNode[]): Queryable {
  return {
    async query<Row>(statement: Statement | string, parameters: readonly unknown[] = []) {
      const text = typeof statement === 'string' ? statement : statement.text
      const [row] = await db.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (analyze, wal, format json) ${text}`,
        parameters,
      )
      if (row !== undefined) plans.push(row['QUERY PLAN'][0].Plan)
      return [] as Row[]
    },
  }
}
