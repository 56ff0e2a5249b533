import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRandom } from '../../src/emulator/random.ts'
import type { Random } from '../../src/emulator/random.ts'
import { orderEvent } from '../support/orders.ts'
import { describeFaults } from './support/describe-faults.ts'
import type { FaultWorld } from './support/fault-world.ts'

const FULL = 20_000
const QUICK = 1500

describeFaults('events that are odd', (suite) => {
  let world: FaultWorld
  beforeAll(async () => {
    world = await suite().open({ mix: 'ordinary' })
    await world.start('one')
  })
  afterAll(() => world.close())

  const rejected = async (): Promise<number> => {
    const rows = await world.query<{ count: number }>(
      'select count(*)::int as count from rejected_events',
    )
    return rows[0]?.count ?? 0
  }

  it('F46 that are malformed are stored with their bytes, one each, and hold up nobody', async () => {
    const random = createRandom(suite().seed)
    const count = suite().isFull ? FULL : QUICK
    const before = await rejected()
    const bodies = Array.from({ length: count }, () => makeMalformed(random))
    const publishing = Promise.all(bodies.map((body) => world.load.publishRaw(body)))
    // In the middle of them.
    await world.load.publish(5)
    await publishing
    await world.until('all are stored', async () => (await rejected()) === before + count)
    const sample = await world.query<{ raw: Buffer }>(
      'select raw from rejected_events order by id limit 50',
    )
    const known = new Set(bodies.map((body) => body.toString('latin1')))
    for (const { raw } of sample) expect(known.has(raw.toString('latin1'))).toBe(true)
    await world.expectSound(`F46 ${count} malformed events`)
  })

  it('F47 that come again, in another order or with another content, make one message an order', async () => {
    const random = createRandom(suite().seed)
    const before = await rejected()
    const countRead = async () => (await world.inState('read')).length
    await world.atRest()
    const alreadyRead = await countRead()
    await world.load.publish(30)
    await world.until('all are there', async () => (await countRead()) === alreadyRead + 30)
    const entries = [...world.load.ledger.values()]
    for (const { event } of random.shuffle([...entries, ...entries])) {
      await world.load.publishRaw(event.body)
    }
    // The same id, and something else in it.
    const other = JSON.parse(entries[0]?.event.body.toString() ?? '{}') as { data: object }
    await world.load.publishRaw(
      Buffer.from(JSON.stringify({ ...other, data: { ...other.data, total_amount: '99.00' } })),
    )
    await world.until('it is a conflict', async () => (await rejected()) === before + 1)
    // One approval under two ids.
    await world.load.publishOrders({ po_id: 'twin', revision: 1 })
    const [twin] = [...world.load.ledger.values()].slice(-1)
    const body = twin?.event.body.toString().replace(twin.event.id, `${twin.event.id}-again`)
    await world.load.publishRaw(Buffer.from(body ?? ''))
    await world.atRest()
    const twins = await world.query(`select 1 from whatsapp_messages where po_id = 'twin'`)
    expect(twins.length).toBe(1)
    await world.expectSound('F47')
  })

  it('F48 with odd names are sent as Meta takes them, and kept as they came', async () => {
    const names = [
      'line\nbreak',
      'tab\tstop',
      'five     spaces',
      '\u202Eright to left\u202C',
      '👩‍👩‍👧‍👦 & Sons',
      'zero\u200Bwidth',
      "'; drop table whatsapp_messages; --",
      '<script>alert(1)</script>',
      'x'.repeat(500),
    ]
    await world.load.publishOrders(...names.map((name) => ({ supplier_name: name })))
    await world.atRest()
    const rows = await world.query<{ supplier_name: string; state: string }>(
      `select metadata ->> 'supplier_name' as supplier_name, state from whatsapp_messages
       where metadata ->> 'supplier_name' = any ($1)`,
      [names],
    )
    expect(new Set(rows.map(({ supplier_name: name }) => name))).toEqual(new Set(names))
    expect(rows.filter(({ state }) => state !== 'read')).toEqual([])
    await world.expectSound('F48')
  })
})

/** Something that is no purchase order, in one of many ways. */
function makeMalformed(random: Random): Buffer {
  const good = JSON.stringify(orderEvent(random.int(1000), {}, { event_id: random.token(12) }))
  const makers: (() => Buffer)[] = [
    () => Buffer.from(good.slice(0, random.int(good.length - 1))),
    () => Buffer.from(random.token(random.int(300))),
    () => Buffer.from(`${'['.repeat(10_000)}${']'.repeat(10_000)}`),
    () => Buffer.from(good.replace('"EUR"', '"€€"')),
    () => Buffer.from(good.replace('"po_id"', '"no_id"')),
    () => Buffer.from(good.replace(/"total_amount":"[^"]*"/, '"total_amount":1e400')),
    () => Buffer.from(good.replace(/"total_amount":"[^"]*"/, '"total_amount":{"a":[]}')),
    () => Buffer.from(good.replace('Harinas', '\\u0000').replace('del Sur', '')),
    () => Buffer.from(good.replace('"event_id"', '"__proto__":{"isAdmin":true},"event_ids"')),
    () => Buffer.from([0xff, 0xfe, ...Array.from({ length: 50 }, () => random.int(256))]),
    () => Buffer.from('null'),
    () => Buffer.from('[]'),
    () => Buffer.alloc(0),
    () => Buffer.alloc(random.int(20) === 0 ? 300_000 : 10, 'x'),
  ]
  return makers[random.int(makers.length)]?.() ?? Buffer.alloc(0)
}
