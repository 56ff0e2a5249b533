import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database, Queryable, Statement } from '../../src/db/database.ts'
import { wholeName } from '../../src/db/month-statements.ts'
import { openPostgres } from '../../src/db/postgres.ts'
import { forgetKeys } from '../../src/direct/direct-store.ts'
import { findWindows } from '../../src/direct/window-store.ts'
import { readTraffic } from '../../src/doctor/doctor-store.ts'
import { findKnown } from '../../src/intake/event-store.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { findChanged } from '../../src/message/change-feed-store.ts'
import { forgetOldNotes } from '../../src/message/change-note-store.ts'
import * as outbox from '../../src/message/outbox.ts'
import { forgetOldPaces } from '../../src/message/pace-store.ts'
import { sweepDue } from '../../src/message/sweep-store.ts'
import { listHeldOrders, reclassifyHeld } from '../../src/message/template-hold-store.ts'
import { countMessages } from '../../src/stats/stats-store.ts'
import { findPhones, findSuccessors } from '../../src/supplier/identity-store.ts'
import { findOptOuts } from '../../src/supplier/opt-out-store.ts'
import { lookUpSuppliers } from '../../src/supplier/supplier-store.ts'
import { applyItems, applyWebhooks } from '../../src/webhook/apply-webhooks.ts'
import { readGapReport } from '../../src/webhook/gap-store.ts'
import { createMigratedDatabase } from '../support/migrated-database.ts'
import { describeWith } from '../support/describe-with.ts'
import {
  acceptance,
  claim,
  draftMessages,
  queueMessages,
  startMessages,
} from '../support/messages.ts'
import { TENANT } from '../support/orders.ts'
import { nodesOf } from '../support/plan-nodes.ts'
import type { PlanNode } from '../support/plan-nodes.ts'

/** The only ways to a row on an order's way: by its key or identity, or by when it is due. */
const ALLOWED_INDEX = /(_pkey|_identity|_due(_at_idx)?)$/

const NIL = '00000000-0000-0000-0000-000000000000'

/**
 * The plan trap: a batched update that is planned as a scan costs more with every message there ever
 * was. Asserted of the plans that PostgreSQL really uses (generic), at three sizes.
 */
describeWith('postgres', "plans of an order's way", (postgres) => {
  let database: Database
  let url: string
  beforeAll(async () => {
    const { adminUrl, prefix } = postgres()
    url = await createMigratedDatabase(adminUrl, prefix)
    database = openPostgres({
      url,
      applicationName: 'aviso test',
      size: 1,
      statementTimeoutMs: 30_000,
      keyedPlans: true,
    })
  })
  afterAll(() => database.close())

  // A comparison with clock_timestamp() itself is worked out for every row, so no index answers it.
  it('find what is old, or new, by its age', async () => {
    const statements: Recorded = new Map()
    const recorded = { ...database, ...record(database, statements) }
    await readTraffic(recorded)
    await forgetOldPaces(recorded)
    await findChanged(recorded, new Date(), 100)
    await forgetOldNotes(recorded)
    await forgetKeys(recorded, { message: 24, batch: 48 })
    await findWindows(recorded, '106540352242922', [{ phone: '+34612345678', userId: 'u1' }])
    await readGapReport(recorded)
    const ways = [...(await explain(statements, url)).values()]
      .flatMap(nodesOf)
      .filter((node) => WAYS.includes(node['Node Type']))
    for (const table of AGED) {
      const ofTable = ways.filter((node) =>
        (node['Index Name'] ?? node['Relation Name'])?.startsWith(table),
      )
      expect(ofTable, table).not.toEqual([])
      for (const way of ofTable) expect(way['Index Cond'], table).toMatch(BY_AGE)
    }
  })

  // Neither an autovacuum nor a summary has to have been there first: an import brings millions at once.
  it('count a span of time without a look at what was made since the last vacuum', async () => {
    await fill(database, 3000)
    const statements: Recorded = new Map()
    const recorded = { ...database, ...record(database, statements) }
    const hour = 60 * 60 * 1000
    const range = { from: Date.now() - 2 * hour, to: Date.now() - hour }
    const asked = { range, groupBy: 'none', tenantId: null, limit: 10 } as const
    expect((await countMessages(recorded, asked)).groups).toEqual([])
    const looked = [...(await explain(statements, url, 'analyze, buffers')).values()]
      .flatMap(nodesOf)
      .filter((node) => node['Relation Name']?.startsWith('whatsapp_messages') === true)
    expect(looked).not.toEqual([])
    const pages = looked.map(
      (node) => (node['Shared Hit Blocks'] ?? 0) + (node['Shared Read Blocks'] ?? 0),
    )
    // Of the table's 1,500 and more.
    expect(Math.max(...pages)).toBeLessThan(50)
  })

  it('find who somebody is by an index of numbers, user ids or keys', async () => {
    const statements: Recorded = new Map()
    const recorded = { ...database, ...record(database, statements) }
    await fill(database, 3000)
    await findSuccessors(recorded, [STRANGER])
    await findPhones(recorded, 'ES.1')
    for (const [name, plan] of await explain(statements, url)) {
      const ways = nodesOf(plan).filter((node) => WAYS.includes(node['Node Type']))
      expect(ways, name).not.toEqual([])
      for (const way of ways) {
        if (name.includes('find_phones_sent')) expect(way['Index Name']).toMatch(/_pkey$/)
        else expect(way['Index Cond'], way['Index Name'] ?? name).toMatch(BY_PERSON)
      }
    }
  })

  const sizes: [string, () => Promise<void>][] = [
    ['an empty database', () => Promise.resolve()],
    ['a fresh one that nobody has analysed', () => fill(database, 3000)],
    [
      'a small one that has been analysed',
      async () => {
        await fill(database, 3000)
        await database.execute('analyze')
      },
    ],
    [
      'a large one',
      async () => {
        await fill(database, 30_000)
        await database.execute('analyze')
      },
    ],
  ]
  describe.each(sizes)('in %s', (_size, prepare) => {
    it('reach every row by a key', async () => {
      await prepare()
      const plans = await explain(await statementsOfOneWay(database), url)
      const names = new Set([...plans.keys()].map(wholeName))
      expect([...names].sort()).toEqual([
        'intake.find_known',
        'intake.insert_events',
        'intake.insert_started',
        'opt_outs.find',
        'outbox.accept',
        'outbox.claim',
        'outbox.settle',
        'suppliers.look_up',
        'sweep.due',
        'template_holds.list_orders',
        'template_holds.reclassify',
        'webhook.apply',
        'webhook.find_wamids',
        'webhook.insert_bodies',
        'webhook.insert_facts',
        'webhook.move_plain',
        'webhook.raise_plain',
        'webhook.watermark',
      ])
      expect(offencesOf(plans)).toEqual([])
    })
  })

  // A plan is kept until the tables are analysed the next time: by then it may be that of thousands of orders.
  it('are made anew soon where they were made on an empty database that somebody has vacuumed', async () => {
    const { adminUrl, prefix } = postgres()
    const emptyUrl = await createMigratedDatabase(adminUrl, prefix)
    let now = 0
    const empty = openPostgres({
      url: emptyUrl,
      applicationName: 'aviso test',
      size: 1,
      statementTimeoutMs: 30_000,
      keyedPlans: true,
      now: () => now,
    })
    await empty.execute('vacuum (analyze)')
    const find = () =>
      findKnown(empty, [{ tenant_id: TENANT, event_id: 'e', po_id: 'p', revision: 1 }])
    const planOfFind = async () => {
      const [row] = await empty.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (format json) execute "intake.find_known"('[]')`,
      )
      return offencesOf(new Map([['find_known', row?.['QUERY PLAN'][0].Plan as PlanNode]]))
    }
    await find()
    expect(await planOfFind()).not.toEqual([])
    await fill(empty, 3000)
    now += 2000
    await find()
    expect(await planOfFind()).toEqual([])
    await empty.close()
  })
})

const WAYS = ['Seq Scan', 'Index Scan', 'Index Only Scan', 'Bitmap Index Scan']
const AGED = [
  'whatsapp_attempts',
  'whatsapp_status_facts',
  'change_notes',
  'recipient_pace',
  'idempotency_keys',
  'inbound_messages',
  'webhook_gaps',
]
/** Of max(received_at), PostgreSQL makes a look at the last entry that is not null. */
const BY_AGE = /_at (<|>|IS NOT NULL)/

const BY_PERSON =
  /(from_wa_id|from_user_id|recipient_phone|phones|supplier_id)\)*(::\w+\)*)? (=|&&)/
const STRANGER = {
  wamid: 'wamid.1',
  from_wa_id: '34612345679',
  from_user_id: 'ES.1',
  recipient: {
    tenant_id: TENANT,
    supplier_id: 's1',
    wa_id: '34612345678',
    recipient_phone: '+34612345678',
    recipient_user_id: null,
    created_at: new Date(),
  },
}

function offencesOf(plans: ReadonlyMap<string, PlanNode>): string[] {
  return [...plans].flatMap(([name, plan]) =>
    nodesOf(plan)
      .filter((node) => !isKeyed(node))
      .map((node) => `${name}: ${node['Node Type']} ${node['Index Name'] ?? ''}`),
  )
}

function isKeyed(node: PlanNode): boolean {
  if (node['Node Type'] === 'Seq Scan') return false
  if (node['Node Type'] === 'Hash Join' || node['Node Type'] === 'Merge Join') return false
  const index = node['Index Name']
  if (index === undefined) return true
  // Without a condition, or from an id on, it is all of the table in the order of an index. Where that is
  // nothing, it may be.
  const condition = node['Index Cond']
  const isFromAnId =
    index.endsWith('_pkey') && condition !== undefined && !/ = |ANY/.test(condition)
  const isWhole = node['Node Type'] === 'Index Scan' && (condition === undefined || isFromAnId)
  return ALLOWED_INDEX.test(index) && !(isWhole && isFilled(index))
}

/** Of the tables that every order writes to, this month's partitions. */
function isFilled(index: string): boolean {
  const month = new Date().toISOString().slice(0, 7).replace('-', '_')
  return index.includes(month) || /^(whatsapp_wamids|received_events|approved_rev)/.test(index)
}

/** One small batch from event to webhook: its statements. */
async function statementsOfOneWay(database: Database): Promise<Recorded> {
  const statements: Recorded = new Map()
  const recorded = { ...database, ...record(database, statements) }
  await startMessages(recorded, draftMessages(2), { leaseSeconds: 0 })
  await sweepDue(recorded, 900, 'hold')
  const ids = await queueMessages(recorded, 3)
  const keys = ids.map((id) => ({ tenant_id: TENANT, event_id: id, po_id: id, revision: 1 }))
  await findKnown(recorded, keys)
  await lookUpSuppliers(recorded, [{ tenantId: TENANT, supplierId: 's1' }])
  await findOptOuts(recorded, [{ tenantId: TENANT, phone: '+34612345678', userId: null }])
  const claimed = await claim(recorded)
  const [first, second] = claimed
  if (first === undefined || second === undefined) throw new Error('nothing was claimed')
  await outbox.recordAcceptances(recorded, [acceptance(first.id, 1, `wamid.${first.id}`)])
  await outbox.recordSettlements(recorded, [refusal(second.id)])
  await applyWebhooks(recorded, statusesOf(first.id).slice(0, 1), createId)
  await database.transaction((tx) =>
    applyItems(
      record(tx, statements),
      [{ kind: 'body', raw: Buffer.from('{}') }, ...statusesOf(first.id)],
      createId,
    ),
  )
  await listHeldOrders(recorded, { after: NIL, ids: null, limit: 500 })
  await reclassifyHeld(recorded, '102290129340398')
  return statements
}

/** By name, or by its text where it has none. */
type Recorded = Map<string, { text: string; parameters: readonly unknown[] }>

function record(db: Queryable, statements: Recorded): Queryable {
  return {
    query<Row>(statement: Statement | string, parameters: readonly unknown[] = []) {
      const { name, text } =
        typeof statement === 'string' ? { name: statement, text: statement } : statement
      statements.set(name, { text, parameters })
      // Of a statement on the month's partitions also the one on the whole tables.
      const whole = text.replaceAll(/(whatsapp_(?:messages|attempts))_\d{4}_\d{2}\b/g, '$1')
      statements.set(wholeName(name), { text: whole, parameters })
      return db.query<Row>(statement, parameters)
    },
  }
}

async function explain(
  statements: Recorded,
  url: string,
  more = 'costs',
): Promise<Map<string, PlanNode>> {
  const plans = new Map<string, PlanNode>()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(
    'set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set plan_cache_mode = force_generic_plan',
  )
  for (const [name, { text, parameters }] of statements) {
    await client.query(`prepare p as ${text}`)
    const values = parameters
      .map((value) => literal(typeof value === 'number' ? String(value) : value))
      .join(', ')
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (${more}, format json) execute p${values === '' ? '' : `(${values})`}`,
    )
    await client.query('deallocate p')
    const plan = rows[0]?.['QUERY PLAN'][0].Plan
    if (plan !== undefined) plans.set(name, plan)
  }
  await client.end()
  return plans
}

function literal(value: unknown): string {
  if (value === null) return 'null'
  if (value instanceof Date) return `'${value.toISOString()}'`
  if (Buffer.isBuffer(value)) return `'\\x${value.toString('hex')}'`
  if (Array.isArray(value)) return `'{${value.map((entry) => JSON.stringify(entry)).join(',')}}'`
  return pg.escapeLiteral(value as string)
}

function statusesOf(messageId: string) {
  const status = (callbackData: string | null) => ({
    kind: 'status' as const,
    status: {
      wamid: `wamid.${messageId}`,
      status: 'delivered',
      metaAt: new Date(1_795_000_000_000).toISOString(),
      phoneNumberId: null,
      recipientId: null,
      recipientUserId: null,
      callbackData,
      pricing: null,
      error: null,
      detail: {},
    },
  })
  return [status(`1.${messageId}.1`), { ...status(null), kind: 'status' as const }].map(
    (item, index) => ({
      ...item,
      status: {
        ...item.status,
        phoneNumberId: '106540352242922',
        status: index === 0 ? 'sent' : 'read',
      },
    }),
  )
}

function refusal(id: string): outbox.Settlement {
  return {
    message_id: id,
    attempt: 1,
    outcome: 'rejected',
    http_status: 400,
    to_state: 'failed',
    hold_reason: null,
    delay_ms: null,
    counts_failure: false,
    refunds_attempt: false,
    error_code: '131026',
    error_message: 'Message undeliverable',
    error: {},
    response: {},
  }
}

/** History as the service leaves it: read messages with their attempts, facts and ids. */
async function fill(database: Database, count: number): Promise<void> {
  await database.execute(`
with m as (
  insert into whatsapp_messages (id, tenant_id, state, fence, attempts, recipient_phone, whatsapp_message_id,
    template_name, template_language, phone_number_id, accepted_at, metadata)
  select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - 600000 + n), 12, '0') || '7000' ||
      '8000' || lpad(to_hex(n), 12, '0'))::uuid,
    '${TENANT}', 'read', 1, 1, '+34600' || lpad(n::text, 6, '0'), 'wamid.fill.' || to_hex((random() * 1e9)::int) || '.' || n,
    'po_notification', 'es', '106540352242922', now(), '{}'
  from generate_series(1, ${String(count)}) n
  on conflict do nothing
  returning id, tenant_id, whatsapp_message_id
), a as (
  insert into whatsapp_attempts (message_id, attempt, tenant_id, phone_number_id, lease_owner, outcome)
  select id, 1, tenant_id, '106540352242922', 'fill', 'accepted' from m
), w as (
  insert into whatsapp_wamids (wamid, message_id, attempt) select whatsapp_message_id, id, 1 from m
), e as (
  insert into received_events (tenant_id, event_id, fingerprint, message_id) select tenant_id, id::text, '\\x00', id from m
), r as (
  insert into approved_revisions (tenant_id, po_id, revision, fingerprint, message_id)
  select tenant_id, id::text, 1, '\\x00', id from m
)
insert into whatsapp_status_facts (message_id, attempt, status, tenant_id, sort_key)
select id, 1, s, tenant_id, '' from m, unnest(array['sent', 'delivered', 'read']) s`)
}
