import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { nextEvents } from '../../src/outgoing/outgoing-store.ts'
import { createMigratedDatabase } from '../support/migrated-database.ts'
import { describeWith } from '../support/describe-with.ts'
import { explaining } from '../support/explaining.ts'
import { nodesOf } from '../support/plan-nodes.ts'
import type { PlanNode } from '../support/plan-nodes.ts'

const SENT = 'whatsapp.message.sent'
const FAILED = 'whatsapp.message.failed'
const WAITING = 6000

describeWith('postgres', 'a look at what waits to be published', (postgres) => {
  let database: Database
  beforeAll(async () => {
    const { adminUrl, prefix } = postgres()
    database = openPostgres({
      url: await createMigratedDatabase(adminUrl, prefix),
      applicationName: 'aviso test',
      size: 1,
      statementTimeoutMs: 10_000,
      keyedPlans: true,
    })
    await database.query(
      `insert into outgoing_events (routing_key, order_key, tenant_id, message_id, status, state)
       select $1, 'order ' || n, gen_random_uuid(), gen_random_uuid(), 'SENT', 'sent'
       from generate_series(1, $2::integer) n`,
      [SENT, WAITING],
    )
    await database.execute('analyze')
  })
  afterAll(() => database.close())

  it.each([
    ['a routing key of which nothing waits', [FAILED], 10],
    ['one that waits under another', [SENT, FAILED], 700],
  ] as const)('finds of %s what there is, and reads nothing else', async (_what, types, most) => {
    const plans: PlanNode[] = []
    await nextEvents(explaining(database, plans), { types, limit: 100, asideSeconds: 600 })
    const looked = plans
      .flatMap(nodesOf)
      .filter((node) => node['Relation Name'] === 'outgoing_events')
    expect(looked).not.toEqual([])
    const pages = looked.map(
      (node) => (node['Shared Hit Blocks'] ?? 0) + (node['Shared Read Blocks'] ?? 0),
    )
    expect(Math.max(...pages)).toBeLessThan(most)
  })
})
