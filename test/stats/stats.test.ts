import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database, Queryable } from '../../src/db/database.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { builtInCard } from '../../src/pricing/rate-card.ts'
import { compact, fold } from '../../src/stats/fold-store.ts'
import { createStatsFolder, nextStep } from '../../src/stats/stats-folder.ts'
import { countMessages, GROUPINGS } from '../../src/stats/stats-store.ts'
import type { Grouping } from '../../src/stats/stats-store.ts'
import { summarise } from '../../src/stats/summarise.ts'
import { acceptedMessage, rowOf } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { TENANT } from '../support/orders.ts'
import { percentile, recount } from './recount.ts'

const OTHER = '33333333-3333-4333-8333-333333333333'
const HOUR = 3_600_000
const DAY = 24 * HOUR
const card = builtInCard()
const EVER = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }

interface Made {
  agoMs: number
  tenant: string
  template: string | null
  supplier: string | null
  phone: string
}

describeEachMigratedDatabase('statistics', (open) => {
  let database: Database
  let ids: string[] = []
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())
  beforeEach(() => clear())

  const clear = async () => {
    ids = []
    await database.execute(
      `delete from whatsapp_messages; delete from stats_changes; delete from stats_rollup; delete from stats_places; delete from stats_supplier_totals;
       update stats_state set folded_through = '-infinity', totals_through = '-infinity', candidate_at = null, candidate_writers = null`,
    )
  }
  const insert = async (made: Made, db: Queryable = database) => {
    const id = createId()
    await db.query(
      `insert into whatsapp_messages (id, tenant_id, state, template_name, supplier_id, recipient_phone, created_at)
       values ($1, $2, 'queued', $3, $4, $5, clock_timestamp() - $6::float8 * interval '1 millisecond') returning 1`,
      [id, made.tenant, made.template, made.supplier, made.phone, made.agoMs],
    )
    ids.push(id)
    return id
  }
  const advance = async (
    id: string,
    { state, delayMs, pricing }: { state: string; delayMs: number; pricing: object | null },
    db: Queryable = database,
  ) => {
    await db.query(
      `update whatsapp_messages m set state = greatest(m.state, $2::whatsapp_message_state),
         whatsapp_message_id = 'wamid.' || m.id, error_code = case when $2 = 'failed' then '131026' else m.error_code end,
         accepted_at = coalesce(m.accepted_at, m.created_at),
         delivered_at = case when $2 in ('delivered', 'read')
           then coalesce(m.delivered_at, m.created_at + $3::float8 * interval '1 millisecond') else m.delivered_at end,
         read_at = case when $2 = 'read' then coalesce(m.read_at, m.created_at + 2 * $3::float8 * interval '1 millisecond') else m.read_at end,
         pricing = coalesce($4::jsonb, m.pricing)
       where m.id = $1 and (m.state < 'failed' or $2 in ('delivered', 'read')) returning 1`,
      [id, state, delayMs, pricing === null ? null : JSON.stringify(pricing)],
    )
  }
  const expectEqualToRecount = async (
    range: { from: number; to: number },
    tenantId: string | null,
  ) => {
    // Few suppliers are found in another way than many.
    const questions = GROUPINGS.map((groupBy) => ({ groupBy, limit: 10_000 }))
    questions.push({ groupBy: 'supplier', limit: 100 })
    for (const { groupBy, limit } of questions) {
      const counted = await countMessages(database, { range, groupBy, tenantId, limit })
      const wanted = await recount(database, { ...range, groupBy, tenantId }, card)
      expect(counted.groups.map(({ key }) => key)).toEqual(ordered(wanted, groupBy))
      expect(counted.count).toBe(wanted.size)
      for (const { key, metrics } of counted.groups) {
        const got = summarise(metrics, card)
        const truth = wanted.get(key)
        expect({
          total: got.total,
          counts: got.counts,
          deliveryRate: got.delivery_rate,
          readRate: got.read_rate,
          failures: got.failures.map(({ error_code, count }) => [error_code, count]).sort(),
          billable: got.billable,
          cost: got.cost,
        }).toEqual({
          total: truth?.total,
          counts: truth?.counts,
          deliveryRate: truth?.deliveryRate,
          readRate: truth?.readRate,
          failures: truth?.failures,
          billable: truth?.billable,
          cost: truth?.cost,
        })
        expectNear(got.seconds_to_deliver, truth?.toDeliver ?? [])
        expectNear(got.seconds_to_read, truth?.toRead ?? [])
      }
    }
  }

  const made = fc.record<Made>({
    agoMs: fc.oneof(
      fc.integer({ min: 0, max: 2 * HOUR }),
      fc.integer({ min: 0, max: 300 * DAY }),
      fc.constantFrom(DAY, 4 * DAY, 16 * DAY),
    ),
    tenant: fc.constantFrom(TENANT, OTHER),
    template: fc.constantFrom('po_notification', 'reminder', null),
    supplier: fc.constantFrom('s1', 's2', 's3', null),
    phone: fc.constantFrom('+34612345678', '+12125550123', '+4915112345678', '+861012345678'),
  })
  const change = fc.record({
    state: fc.constantFrom('accepted', 'sent', 'failed', 'delivered', 'read'),
    delayMs: fc.integer({ min: 10, max: 10 * HOUR }),
    pricing: fc.constantFrom(
      null,
      { pricing_model: 'PMP', type: 'regular', category: 'utility', billable: true },
      { pricing_model: 'PMP', type: 'free_entry_point', category: 'marketing', billable: false },
      { pricing_model: 'CBP', category: 'utility', billable: true },
    ),
  })
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('insert' as const), made }) },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('advance' as const), which: fc.nat(), change }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('fold' as const),
        hours: fc.constantFrom(1, 50, 500, 10_000),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('foldAsFormer' as const) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('overtaken' as const),
        which: fc.nat(),
        change,
        made,
        hours: fc.constantFrom(1, 10_000),
      }),
    },
  )
  const range = fc
    .tuple(fc.integer({ min: 0, max: 310 * DAY }), fc.integer({ min: 0, max: 310 * DAY }))
    .map(([a, b]) => ({ ago: [Math.max(a, b), Math.min(a, b)] as const }))

  it('agree with a recount after any history, whenever it is folded', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 40 }),
        range,
        fc.constantFrom(null, OTHER),
        async (steps, { ago }, tenantId) => {
          await clear()
          for (const one of steps) {
            const id = 'which' in one ? ids[one.which % Math.max(1, ids.length)] : undefined
            switch (one.kind) {
              case 'insert':
                await insert(one.made)
                break
              case 'advance':
                if (id !== undefined) await advance(id, one.change)
                break
              case 'fold':
                await fold(database, one.hours * HOUR)
                break
              case 'foldAsFormer':
                await foldAsFormer(database)
                break
              case 'compact':
                await compact(database)
                break
              case 'overtaken':
                if (id === undefined || !database.capabilities.multipleProcesses) break
                // A change and a message that are written while somebody else folds.
                await database.transaction(async (tx) => {
                  await advance(id, one.change, tx)
                  await insert(one.made, tx)
                  await fold(database, one.hours * HOUR)
                })
                break
            }
          }
          const now = Date.now()
          await expectEqualToRecount({ from: now - ago[0], to: now - ago[1] }, tenantId)
          await expectEqualToRecount(EVER, null)
        },
      ),
      { numRuns: 25, endOnFailure: true },
    )
  }, 240_000)

  it('are folded up to a quarter of an hour ago, and the sums say the same as the messages', async () => {
    for (const days of [300, 40, 17, 5, 2, 1, 0.1]) {
      await insert({
        agoMs: days * DAY,
        tenant: TENANT,
        template: 't',
        supplier: 's',
        phone: '+34600000000',
      })
    }
    await foldAll(database)
    const state = await database.query<{ late: number }>(
      `select extract(epoch from clock_timestamp() - folded_through)::float8 as late from stats_state`,
    )
    expect(state[0]?.late).toBeGreaterThanOrEqual(900)
    // The sums alone, as if no message were left: partitions are dropped after their retention.
    await database.execute('delete from whatsapp_messages')
    const counted = await countMessages(database, {
      range: EVER,
      groupBy: 'supplier',
      tenantId: null,
      limit: 10,
    })
    expect(counted.groups.map(({ key, metrics }) => [key, metrics.get('sP')])).toEqual([['s', 7]])
  })

  it('wait for a transaction that found its message too young to write the change down', async () => {
    if (!database.capabilities.multipleProcesses) return
    const phone = '+34600000000'
    const id = await insert({ agoMs: 1000, tenant: TENANT, template: 't', supplier: 's', phone })
    await fold(database, HOUR)
    await database.transaction(async (tx) => {
      await advance(id, { state: 'delivered', delayMs: 500, pricing: null }, tx)
      // It looks who is writing, then a quarter of an hour goes by.
      await database.query('update stats_state set candidate_at = null returning 1')
      await fold(database, 10_000 * HOUR)
      await database.query(
        `update stats_state set candidate_at = candidate_at + interval '20 minutes' returning 1`,
      )
      await fold(database, 10_000 * HOUR)
      await expectEqualToRecount(EVER, null)
    })
    await expectEqualToRecount(EVER, null)
    await foldAll(database)
    await expectEqualToRecount(EVER, null)
    expect(await database.query('select 1 from stats_changes')).toEqual([])
  })

  it('keep late changes that came between two folds, and forget them once folded', async () => {
    const id = await insert({
      agoMs: 3 * DAY,
      tenant: TENANT,
      template: 't',
      supplier: 's',
      phone: '+34600000000',
    })
    await foldAll(database)
    await advance(id, { state: 'read', delayMs: 5000, pricing: null })
    await expectEqualToRecount(EVER, null)
    await foldAll(database)
    expect(await database.query('select 1 from stats_changes')).toEqual([])
    await expectEqualToRecount(EVER, null)
  })

  it('write nothing for a message on its usual way', async () => {
    const id = await acceptedMessage(database, 'wamid.usual')
    expect(await rowOf(database, id)).toMatchObject({ state: 'accepted' })
    expect(await database.query('select 1 from stats_changes')).toEqual([])
    await expectEqualToRecount(EVER, null)
  })

  it('show the groups with the most messages, and how many there are besides', async () => {
    for (const supplier of ['a', 'b', 'b', 'c']) {
      await insert({ agoMs: DAY, tenant: TENANT, template: 't', supplier, phone: '+34600000000' })
    }
    const question = { range: EVER, groupBy: 'supplier' as Grouping, tenantId: null, limit: 2 }
    const counted = await countMessages(database, question)
    expect(counted.groups.map(({ key }) => key)).toEqual(['b', 'a'])
    expect(counted.count).toBe(3)
  })

  it('know the order of suppliers from spans without metrics, once they are over', async () => {
    const phone = '+34600000000'
    for (const [supplier, days] of [
      ['a', 60],
      ['b', 60],
      ['c', 10],
    ] as const) {
      await insert({ agoMs: days * DAY, tenant: TENANT, template: 't', supplier, phone })
    }
    for (let step = 0; step < 3; step += 1) await foldAll(database)
    const totalsOf = (name: string) =>
      database.query(
        'select span, sum(total)::integer as total from stats_supplier_totals where name = $1 group by 1 order by 1',
        [name],
      )
    const one = [
      { span: 96, total: 1 },
      { span: 384, total: 1 },
    ]
    expect(await totalsOf('b')).toEqual(one)
    // One that is older than what has its totals, and comes now.
    await insert({ agoMs: 60 * DAY, tenant: TENANT, template: 't', supplier: 'b', phone })
    await expectEqualToRecount(EVER, null)
    await foldAll(database)
    expect(await totalsOf('b')).toEqual(one.map(({ span }) => ({ span, total: 2 })))
    expect(await totalsOf('a')).toEqual(one)
    await expectEqualToRecount(EVER, null)
  })

  it('are put together where many small sums stand side by side', async () => {
    for (let round = 0; round < 60; round += 1) {
      await insert({
        agoMs: 2 * DAY,
        tenant: TENANT,
        template: 't',
        supplier: 's',
        phone: '+34600000000',
      })
      await fold(database, 10_000 * HOUR)
    }
    await foldAll(database)
    const rows = () => database.query('select 1 from stats_rollup')
    const before = (await rows()).length
    // In short transactions: as long as one is open that has written, no version of any message is cleared away.
    let transactions = 0
    const counting: Database = {
      ...database,
      transaction: (work) => {
        transactions += 1
        return database.transaction(work)
      },
    }
    const places = await compact(counting)
    expect(places).toBeGreaterThan(1)
    expect(transactions).toBeGreaterThanOrEqual(2 * places)
    while ((await compact(database)) > 0);
    expect((await rows()).length).toBeLessThan(before)
    await expectEqualToRecount(EVER, null)
  })

  it('are folded by a worker that stops when it is told to', async () => {
    await insert({
      agoMs: DAY,
      tenant: TENANT,
      template: 't',
      supplier: 's',
      phone: '+34600000000',
    })
    const folder = createStatsFolder({ database, logger: createLogger('silent') })
    folder.start()
    await folder.stop()
    await expectEqualToRecount(EVER, null)
    expect(nextStep(HOUR, 100_000, 10_000)).toBeLessThan(HOUR)
    expect(nextStep(HOUR, 0, 10_000)).toBe(8 * HOUR)
  })
})

/** Times ascending, other keys by how many messages they have. */
function ordered(groups: ReadonlyMap<string, { total: number }>, groupBy: Grouping): string[] {
  const isTime = groupBy === 'hour' || groupBy === 'day'
  return [...groups]
    .sort(([a, one], [b, other]) =>
      isTime ? Number(a) - Number(b) : other.total - one.total || (a < b ? -1 : 1),
    )
    .map(([key]) => key)
}

/** As a version that makes no totals of suppliers, but takes changes away as ever. */
async function foldAsFormer(database: Database): Promise<void> {
  const [before] = await database.query<{ through: string }>(
    'select totals_through::text as through from stats_state',
  )
  await fold(database, 500 * HOUR)
  await database.query(
    'delete from stats_supplier_totals where start + make_interval(hours => span) > $1::timestamptz returning 1',
    [before?.through],
  )
  await database.query('update stats_state set totals_through = $1::timestamptz returning 1', [
    before?.through,
  ])
}

/** Until nothing is left that may be folded; other databases of the server have transactions, too. */
async function foldAll(database: Database): Promise<void> {
  let folded = 0
  for (let quiet = 0; quiet < 3 || folded === 0;) {
    const report = await fold(database, 10_000 * HOUR)
    const state = await database.query<{ finite: boolean }>(
      'select isfinite(folded_through) as finite from stats_state',
    )
    if (state[0]?.finite === true) folded += 1
    quiet =
      report === undefined || report.more || report.messages + report.changes > 0 ? 0 : quiet + 1
  }
}

function expectNear(
  got: { median: number | null; p95: number | null },
  truth: readonly number[],
): void {
  for (const [value, share] of [
    [got.median, 0.5],
    [got.p95, 0.95],
  ] as const) {
    const wanted = percentile(truth, share)
    if (wanted === null || value === null) expect(value).toBe(wanted)
    else expect(Math.abs(value - wanted)).toBeLessThanOrEqual(Math.abs(wanted) * 0.05 + 0.002)
  }
}
