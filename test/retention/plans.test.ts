import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { startOf } from '../../src/db/partitions.ts'
import { idBound } from '../../src/lib/uuid-v7.ts'
import { BY_INDEX } from '../../src/retention/retention-lock.ts'
import { DELETIONS } from '../../src/retention/deletion-store.ts'
import { IS_OPEN } from '../../src/retention/drop-partitions.ts'
import { cutoffsAt } from '../../src/retention/cutoffs.ts'
import { WALK } from '../../src/retention/walk-tables.ts'
import { createMigratedDatabase } from '../support/migrated-database.ts'
import { describeWith } from '../support/describe-with.ts'
import { TENANT } from '../support/orders.ts'
import { nodesOf } from '../support/plan-nodes.ts'
import type { PlanNode } from '../support/plan-nodes.ts'
import { makeMonth, monthsAgo, partitionOf } from './old-orders.ts'

const ROWS = 6_000
/** One row each. */
const TINY = new Set(['stats_state'])

/** What is deleted is found without reading the rest, however much that is. */
describeWith('postgres', 'plans of retention', (postgres) => {
  let database: Database
  beforeAll(async () => {
    const { adminUrl, prefix } = postgres()
    database = openPostgres({
      url: await createMigratedDatabase(adminUrl, prefix),
      applicationName: 'aviso test',
      size: 1,
      statementTimeoutMs: 60_000,
      // As every transaction of retention has it.
      session: Object.fromEntries(BY_INDEX.map((setting) => [setting, 'off'])),
    })
    await fill(database)
  }, 120_000)
  afterAll(() => database.close())

  const planOf = async (text: string, parameters: readonly unknown[]): Promise<PlanNode[]> => {
    const rows = await database.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (format json) ${text}`,
      parameters,
    )
    return rows.flatMap((row) => nodesOf(row['QUERY PLAN'][0].Plan))
  }
  const scans = (nodes: readonly PlanNode[]): string[] =>
    nodes.flatMap((node) => {
      const relation = node['Relation Name']
      const reads = /Scan$/.test(node['Node Type']) && relation !== undefined
      return reads && !TINY.has(relation) ? [`${node['Node Type']} ${relation}`] : []
    })

  const cutoffs = cutoffsAt(new Date(), { retentionDays: 400, orphanDays: 8 })

  it.each(DELETIONS)('find what is due of $table by an index', async (deletion) => {
    const { statement, limit, batch } = deletion
    const found = scans(await planOf(statement.text, [limit(cutoffs, cutoffs.messages), batch]))
    expect(found.length).toBeGreaterThan(1)
    expect(
      found.filter((scan) => !/^(Index|Index Only|Tid|Bitmap Heap|Bitmap Index) Scan/.test(scan)),
    ).toEqual([])
  })

  it('find by an index what is still open of a month, while everybody waits', async () => {
    const month = monthsAgo(18)
    const ids = [idBound(startOf('month', month)), idBound(startOf('month', month, 1))]
    const nodes = await planOf(IS_OPEN(partitionOf('whatsapp_messages', month)), ids)
    const indexes = nodes.flatMap((node) => node['Index Name'] ?? [])
    expect(indexes).toEqual([
      expect.stringMatching(/^whatsapp_messages_.*_due_at_idx$/),
      expect.stringMatching(/^whatsapp_attempts_.*_started_at_idx$/),
    ])
    expect(scans(nodes).filter((scan) => !scan.startsWith('Index'))).toEqual([])
  })

  it.each([
    ['received_events', 'received_at', cutoffs.keys],
    ['approved_revisions', 'message_id', idBound(cutoffs.keys)],
    ['whatsapp_wamids', 'message_id', idBound(cutoffs.keys)],
  ] as const)('read of %s only the pages whose turn it is', async (table, age, limit) => {
    const { text } = WALK(table, age)
    const found = scans(await planOf(text, ['(0,0)', '(100,0)', limit]))
    expect(found).toEqual([`Tid Range Scan ${table}`, `Tid Range Scan ${table}`])
  })
})

/** As many young rows as old ones, in every table. */
async function fill(database: Database): Promise<void> {
  const id = `(case when n % 2 = 0 then '${idBound(monthsAgo(20))}' else '${idBound(monthsAgo(1))}' end::uuid::text)`
  const ids = `(left(${id}, 19) || lpad(to_hex(n), 4, '0') || '-' || lpad(to_hex(n), 12, '0'))::uuid`
  const at = `(case when n % 2 = 0 then clock_timestamp() - interval '600 days' else clock_timestamp() end)`
  const rows = `from generate_series(1, ${String(ROWS)}) n`
  await makeMonth(database, monthsAgo(18))
  const ofMonth = ids
    .replace(idBound(monthsAgo(20)), idBound(monthsAgo(18)))
    .replace(idBound(monthsAgo(1)), idBound(monthsAgo(18)))
  await database.execute(`
insert into whatsapp_messages (id, tenant_id, state, recipient_phone, whatsapp_message_id)
  select ${ofMonth}, '${TENANT}', 'read', '+34600000000', 'w' || n ${rows};
insert into whatsapp_attempts (message_id, attempt, tenant_id, phone_number_id, lease_owner, started_at)
  select ${ofMonth}, 1, '${TENANT}', '1', 'test', clock_timestamp() - interval '540 days' ${rows};
insert into whatsapp_messages (id, tenant_id, state, recipient_phone, whatsapp_message_id, created_at)
  select ${ids}, '${TENANT}', 'read', '+34600000000', 'w' || n, ${at} ${rows};
insert into whatsapp_attempts (message_id, attempt, tenant_id, phone_number_id, lease_owner, started_at)
  select ${ids}, 1, '${TENANT}', '1', 'test', ${at} ${rows};
insert into whatsapp_status_facts (message_id, attempt, status, tenant_id, sort_key)
  select ${ids}, 1, 'read', '${TENANT}', '' ${rows};
insert into webhook_bodies (id, body) select ${ids}, '{}' ${rows};
insert into rejected_events (id, source, code, detail, raw) select ${ids}, 'http', 'invalid_json', '', '' ${rows};
insert into orphan_statuses (wamid, status, received_at) select 'w' || n, 'sent', ${at} ${rows};
insert into inbound_messages (wamid, message_type, content, received_at) select 'w' || n, 'text', '{}', ${at} ${rows};
insert into audit_log (id, actor, action, message_id) select ${ids}, 'ana', 'retry', ${ids} ${rows};
insert into webhook_gaps (message_id, kind, tenant_id, wamid, accepted_at) select ${ids}, 'no_status', '${TENANT}', 'w', ${at} ${rows};
insert into whatsapp_batches (id, tenant_id, state, total, rejections, rejected, finished_at)
  select ${ids}, '${TENANT}', 'done', 1, '[]', 0, ${at} ${rows};
insert into received_events (tenant_id, event_id, fingerprint, message_id, received_at)
  select '${TENANT}', 'e' || n, '', ${ids}, ${at} ${rows};
insert into approved_revisions (tenant_id, po_id, revision, fingerprint, message_id)
  select '${TENANT}', 'p' || n, 1, '', ${ids} ${rows};
insert into whatsapp_wamids (wamid, message_id, attempt) select 'w' || n, ${ids}, 1 ${rows};
analyze`)
}
