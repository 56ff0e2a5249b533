import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { ensurePartitions } from '../../src/db/partitions.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import * as outbox from '../../src/message/outbox.ts'
import { raisePlain } from '../../src/webhook/plain-status-store.ts'
import { describeWith } from '../support/describe-with.ts'
import { explaining } from '../support/explaining.ts'
import { acceptance, draftMessages, startMessages } from '../support/messages.ts'
import { createMigratedDatabase, openMigrated } from '../support/migrated-database.ts'
import { nodesOf } from '../support/plan-nodes.ts'
import type { PlanNode } from '../support/plan-nodes.ts'

const MESSAGES = 50
const DAY_MS = 86_400_000
/** A full page that the log has of a page's first change after a checkpoint, whoever made that. */
const WITHOUT_FULL_PAGES = 0

describeWith('postgres', "the log of an order's updates", (postgres) => {
  let database: Database
  beforeAll(async () => {
    const { adminUrl, prefix } = postgres()
    const url = await createMigratedDatabase(adminUrl, prefix)
    database = await openMigrated({ kind: 'postgres', url })
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

  it('has of raw webhooks that are much the same a part only, and they are read as they came', async () => {
    const bodies = Array.from({ length: MESSAGES }, () => webhookBody(createId()))
    const batch = createId()
    const [id = ''] = await startMessages(database, draftMessages(1))
    const change = {
      message_id: id,
      attempt: 1,
      wamid: `wamid.${batch}`,
      sent_at: '2026-11-28T09:00:00.000Z',
    }
    await raisePlain(database, batch, bodies, [{ change, facts: [] }])
    const [row] = await database.query<{ body: Buffer; stored: number; has_lz4: boolean }>(
      `select body, pg_column_size(body) as stored,
         (select 'lz4' = any (enumvals) from pg_settings where name = 'default_toast_compression') as has_lz4
       from webhook_bodies where id = $1`,
      [batch],
    )
    const body = Buffer.concat(bodies)
    expect(row?.body).toEqual(body)
    expect(row?.stored).toBeLessThanOrEqual(body.length * (row?.has_lz4 === true ? 0.4 : 1))
  })

  it('has less of the webhooks of every week, also of one that is made later', async () => {
    await ensurePartitions(database, new Date(Date.now() + 100 * DAY_MS))
    const parts = await database.query<{ kept: string; has_lz4: boolean }>(
      `select a.attstorage::text || a.attcompression::text as kept,
         (select 'lz4' = any (enumvals) from pg_settings where name = 'default_toast_compression') as has_lz4
       from pg_partition_tree('webhook_bodies') join pg_attribute a on a.attrelid = relid and a.attname = 'body'`,
      [],
    )
    expect(parts.length).toBeGreaterThan(3)
    expect(parts.map(({ kept }) => kept)).toEqual(
      parts.map(({ has_lz4: hasLz4 }) => (hasLz4 ? 'xl' : 'e')),
    )
  })
})

function webhookBody(id: string): Buffer {
  const statuses = [
    { id: `wamid.${id}`, status: 'sent', timestamp: '1764320400', recipient_id: '34600111222' },
  ]
  const value = {
    messaging_product: 'whatsapp',
    metadata: { phone_number_id: '106540352242922' },
    statuses,
  }
  return Buffer.from(
    JSON.stringify({ object: 'whatsapp_business_account', entry: [{ changes: [{ value }] }] }),
  )
}
