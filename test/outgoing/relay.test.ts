import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { EVENT_TYPES } from '../../src/outgoing/event-types.ts'
import { readOutgoing } from '../../src/outgoing/outgoing-store.ts'
import { openAnyMigrated } from '../support/migrated-database.ts'
import { describeWithVhost } from '../support/rabbitmq-vhosts.ts'
import { openRelayWorld } from './relay-world.ts'
import type { Received } from './relay-world.ts'

const FAILED = 'whatsapp.message.failed'
const ATTENTION = 'whatsapp.message.needs_attention'
/** The machine may be busy. */
const SOON = { timeout: 10_000 }

/** The events of each order in the order in which each came first. */
function byOrder(received: readonly Received[]): Map<string, number[]> {
  const orders = new Map<string, number[]>()
  for (const { poId, sequence } of received) {
    const known = orders.get(poId) ?? []
    if (!known.includes(sequence)) orders.set(poId, [...known, sequence])
  }
  return orders
}

await describeWithVhost('the relay to RabbitMQ', (vhost) => {
  let database: Database
  beforeAll(async () => {
    database = await openAnyMigrated({ 'aviso.publish': EVENT_TYPES.join(',') })
  })
  afterAll(() => database.close())

  const openWorld = () => openRelayWorld(vhost().url, database)
  const depth = async () => (await readOutgoing(database)).depth
  const closed = async () => (await readOutgoing(database)).closed

  it('publishes what is written as persistent JSON under the event’s id, and forgets it', async () => {
    const world = await openWorld()
    const received = await world.bind(['#'])
    const { relay } = world.startRelay({ pollMs: 60_000 })
    await world.hold('po-1')
    await expect
      .poll(() => {
        relay.wake()
        return received.length
      }, SOON)
      .toBe(1)
    const [event] = received
    expect(event?.message).toMatchObject({
      routingKey: ATTENTION,
      contentType: 'application/json',
      deliveryMode: 2,
      body: { event_id: event?.eventId, event_type: ATTENTION, data: { po_id: 'po-1' } },
    })
    await expect.poll(depth, SOON).toBe(0)
  })

  it('keeps what no queue is bound for, says so, and publishes it in order when one is', async () => {
    const world = await openWorld()
    world.startRelay()
    await world.fail('po-1', 'po-2')
    await expect.poll(closed, SOON).toMatchObject([{ routing_key: FAILED, count: 2 }])
    expect(await depth()).toBe(4)
    expect(world.logged.filter((line) => line.endsWith('not_taken'))).toHaveLength(1)
    const received = await world.bind(['whatsapp.message.*'])
    await expect.poll(depth, SOON).toBe(0)
    expect(await closed()).toEqual([])
    for (const poId of ['po-1', 'po-2']) {
      const types = received.filter((event) => event.poId === poId).map((event) => event.type)
      expect(types).toEqual([FAILED, ATTENTION])
    }
  })

  it('holds up only the order of an event that nobody takes', async () => {
    const world = await openWorld()
    const received = await world.bind([ATTENTION])
    await world.fail('po-1')
    await world.hold('po-2')
    world.startRelay()
    await expect.poll(closed, SOON).toMatchObject([{ routing_key: FAILED }])
    await expect.poll(() => received.map((event) => event.poId), SOON).toEqual(['po-2'])
    await expect.poll(depth, SOON).toBe(2)
  })

  it('lets later events pass once nobody has listened for long', async () => {
    const world = await openWorld()
    const received = await world.bind([ATTENTION])
    await world.fail('po-1')
    world.startRelay({ asideSeconds: 0 })
    await expect.poll(() => received.map((event) => event.type), SOON).toEqual([ATTENTION])
    await expect.poll(depth, SOON).toBe(1)
  })

  it('loses nothing and keeps ids and order when the broker is cut off again and again', async () => {
    const world = await openWorld()
    const received = await world.bind(['#'])
    const orders = Array.from({ length: 150 }, (_, index) => `po-${String(index)}`)
    await world.fail(...orders)
    const { publisher } = world.startRelay()
    for (const share of [1, 60, 130, 200]) {
      await expect.poll(() => received.length, SOON).toBeGreaterThanOrEqual(share)
      world.proxy.cut()
      await expect.poll(() => publisher.status().state, SOON).toBe('connecting')
      world.proxy.restore()
    }
    await expect.poll(depth, SOON).toBe(0)
    const ids = new Map(received.map((event) => [event.sequence, event.eventId]))
    expect(ids.size).toBe(300)
    for (const { sequence, eventId } of received) expect(eventId).toBe(ids.get(sequence))
    for (const [order, sequence] of byOrder(received)) {
      expect(sequence, order).toEqual(sequence.toSorted((a, b) => a - b))
    }
  })

  it('publishes from one process at a time, and from another when the first one stops', async () => {
    const world = await openWorld()
    const received = await world.bind(['#'])
    const first = world.startRelay()
    world.startRelay()
    await world.fail('po-1', 'po-2', 'po-3')
    await expect.poll(() => received.length, SOON).toBe(6)
    await first.relay.stop()
    await world.fail('po-4')
    await expect.poll(() => received.length, SOON).toBe(8)
    await expect.poll(depth, SOON).toBe(0)
    expect(new Set(received.map((event) => event.eventId)).size).toBe(received.length)
  })

  it('waits for a queue that is full, and does not give up', async () => {
    const world = await openWorld()
    const queue = `full-${world.exchange}`
    await world.withChannel(async (channel) => {
      await channel.exchangeDeclare({ exchange: world.exchange, type: 'topic', durable: true })
      const full = { 'x-max-length': 1, 'x-overflow': 'reject-publish' as const }
      await channel.queueDeclare({ queue, arguments: full })
      await channel.queueBind({ queue, exchange: world.exchange, routingKey: ATTENTION })
    })
    world.startRelay()
    await world.hold('po-1')
    await expect.poll(depth, SOON).toBe(0)
    await world.hold('po-2')
    await expect.poll(closed, SOON).toMatchObject([{ routing_key: ATTENTION, reason: 'refused' }])
    await world.withChannel((channel) => channel.queuePurge({ queue }))
    await expect.poll(depth, SOON).toBe(0)
  })

  it('says what is refused and what to do, and goes on by itself once it is mended', async () => {
    const world = await openWorld()
    const { publisher } = world.startRelay({}, { topology: 'check' })
    await expect
      .poll(() => publisher.status(), SOON)
      .toMatchObject({
        state: 'refused',
        detail: `the broker has no exchange ${world.exchange}`,
        remedy: expect.stringContaining('AVISO_TOPOLOGY'),
      })
    const received = await world.bind(['#'])
    await world.hold('po-1')
    await expect.poll(() => received.length, SOON).toBe(1)
    expect(publisher.status()).toMatchObject({ state: 'connected', remedy: null })
  })

  it('shows as refused what connects and may not publish, until an event is taken', async () => {
    const world = await openWorld()
    const received = await world.bind(['#'])
    await vhost().permit({ configure: '.*', write: '^$', read: '.*' })
    const { publisher } = world.startRelay()
    await world.hold('po-1')
    await expect.poll(() => publisher.status().state, SOON).toBe('refused')
    expect(publisher.status().detail).toContain(world.exchange)
    await vhost().permit({ configure: '.*', write: '.*', read: '.*' })
    await expect.poll(() => received.length, SOON).toBe(1)
    await expect.poll(() => publisher.status().state, SOON).toBe('connected')
    expect(world.logged.filter((line) => line.endsWith('outgoing.refused'))).toHaveLength(1)
  })

  it('makes an exchange again that was deleted', async () => {
    const world = await openWorld()
    const { publisher } = world.startRelay()
    await expect.poll(() => publisher.isReady(), SOON).toBe(true)
    await world.withChannel((channel) => channel.exchangeDelete({ exchange: world.exchange }))
    await world.hold('po-1')
    await expect.poll(closed, SOON).toMatchObject([{ routing_key: ATTENTION, reason: 'unbound' }])
  })

  it('stops in time with events under way that nobody answers for, and keeps them', async () => {
    const world = await openWorld()
    await world.bind(['#'])
    const { relay, publisher } = world.startRelay()
    await expect.poll(() => publisher.isReady(), SOON).toBe(true)
    world.proxy.freeze()
    await world.fail('po-1')
    relay.wake()
    await expect.poll(depth).toBe(2)
    const started = performance.now()
    await relay.stop()
    expect(performance.now() - started).toBeLessThan(4000)
    expect(await depth()).toBe(2)
  })

  it('stops while the broker is away', async () => {
    const world = await openWorld()
    world.proxy.cut()
    const { relay, publisher } = world.startRelay()
    await world.hold('po-1')
    expect(publisher.isReady()).toBe(false)
    await relay.stop()
    expect(await depth()).toBe(1)
  })
})
