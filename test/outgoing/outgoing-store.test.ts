import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { EVENT_TYPES } from '../../src/outgoing/event-types.ts'
import { toOutgoingEvent } from '../../src/outgoing/outgoing-event.ts'
import * as store from '../../src/outgoing/outgoing-store.ts'
import { queueMessages } from '../support/messages.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'

const FAILED = 'whatsapp.message.failed'
const ATTENTION = 'whatsapp.message.needs_attention'

describeEachMigratedDatabase('what waits to be published', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open({ 'aviso.publish': EVENT_TYPES.join(',') })
  })
  afterAll(() => database.close())
  beforeEach(async () => {
    for (const table of ['outgoing_events', 'outgoing_routes', 'outgoing_lease']) {
      await database.query(`delete from ${table} returning 1`, [])
    }
  })

  const look = (more: Partial<Parameters<typeof store.nextEvents>[1]> = {}) =>
    store.nextEvents(database, { types: EVENT_TYPES, limit: 100, asideSeconds: 600, ...more })
  const next = async (more: Parameters<typeof look>[0] = {}) => (await look(more)).events
  const settle = (more: Partial<store.Settled>) =>
    store.settleEvents(database, {
      done: [],
      open: [],
      closed: [],
      pauseMs: { first: 1000, longest: 30_000 },
      ...more,
    })
  const failed = (poId: string) =>
    queueMessages(database, 1, {
      po_id: poId,
      state: 'failed',
      error_code: 'no_phone',
      error_message: 'no phone',
    })
  const probeNow = () =>
    database.query(
      `update outgoing_routes set probe_at = clock_timestamp() returning routing_key`,
      [],
    )

  it('is read as the event of the interface, with nothing missing and nothing more', async () => {
    const [id = ''] = await queueMessages(database, 1, {
      po_id: 'po-shape',
      po_number: 'PO-2026-0042',
      revision: 3,
      supplier_id: 'S-1',
      notification_id: '00000000-0000-4000-8000-000000000001',
      metadata: { total_amount: '1234.50' },
      state: 'failed',
      recipient_phone: null,
      error_code: 'no_phone',
      error_message: 'The order has no phone number.',
    })
    const [row] = await next()
    if (row === undefined) throw new Error('nothing waits')
    const event = toOutgoingEvent(row)
    expect(JSON.parse(event.body)).toEqual({
      event_id: event.eventId,
      event_type: FAILED,
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      tenant_id: '00000000-0000-0000-0000-000000000000',
      data: {
        message_id: id,
        sequence: Number(row.id),
        status: 'FAILED',
        state: 'failed',
        po_id: 'po-shape',
        po_number: 'PO-2026-0042',
        revision: 3,
        supplier_id: 'S-1',
        recipient_phone: null,
        whatsapp_message_id: null,
        error_code: 'no_phone',
        error_message: 'The order has no phone number.',
        remedy: expect.stringContaining('retry'),
        notification_id: '00000000-0000-4000-8000-000000000001',
        metadata: { total_amount: '1234.50' },
      },
    })
    expect(event.routingKey).toBe(FAILED)
    expect((await next())[0]?.event_id).toBe(event.eventId)
  })

  it('comes out one event an order at a time, oldest first', async () => {
    await failed('po-a')
    await failed('po-b')
    const first = await next()
    expect(first.map((row) => [row.po_id, row.routing_key])).toEqual([
      ['po-a', FAILED],
      ['po-b', FAILED],
    ])
    await settle({ done: [first[0]?.id ?? ''] })
    expect((await next()).map((row) => [row.po_id, row.routing_key])).toEqual([
      ['po-a', ATTENTION],
      ['po-b', FAILED],
    ])
    expect(await next({ limit: 1 })).toHaveLength(1)
  })

  it('holds up the orders of what nobody takes and no others, and tries one event when it is time', async () => {
    await failed('po-a')
    await failed('po-b')
    await queueMessages(database, 1, { po_id: 'po-c', state: 'held', hold_reason: 'token' })
    const closed = [{ routing_key: FAILED, reason: 'unbound' as const }]
    expect(await settle({ closed })).toMatchObject(closed)
    expect((await next()).map((row) => row.po_id)).toEqual(['po-c'])
    await probeNow()
    expect((await next()).map((row) => row.po_id)).toEqual(['po-a', 'po-c'])
    expect(await settle({ closed })).toEqual([])
    await settle({ open: [FAILED] })
    expect((await next()).map((row) => row.po_id)).toEqual(['po-a', 'po-b', 'po-c'])
  })

  it('finds what may go behind any number of events that are held up', async () => {
    await database.query(
      `insert into outgoing_events (routing_key, order_key, tenant_id, message_id, status, state)
       select key, 'order ' || n, gen_random_uuid(), gen_random_uuid(), 'FAILED', 'failed'
       from generate_series(1, 1200) n, (values ('${FAILED}'), ('${ATTENTION}')) as k(key)
       order by n, key returning 1`,
      [],
    )
    await settle({ closed: [{ routing_key: FAILED, reason: 'unbound' }] })
    await queueMessages(database, 1, { po_id: 'po-behind', state: 'held', hold_reason: 'token' })
    const found: unknown[] = []
    let places: store.Places | undefined
    for (let looks = 0; looks < 4; looks += 1) {
      const seen = await look(places === undefined ? {} : { places })
      places = seen.places
      found.push(...seen.events.map((event) => event.po_id))
    }
    expect(found).toEqual(['po-behind', 'po-behind'].slice(0, found.length))
    expect(found.length).toBeGreaterThan(0)
    await settle({ open: [FAILED] })
    expect(await next()).toHaveLength(100)
  })

  it('waits longer after each try, up to the longest pause', async () => {
    const closed = [{ routing_key: 'po.question', reason: 'refused' as const }]
    const pauses: number[] = []
    for (let tries = 0; tries < 5; tries += 1) {
      await settle({ closed, pauseMs: { first: 1000, longest: 5000 } })
      const [row] = await database.query<{ seconds: number }>(
        `select round(extract(epoch from probe_at - clock_timestamp()))::integer as seconds from outgoing_routes`,
        [],
      )
      pauses.push(row?.seconds ?? 0)
    }
    expect(pauses).toEqual([1, 2, 4, 5, 5])
  })

  it('lets later events of an order pass what nobody has taken for ten minutes', async () => {
    await failed('po-a')
    await settle({ closed: [{ routing_key: FAILED, reason: 'unbound' }] })
    expect(await next()).toEqual([])
    await database.query(
      `update outgoing_routes set since = clock_timestamp() - interval '11 minutes' returning 1`,
      [],
    )
    expect((await next()).map((row) => row.routing_key)).toEqual([ATTENTION])
    await database.query(`update outgoing_routes set reason = 'refused' returning 1`, [])
    expect(await next()).toEqual([])
  })

  it('gives up after its time what nobody has bound a queue for, and never what was refused', async () => {
    await failed('po-a')
    const closed = (reason: 'unbound' | 'refused') =>
      settle({ closed: [{ routing_key: FAILED, reason }] })
    const age = (table: string, column: string) =>
      database.query(
        `update ${table} set ${column} = clock_timestamp() - interval '73 hours' returning 1`,
        [],
      )
    await closed('refused')
    await age('outgoing_routes', 'since')
    await age('outgoing_events', 'created_at')
    expect(await store.dropUnbound(database, 72)).toEqual([])
    await closed('unbound')
    expect(await store.dropUnbound(database, 72), 'only now it is unbound').toEqual([])
    await age('outgoing_routes', 'since')
    expect(await store.dropUnbound(database, 72)).toEqual([{ routing_key: FAILED, count: 1 }])
  })

  it('drops what is no longer wanted, and shows what waits', async () => {
    await failed('po-a')
    await failed('po-b')
    await settle({ closed: [{ routing_key: FAILED, reason: 'unbound' }] })
    expect(await store.readOutgoing(database)).toMatchObject({
      depth: 4,
      closed: [{ routing_key: FAILED, reason: 'unbound', count: 2 }],
    })
    expect(await store.dropUnwanted(database, [ATTENTION])).toEqual([
      { routing_key: FAILED, count: 2 },
    ])
    expect(await store.readOutgoing(database)).toMatchObject({ depth: 2, closed: [] })
  })

  it('says how old the oldest event is that waits, whatever its routing key', async () => {
    expect(await store.readOutgoing(database)).toEqual({ depth: 0, oldestSeconds: 0, closed: [] })
    await failed('po-a')
    await database.query(
      `update outgoing_events set created_at = created_at - interval '1 hour' where routing_key = $1 returning 1`,
      [FAILED],
    )
    await failed('po-b')
    const { depth, oldestSeconds } = await store.readOutgoing(database)
    expect(depth).toBe(4)
    expect(oldestSeconds).toBeGreaterThanOrEqual(3600)
    expect(oldestSeconds).toBeLessThan(3700)
  })

  it('is published by one process at a time, until its lease ends or is given up', async () => {
    expect(await store.holdLease(database, 'a', 10)).toBe(true)
    expect(await store.holdLease(database, 'b', 10)).toBe(false)
    expect(await store.holdLease(database, 'a', 0)).toBe(true)
    expect(await store.holdLease(database, 'b', 10)).toBe(true)
    await store.giveUpLease(database, 'a')
    expect(await store.holdLease(database, 'a', 10)).toBe(false)
    await store.giveUpLease(database, 'b')
    expect(await store.holdLease(database, 'a', 10)).toBe(true)
  })
})
