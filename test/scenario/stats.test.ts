import { afterAll, beforeAll, expect, it } from 'vitest'
import { fold } from '../../src/stats/fold-store.ts'
import { describeEachMigratedDatabase } from '../support/migrated-database.ts'
import { orderEvent } from '../support/orders.ts'
import { openWorld } from '../support/world.ts'
import type { World } from '../support/world.ts'

interface Group {
  key: string | null
  total: number
  counts: Record<string, number>
  billable: number
  cost: { currency: string; amount: string }[]
  failures: { error_code: string; count: number }[]
}

describeEachMigratedDatabase('the statistics of orders', (open) => {
  let world: World
  let number = 800
  beforeAll(async () => {
    world = await openWorld(await open())
  })
  afterAll(() => world.close())

  const publish = (data: Record<string, unknown> = {}) => {
    number += 1
    return world.publish(orderEvent(number, data))
  }
  const groups = async (query: string): Promise<Group[]> =>
    (await world.get(`/api/v1/whatsapp/stats?${query}`))['groups'] as Group[]

  it('count what became of them and what it cost, before and after they are folded', async () => {
    const ids = [
      await publish({ supplier_id: 'a' }),
      await publish({ supplier_id: 'a' }),
      await publish({ supplier_id: 'b', supplier_phone: '+4915112340001' }),
    ]
    const failed = await publish({ supplier_id: 'b', supplier_phone: null })
    for (const id of ids) await world.until(id, 'read')
    await world.until(failed, 'failed')
    // The price comes with one of two webhooks, whichever is there first.
    await world.emulator.control.settled()
    const wanted = {
      total: 4,
      counts: { PENDING: 0, SENT: 0, DELIVERED: 0, READ: 3, FAILED: 1 },
      failures: [{ error_code: 'no_phone', count: 1 }],
      billable: 3,
      // Two to Spain, one to Germany.
      cost: [{ currency: 'USD', amount: '0.0950' }],
    }
    expect(await groups('')).toMatchObject([wanted])
    expect((await world.message(ids[0] ?? ''))['cost']).toEqual({
      amount: '0.0200',
      currency: 'USD',
      category: 'utility',
      billable: true,
    })
    expect((await world.message(failed))['cost']).toBeNull()
    expect(await world.get('/api/v1/whatsapp/stats/forecast')).toMatchObject({
      so_far: { billable: 3, cost: wanted.cost },
    })
    expect(await groups('group_by=supplier')).toMatchObject([
      { key: 'a', total: 2, cost: [{ amount: '0.0400' }] },
      { key: 'b', total: 2, cost: [{ amount: '0.0550' }] },
    ])

    // As if they were a day old, and everybody else at rest.
    await world.database.query(
      `update whatsapp_messages set created_at = created_at - interval '1 day' returning 1`,
    )
    for (let turn = 0; turn < 20; turn += 1) await fold(world.database, 1e12)
    expect(await groups('')).toMatchObject([wanted])
    expect(await groups('group_by=template')).toMatchObject([{ key: 'po_notification', total: 4 }])
    expect(await groups('group_by=day')).toMatchObject([{ total: 4 }])
  })
})
