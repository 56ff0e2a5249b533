import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { ensurePartitions, startOf } from '../../src/db/partitions.ts'
import { idBound } from '../../src/lib/uuid-v7.ts'
import { builtInCard } from '../../src/pricing/rate-card.ts'
import { applyRetention } from '../../src/retention/retention.ts'
import type { RetentionReport } from '../../src/retention/retention.ts'
import { countMessages } from '../../src/stats/stats-store.ts'
import { summarise } from '../../src/stats/summarise.ts'
import { queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { TENANT } from '../support/orders.ts'
import {
  daysAgo,
  EVERYTHING,
  foldAll,
  idAt,
  insertOrder,
  monthsAgo,
  partitionOf,
  whereIs,
} from './old-orders.ts'

const MESSAGES = 'whatsapp_messages'
const WRITTEN =
  'whatsapp_messages whatsapp_attempts whatsapp_status_facts received_events approved_revisions whatsapp_wamids webhook_bodies rejected_events orphan_statuses inbound_messages audit_log webhook_gaps whatsapp_batches outgoing_events retention_walks stats_changes stats_rollup stats_places stats_supplier_totals'.split(
    ' ',
  )

describeEachMigratedDatabase('retention', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    await database.execute(
      `${WRITTEN.map((table) => `delete from ${table}`).join('; ')};
       update stats_state set folded_through = '-infinity', totals_through = '-infinity', candidate_at = null, candidate_writers = null`,
    )
  })

  const retain = (retentionDays = 400): Promise<RetentionReport> =>
    applyRetention({ database, retentionDays, orphanDays: 8 })
  const sumUp = async () => {
    const counted = await countMessages(database, {
      range: { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY },
      groupBy: 'day',
      tenantId: null,
      limit: 1000,
    })
    return counted.groups.map(({ key, metrics }) => ({ key, ...summarise(metrics, builtInCard()) }))
  }
  const insertRejected = (at: Date, replayedAt: Date | null = null) =>
    database.query(
      `insert into rejected_events (id, received_at, source, code, detail, raw, replayed_at)
       values ($1, $2, 'http', 'invalid_json', '', '', $3)`,
      [idAt(at), at, replayedAt],
    )
  const count = async (table: string): Promise<number> => {
    const rows = await database.query<{ count: number }>(
      `select count(*)::integer as count from ${table}`,
    )
    return rows[0]?.count ?? 0
  }

  it('drops a month once all of it is older, with all that belonged to its messages', async () => {
    const old = await insertOrder(database, monthsAgo(16))
    const young = await insertOrder(database, monthsAgo(2))
    await foldAll(database)
    const report = await retain()
    expect(report.dropped).toEqual(
      [MESSAGES, 'whatsapp_attempts', 'whatsapp_status_facts'].map((table) =>
        partitionOf(table, monthsAgo(16)),
      ),
    )
    expect(await whereIs(database, old)).toEqual([])
    expect((await whereIs(database, young)).sort()).toEqual([...EVERYTHING].sort())
    expect(await retain()).toMatchObject({ dropped: [], waiting: [], deleted: {} })
  })

  it('keeps the month in which the limit lies', async () => {
    const order = await insertOrder(database, startOf('month', daysAgo(400)))
    await foldAll(database)
    expect((await retain()).dropped).toEqual([])
    expect((await whereIs(database, order)).sort()).toEqual([...EVERYTHING].sort())
  })

  it('leaves counts and money of what is dropped as they were', async () => {
    await insertOrder(database, monthsAgo(16))
    await insertOrder(database, monthsAgo(2))
    await foldAll(database)
    const before = await sumUp()
    expect(before).toHaveLength(2)
    expect(before[0]).toMatchObject({ total: 1, billable: 1 })
    expect((await retain()).dropped).not.toEqual([])
    expect(await sumUp()).toEqual(before)
    await foldAll(database)
    expect(await sumUp()).toEqual(before)
  })

  it('waits with a month that the statistics have not in their sums', async () => {
    const order = await insertOrder(database, monthsAgo(16))
    const partition = partitionOf(MESSAGES, monthsAgo(16))
    expect((await retain()).waiting).toEqual([{ partition, reason: 'not_counted' }])
    await foldAll(database)
    expect((await retain()).dropped).toContain(partition)
    expect(await whereIs(database, order)).toEqual([])
  })

  it('waits with a month of which a message is under way again, or was sent again in the last 30 days', async () => {
    const order = await insertOrder(database, monthsAgo(16))
    const other = await insertOrder(database, monthsAgo(16))
    await foldAll(database)
    const waiting = [{ partition: partitionOf(MESSAGES, monthsAgo(16)), reason: 'open' }]
    await database.query(
      'update whatsapp_messages set due_at = clock_timestamp() where id = $1 returning 1',
      [order.id],
    )
    expect(await retain()).toMatchObject({ dropped: [], waiting })
    await database.query('update whatsapp_messages set due_at = null where id = $1 returning 1', [
      order.id,
    ])
    const resend = `update whatsapp_attempts set started_at = $2 where message_id = $1 returning 1`
    await database.query(resend, [order.id, daysAgo(29)])
    expect(await retain()).toMatchObject({ dropped: [], waiting })
    // What is kept for one message is kept for its month.
    expect((await whereIs(database, other)).sort()).toContain('wamid')
    await database.query(resend, [order.id, daysAgo(31)])
    expect((await retain()).dropped).toHaveLength(3)
    expect(await whereIs(database, order)).toEqual([])
  })

  it('does not wait for a doubt that nobody could decide', async () => {
    const order = await insertOrder(database, monthsAgo(16))
    await foldAll(database)
    await database.query(
      `update whatsapp_messages set due_at = 'infinity' where id = $1 returning 1`,
      [order.id],
    )
    expect((await retain()).dropped).toHaveLength(3)
  })

  it('waits with a month of whose messages events are to be published', async () => {
    const { id } = await insertOrder(database, monthsAgo(16))
    await foldAll(database)
    await database.query(
      `insert into outgoing_events (routing_key, order_key, tenant_id, message_id, status, state)
       values ('whatsapp.message.read', 'o', $2, $1, 'READ', 'read')`,
      [id, TENANT],
    )
    expect((await retain()).waiting).toMatchObject([{ reason: 'not_published' }])
    await database.execute('delete from outgoing_events')
    expect((await retain()).dropped).toHaveLength(3)
  })

  it('gives way to whoever uses the table, and tries again', async () => {
    if (!database.capabilities.multipleProcesses) return
    await insertOrder(database, monthsAgo(16))
    await foldAll(database)
    await database.transaction(async (tx) => {
      await tx.query(`select 1 from ${MESSAGES} limit 1`)
      expect((await retain()).waiting).toEqual([
        { partition: partitionOf(MESSAGES, monthsAgo(16)), reason: 'in_use' },
      ])
      await queueMessages(database, 1)
    })
    expect((await retain()).dropped).toHaveLength(3)
  })

  it('leaves it to another process that is at it', async () => {
    if (!database.capabilities.multipleProcesses) return
    await insertOrder(database, monthsAgo(16))
    await insertRejected(daysAgo(31))
    await foldAll(database)
    await database.transaction(async (tx) => {
      await tx.query(`select pg_advisory_xact_lock(hashtextextended('aviso retention', 0))`)
      expect(await retain()).toMatchObject({ busy: true, dropped: [], deleted: {} })
    })
    expect(await retain()).toMatchObject({ busy: false, deleted: { rejected_events: 1 } })
  })

  it('knows events and approvals for 400 days, whatever becomes of their messages', async () => {
    const known = await insertOrder(database, daysAgo(399))
    // Another id of the same approval came later.
    const old = await insertOrder(database, monthsAgo(16), { receivedAt: daysAgo(100) })
    await foldAll(database)
    expect((await retain(30)).dropped).not.toEqual([])
    expect(await whereIs(database, known)).toEqual(['event', 'approval'])
    expect(await whereIs(database, old)).toEqual(['event'])
  })

  it('keeps event ids for as long as messages where that is longer', async () => {
    const order = await insertOrder(database, monthsAgo(16))
    await foldAll(database)
    expect((await retain(3650)).dropped).toEqual([])
    expect((await whereIs(database, order)).sort()).toEqual([...EVERYTHING].sort())
  })

  it('drops weeks of raw webhooks, and rejected events, after 30 days', async () => {
    for (const at of [daysAgo(60), daysAgo(29), daysAgo(0)]) {
      await ensurePartitions(database, at)
      await database.query('insert into webhook_bodies (id, body) values ($1, $2)', [
        idAt(at),
        Buffer.from('{}'),
      ])
      await insertRejected(at)
    }
    await insertRejected(daysAgo(60), daysAgo(59))
    const report = await retain()
    const week = startOf('week', daysAgo(60)).toISOString().slice(0, 10).replaceAll('-', '_')
    expect(report.dropped).toContain(`webhook_bodies_${week}`)
    expect(report.deleted).toEqual({ rejected_events: 2 })
    expect(await count('webhook_bodies')).toBe(2)
    expect(await count('rejected_events')).toBe(2)
  })

  it('forgets statuses whose message stayed unknown after AVISO_ORPHAN_DAYS', async () => {
    const insert = (wamid: string, at: Date) =>
      database.query(
        `insert into orphan_statuses (wamid, status, received_at) values ($1, 'sent', $2)`,
        [wamid, at],
      )
    await insert('old', daysAgo(9))
    await insert('young', daysAgo(7))
    expect((await retain()).deleted).toEqual({ orphan_statuses: 1 })
    expect(await database.query('select wamid from orphan_statuses')).toEqual([{ wamid: 'young' }])
  })

  it('keeps what people did to keys and suppliers, and forgets batches that are over', async () => {
    const at = monthsAgo(16)
    await database.query(
      `insert into audit_log (id, actor, action) values ($1, 'ana', 'key_created')`,
      [idAt(at)],
    )
    const batch = `insert into whatsapp_batches (id, tenant_id, state, total, rejections, rejected, finished_at)
      values ($1, $2, $3, 1, '[]', 0, $4)`
    await database.query(batch, [idAt(at), TENANT, 'done', monthsAgo(16)])
    await database.query(batch, [idAt(at), TENANT, 'paused', null])
    await insertOrder(database, monthsAgo(2))
    expect((await retain()).deleted).toEqual({ whatsapp_batches: 1 })
    expect(await database.query('select state from whatsapp_batches')).toEqual([
      { state: 'paused' },
    ])
    expect(await database.query(`select action from audit_log order by at desc limit 1`)).toEqual([
      { action: 'key_created' },
    ])
  })

  it('deletes rows whose month had no partition one by one, but for those under way', async () => {
    const past = new Date(Date.UTC(2019, 4, 15))
    const gone = await insertOrder(database, past, { withPartitions: false })
    const open = await insertOrder(database, past, { withPartitions: false })
    await foldAll(database)
    await database.query(
      'update whatsapp_messages set due_at = clock_timestamp() where id = $1 returning 1',
      [open.id],
    )
    expect((await retain()).deleted).toMatchObject({
      whatsapp_messages_default: 1,
      whatsapp_attempts_default: 1,
      whatsapp_status_facts_default: 3,
    })
    expect(await whereIs(database, gone)).not.toContain('message')
    expect((await whereIs(database, open)).sort()).toEqual([...EVERYTHING].sort())
  })

  it('goes through a long table in parts, and not again before something is due', async () => {
    // 60,000 rows are some 700 pages: two steps.
    await database.query(
      `insert into whatsapp_wamids (wamid, message_id, attempt)
       select 'wamid.HBgLMzQ2MTIzNDU2NzgVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA' || n,
         case when n % 2 = 0 then $1::uuid else $2::uuid end, 1
       from generate_series(1, 60000) n`,
      [idBound(monthsAgo(20)), idBound(monthsAgo(3))],
    )
    expect((await retain()).deleted).toEqual({ whatsapp_wamids: 30_000 })
    const walks = () =>
      database.query<{ next_page: string; oldest: Date | null }>(
        `select next_page, oldest from retention_walks where table_name = 'whatsapp_wamids'`,
      )
    expect(await walks()).toEqual([{ next_page: '0', oldest: monthsAgo(3) }])
    // A row that is due by its age stands in the way of nothing: the table is not looked at.
    await database.query(
      `insert into whatsapp_wamids (wamid, message_id, attempt) values ('late', $1, 1)`,
      [idBound(monthsAgo(20))],
    )
    expect((await retain()).deleted).toEqual({})
    await database.execute(`update retention_walks set oldest = oldest - interval '2 years'`)
    expect((await retain()).deleted).toEqual({ whatsapp_wamids: 1 })
  })
})
