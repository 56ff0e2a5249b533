import { beforeAll, describe, expect, it } from 'vitest'
import { createId } from '../../src/lib/uuid-v7.ts'
import { holdQueued } from '../../src/message/gate-store.ts'
import { setupApi } from '../support/api.ts'
import { queueMessages } from '../support/messages.ts'
import { TENANT } from '../support/orders.ts'

const HEALTH = '/api/v1/whatsapp/health'
const NOTHING = {
  depth: 0,
  oldest_seconds: 0,
  in_doubt: 0,
  unconfirmed: 0,
  held: {},
  outbox: 0,
  orphans: 1,
  dead_letters: 0,
}

interface Health {
  status: string
  queue: Record<string, unknown>
  parts: Record<string, { status: string; detail: string }>
}

describe('health, as a key of one tenant sees it', () => {
  const { call, running, createKey } = setupApi()
  const neighbour = createId()
  const health = async (key?: string | null): Promise<Health> =>
    (await call(HEALTH, key === undefined ? {} : { key })).body as unknown as Health

  beforeAll(async () => {
    const { api } = running().databases
    await queueMessages(api, 2)
    await holdQueued(api, 'backlog_not_released', {}, [])
    const [queued = ''] = await queueMessages(api, 3)
    await queueMessages(api, 1, { tenant_id: neighbour })
    await api.query(
      `insert into outgoing_events (routing_key, order_key, tenant_id, message_id, status, state)
       values ('po.acknowledged', 'o', $1, $2, 'PENDING', 'queued') returning id`,
      [TENANT, queued],
    )
    await api.query(
      `insert into outgoing_routes (routing_key, reason, probe_at)
       values ('po.acknowledged', 'unbound', clock_timestamp()) returning reason`,
      [],
    )
    await api.query(
      `insert into webhook_gaps (message_id, kind, tenant_id, wamid, accepted_at)
       values ($1, 'no_status', $2, 'wamid.gap', clock_timestamp()) returning message_id`,
      [queued, TENANT],
    )
    await api.query(
      `insert into orphan_statuses (wamid, status) values ('wamid.orphan', 'sent') returning wamid`,
      [],
    )
  })

  it('counts everybody’s for a key of all tenants', async () => {
    const { status, queue, parts } = await health()
    expect(status).toBe('degraded')
    expect(queue).toMatchObject({ depth: 4, held: { backlog_not_released: 2 }, outbox: 1 })
    expect(queue['oldest_seconds']).toBeGreaterThan(0)
    expect(parts).toMatchObject({
      broker: { detail: expect.stringContaining('po.acknowledged (1)') },
      webhooks: { detail: expect.stringContaining('1 messages') },
    })
    expect(await health(null)).toEqual({ status: 'degraded' })
  })

  it('counts its own for a key of one tenant', async () => {
    const { status, queue } = await health(await createKey('viewer', TENANT))
    expect(status).toBe('degraded')
    expect(queue).toMatchObject({ depth: 3, held: { backlog_not_released: 2 }, outbox: 1 })
  })

  it('shows nothing of others, neither as a count nor in its words nor as its status', async () => {
    const other = await health(await createKey('admin', neighbour))
    expect(other.queue).toMatchObject({ ...NOTHING, depth: 1, oldest_seconds: expect.any(Number) })
    const { status, queue, parts } = await health(await createKey('viewer', createId()))
    expect(queue).toEqual(NOTHING)
    expect(status).toBe('ok')
    expect(Object.values(parts).filter((part) => part.status !== 'ok')).toEqual([])
  })
})
