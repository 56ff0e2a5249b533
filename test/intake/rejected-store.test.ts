import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createIntake } from '../../src/intake/receive-event.ts'
import {
  countRejected,
  findRejected,
  listRejected,
  markReplayed,
} from '../../src/intake/rejected-store.ts'
import type { RejectedFilter } from '../../src/intake/rejected-store.ts'
import { createId } from '../../src/lib/uuid-v7.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { delivery, orderEvent } from '../support/orders.ts'

const ALL = { tenantId: null, withoutTenant: true }

describeEachMigratedDatabase('rejected events', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database.close())

  const insert = async (
    tenantId: string | null,
    more: { source?: string; code?: string; bytes?: number } = {},
  ): Promise<string> => {
    const id = createId()
    await database.query(
      `insert into rejected_events (id, source, tenant_id, code, detail, errors, raw, headers)
       values ($1, $2, $3, $4, 'because', '[]', convert_to(repeat('x', $5), 'UTF8'), '{"a": "b"}') returning 1`,
      [id, more.source ?? 'http', tenantId, more.code ?? 'invalid_json', more.bytes ?? 3],
    )
    return id
  }
  const list = async (more: Partial<RejectedFilter> = {}) => {
    const given = { ...ALL, source: null, code: null, before: null, limit: 200, ...more }
    const { rows, more: isMore } = await listRejected(database, given)
    return { ids: rows.map((row) => row.id), isMore }
  }

  it('pages newest first through those of a tenant, each once', async () => {
    const tenantId = createId()
    const ids: string[] = []
    for (let index = 0; index < 5; index += 1) ids.unshift(await insert(tenantId))
    await insert(null)
    await insert(createId())
    const own = { tenantId, withoutTenant: false, limit: 2 }
    expect(await list(own)).toEqual({ ids: ids.slice(0, 2), isMore: true })
    expect(await list({ ...own, before: ids[1] ?? '' })).toEqual({
      ids: ids.slice(2, 4),
      isMore: true,
    })
    expect(await list({ ...own, before: ids[3] ?? '' })).toEqual({
      ids: ids.slice(4),
      isMore: false,
    })
    expect(await list({ ...own, before: ids[4] ?? '' })).toEqual({ ids: [], isMore: false })
  })

  it('counts by source what came since a moment and was not replayed', async () => {
    await insert(null)
    const since = createId()
    const replayed = await insert(null)
    await insert(null)
    await insert(createId(), { source: 'webhook' })
    await insert(createId(), { source: 'webhook' })
    const replay = { id: replayed, messageId: null, auditId: createId(), actor: 'test' }
    await markReplayed(database, replay)
    const counts = await countRejected(database, since)
    expect(counts.sort((a, b) => (a.source < b.source ? -1 : 1))).toEqual([
      { source: 'http', count: 1 },
      { source: 'webhook', count: 2 },
    ])
  })

  it('ends a page before its bytes are too many, and never before its first', async () => {
    const tenantId = createId()
    const ids: string[] = []
    for (const bytes of [10, 3_000_000, 3_000_000, 5_000_000]) {
      ids.unshift(await insert(tenantId, { bytes }))
    }
    const own = { tenantId, withoutTenant: false }
    const pages: string[][] = []
    let before: string | null = null
    for (;;) {
      const page: { ids: string[]; isMore: boolean } = await list({ ...own, before })
      pages.push(page.ids)
      before = page.ids.at(-1) ?? null
      if (!page.isMore) break
    }
    expect(pages).toEqual([ids.slice(0, 1), ids.slice(1, 3), ids.slice(3)])
  })

  it('filters by source and code', async () => {
    const tenantId = createId()
    const broker = await insert(tenantId, { source: 'rabbitmq', code: 'conflict' })
    const http = await insert(tenantId, { code: 'validation_failed' })
    const own = { tenantId, withoutTenant: false }
    expect(await list({ ...own, source: 'rabbitmq' })).toMatchObject({ ids: [broker] })
    expect(await list({ ...own, code: 'validation_failed' })).toMatchObject({ ids: [http] })
    expect(await list({ ...own, source: 'webhook' })).toMatchObject({ ids: [] })
  })

  it('shows those without a tenant to nobody but who may see all', async () => {
    const nobodys = await insert(null)
    const theirs = await insert(createId())
    expect(await findRejected(database, nobodys, ALL)).toMatchObject({
      id: nobodys,
      tenant_id: null,
      headers: { a: 'b' },
    })
    for (const [id, scope] of [
      [nobodys, { tenantId: null, withoutTenant: false }],
      [nobodys, { tenantId: createId(), withoutTenant: false }],
      [theirs, { tenantId: createId(), withoutTenant: false }],
    ] as const) {
      expect(await findRejected(database, id, scope)).toBeUndefined()
      expect((await list(scope)).ids).not.toContain(id)
    }
  })

  it('notes the first replay, its message and who asked for it', async () => {
    const id = await insert(createId())
    const messageId = createId()
    const mark = (actor: string, given: string | null) =>
      markReplayed(database, { id, messageId: given, auditId: createId(), actor })
    await mark('Ana', messageId)
    const first = await findRejected(database, id, ALL)
    expect(first).toMatchObject({ message_id: messageId, replayed_at: expect.any(Date) as unknown })
    await mark('Bea', null)
    expect(await findRejected(database, id, ALL)).toEqual(first)
    const audit = await database.query(
      'select actor, action, detail from audit_log where message_id = $1 order by at',
      [messageId],
    )
    expect(audit).toEqual([
      { actor: 'Ana', action: 'replay', detail: { rejected_id: id } },
      { actor: 'Bea', action: 'replay', detail: { rejected_id: id } },
    ])
  })

  it('keeps no second row of a replay that is refused again, whatever the reason', async () => {
    const receive = createIntake({
      database,
      logger: pino({ level: 'silent' }),
      createId,
      expiryHours: 72,
      knownTenants: null,
      defaultCountry: null,
      defaultLanguage: 'en',
      notificationsEnabled: true,
      onlyTo: null,
      orderTemplates: () => null,
      onBatch: () => undefined,
    })
    const first = orderEvent(990_001)
    await receive(delivery(first))
    const other = orderEvent(990_001, { total_amount: '2.00' })
    const invalid = orderEvent(990_002, { currency: 'EURO' })
    const count = async () => {
      const rows = await database.query<{ n: number }>(
        'select count(*)::integer as n from rejected_events',
      )
      return rows[0]?.n
    }
    const before = await count()
    const kinds = []
    for (const value of [other, invalid, '{']) {
      kinds.push((await receive(delivery(value, { isReplay: true }))).kind)
    }
    expect(kinds).toEqual(['conflict', 'rejected', 'rejected'])
    expect(await count()).toBe(before)
    await receive(delivery(invalid))
    expect(await count()).toBe((before ?? 0) + 1)
  })
})
