import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import type { Delivery } from '../../../src/intake/event-source.ts'
import { describeWithVhost } from '../../support/rabbitmq-vhosts.ts'
import {
  ACCEPTED,
  deferred,
  describeEventSource,
  event,
  startCollecting,
} from './event-source-contract.ts'
import { openRabbitmqWorld, untilConnected } from './rabbitmq-world.ts'

await describeWithVhost('the RabbitMQ event source', (vhost) => {
  describeEventSource(async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    return {
      source: world.openSource(),
      send: world.send,
      crash() {
        world.proxy.cut()
        return Promise.resolve(world.openSource({ url: vhost().url }))
      },
      unconfirmed: () => world.ready(),
      close: () => Promise.resolve(),
    }
  })

  it('hands over many at once, and confirms each, in whatever order they are answered', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    const source = world.openSource({ prefetch: 100 })
    const open: (() => void)[] = []
    let most = 0
    let answered = 0
    await source.start(async () => {
      const { promise, resolve } = deferred()
      open.push(resolve)
      most = Math.max(most, open.length)
      await promise
      answered += 1
      return ACCEPTED
    })
    const bodies = Array.from({ length: 600 }, (_, index) => event(String(index)))
    await Promise.all(bodies.map((each) => world.send(each)))
    const answerSome = (): number => {
      // The younger half when the broker gives no more; at the end, everything.
      const from = answered >= 500 ? 0 : open.length === 100 ? 50 : open.length
      for (const each of open.splice(from).toReversed()) each()
      return answered
    }
    await expect.poll(answerSome, { timeout: 10_000 }).toBe(600)
    expect(most).toBe(100)
    await source.stop()
    expect(await world.ready()).toBe(0)
  })

  it('acknowledges what is answered after it has ceased to consume', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    const source = world.openSource()
    const gate = deferred()
    let begun = 0
    await source.start(async () => {
      begun += 1
      await gate.promise
      return ACCEPTED
    })
    await world.send(event('a'))
    await expect.poll(() => begun).toBe(1)
    const stopping = source.stop()
    await expect
      .poll(async () => {
        await world.send(event('too late'))
        return world.ready()
      })
      .toBeGreaterThan(0)
    gate.resolve()
    await stopping
    expect(new Set(await world.drain())).toEqual(new Set(['too late']))
  })

  it('gives back what is not answered in time when it stops', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    const source = world.openSource({ answerWithinMs: 50 })
    const begun: string[] = []
    await source.start((delivery) => {
      begun.push(delivery.raw.toString())
      return begun.length === 1 ? Promise.resolve(ACCEPTED) : new Promise(() => undefined)
    })
    await world.send(event('quick'))
    await expect.poll(() => begun.length).toBe(1)
    await world.send(event('slow'))
    await expect.poll(() => begun.length).toBe(2)
    await source.stop()
    expect(source.status()).toMatchObject({ state: 'connecting', detail: 'stopped' })
    await expect.poll(() => world.ready()).toBe(1)
  })

  it('stops in the middle of connecting', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    world.proxy.cut()
    const source = world.openSource()
    await startCollecting(source)
    await source.stop()
    expect(world.proxy.connections).toBe(0)
  })

  it('is not brought down by a server that speaks something else', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    const source = world.openSource({ url: `amqp://guest:guest@127.0.0.1:${String(port)}` })
    await startCollecting(source)
    await expect.poll(() => source.status().detail).toMatch(/not of this protocol/)
    expect(source.status().state).toBe('connecting')
  })

  it('connects again for ever, and writes one line an outage', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    world.proxy.cut()
    const source = world.openSource()
    const seen = await startCollecting(source)
    await expect.poll(() => source.status().detail).toMatch(/^the broker is away: /)
    expect(source.status()).toMatchObject({ state: 'connecting', deadLetters: null })
    for (const round of [1, 2]) {
      world.proxy.restore()
      await untilConnected(source)
      await world.send(event(`round ${String(round)}`))
      const bodies = () => seen.map(({ raw }) => raw.toString())
      await expect.poll(bodies).toContain(`round ${String(round)}`)
      world.proxy.cut()
      await expect.poll(() => source.status().state).toBe('connecting')
    }
    expect(world.logged).toEqual([
      'WhatsApp broker.away',
      'WhatsApp broker.consuming',
      'WhatsApp broker.away',
      'WhatsApp broker.consuming',
      'WhatsApp broker.away',
    ])
  })

  it('hands over again what was in flight when the connection broke', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    const source = world.openSource()
    const gate = deferred()
    const counts: unknown[] = []
    await source.start(async ({ headers }) => {
      counts.push(headers['x-delivery-count'])
      if (counts.length <= 4) await gate.promise
      return ACCEPTED
    })
    for (const name of ['a', 'b', 'c']) await world.send(event(name))
    await expect.poll(() => counts.length).toBe(3)
    // Its way there and back: an acknowledgement before the answer would have reached the broker meanwhile.
    await world.send(event('d'))
    await expect.poll(() => counts.length).toBe(4)
    world.proxy.cut()
    gate.resolve()
    world.proxy.restore()
    await expect
      .poll(() => counts, { timeout: 5000 })
      .toEqual([undefined, undefined, undefined, undefined, 1, 1, 1, 1])
    await source.stop()
    expect(await world.ready()).toBe(0)
  })

  it('stops consuming while the database is away, at the cost of one delivery', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    let isUp = false
    let asked = 0
    const source = world.openSource({
      isDatabaseUp() {
        asked += 1
        if (asked === 2) return Promise.reject(new Error('away'))
        isUp ||= asked === 3
        return Promise.resolve(isUp)
      },
    })
    const handed: Delivery[] = []
    await source.start((delivery) => {
      handed.push(delivery)
      return isUp ? Promise.resolve(ACCEPTED) : Promise.reject(new Error('ECONNREFUSED'))
    })
    await Promise.all(Array.from({ length: 20 }, (_, index) => world.send(event(String(index)))))
    await expect.poll(() => source.status().detail).toMatch(/until the database answers/)
    expect(source.status().state).toBe('connected')
    await expect.poll(() => answeredOf(handed, isUp), { timeout: 10_000 }).toBe(20)
    expect(asked).toBe(3)
    expect(Math.max(...handed.map(countOf))).toBeLessThanOrEqual(1)
    expect(world.logged.filter((line) => line.includes('paused'))).toHaveLength(1)
    await source.stop()
    expect(await world.ready()).toBe(0)
  })

  it('tries a database that answers and takes nothing with one message at a time', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    for (let index = 0; index < 10; index += 1) await world.send(event(String(index)))
    let asked = 0
    const source = world.openSource({
      isDatabaseUp() {
        asked += 1
        return Promise.resolve(true)
      },
    })
    const thrownIn: number[] = []
    const answered: Delivery[] = []
    await source.start((delivery) => {
      if (asked < 3) {
        thrownIn.push(asked)
        return Promise.reject(new Error('read-only transaction'))
      }
      answered.push(delivery)
      return Promise.resolve(ACCEPTED)
    })
    await expect.poll(() => answered.length, { timeout: 10_000 }).toBe(10)
    expect(thrownIn.filter((round) => round > 0)).toEqual([1, 2])
    expect(Math.max(...answered.map(countOf))).toBeLessThanOrEqual(3)
    expect(world.logged.filter((line) => line.includes('paused'))).toHaveLength(1)
    await source.stop()
    expect(await world.ready()).toBe(0)
  })

  it('keeps a message that came ten times apart from all others', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    await world.send(event('suspicious'))
    const order: string[] = []
    const gates = new Map([
      ['first', deferred()],
      ['suspicious', deferred()],
    ])
    const handler = async ({ raw }: Delivery) => {
      const name = raw.toString()
      order.push(`${name} begins`)
      await gates.get(name)?.promise
      order.push(`${name} ends`)
      return ACCEPTED
    }
    const source = world.openSource({
      handleAlone: (delivery) => {
        order.push(`alone, count ${String(countOf(delivery))}`)
        return handler(delivery)
      },
    })
    await world.withChannel(async (channel) => {
      const { queue } = world.names
      for (let times = 0; ; times += 1) {
        const message = await channel.basicGet({ queue })
        if (message === undefined) throw new Error('it did not come again')
        if (times < 9) {
          channel.basicNack({ deliveryTag: message.deliveryTag })
          continue
        }
        await source.start(handler)
        await world.send(event('first'))
        await expect.poll(() => order).toEqual(['first begins'])
        channel.basicNack({ deliveryTag: message.deliveryTag })
        break
      }
    })
    await world.send(event('last'))
    // The source has all three by now, and two of them wait.
    await expect.poll(() => world.ready()).toBe(0)
    expect(order).toEqual(['first begins'])
    gates.get('first')?.resolve()
    await expect.poll(() => order).toContain('suspicious begins')
    gates.get('suspicious')?.resolve()
    await expect.poll(() => order).toContain('last ends')
    expect(order).toEqual([
      'first begins',
      'first ends',
      'alone, count 10',
      'suspicious begins',
      'suspicious ends',
      'last begins',
      'last ends',
    ])
    await source.stop()
    expect(await world.ready()).toBe(0)
  })

  it('makes a queue anew that is deleted under it, and goes on', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    const source = world.openSource()
    const seen = await startCollecting(source)
    await untilConnected(source)
    await world.withChannel((channel) => channel.queueDelete({ queue: world.names.queue }))
    await expect.poll(() => world.publish(event('again')), { timeout: 5000 }).toBe(true)
    await expect.poll(() => seen.map(({ raw }) => raw.toString())).toContain('again')
  })
})

function countOf(delivery: Delivery): number {
  const count = delivery.headers['x-delivery-count']
  return typeof count === 'number' ? count : 0
}

/** How many different events have come since answers are given. */
function answeredOf(handed: readonly Delivery[], isUp: boolean): number {
  if (!isUp) return 0
  return new Set(handed.map((delivery) => delivery.raw.toString())).size
}
