import { expect, it, onTestFinished } from 'vitest'
import { describeWithVhost } from '../../support/rabbitmq-vhosts.ts'
import type { Permissions } from '../../support/rabbitmq-vhosts.ts'
import { event, startCollecting } from './event-source-contract.ts'
import { openRabbitmqWorld, untilConnected } from './rabbitmq-world.ts'
import type { QueueDeclaration } from './rabbitmq-world.ts'

/** As the interface names them; declaring a queue again with other arguments is refused. */
const QUEUE_ARGUMENTS = {
  'x-queue-type': 'quorum',
  'x-delivery-limit': 1000,
  'x-dead-letter-exchange': 'notification-service.dlx',
  'x-dead-letter-strategy': 'at-least-once',
  'x-overflow': 'reject-publish',
} as const

await describeWithVhost('the topology of the RabbitMQ event source', (vhost) => {
  it('is declared in full', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    const source = world.openSource()
    await startCollecting(source)
    await untilConnected(source)
    const { exchange, queue } = world.names
    const declare = (declaration: QueueDeclaration) =>
      world.withChannel((channel) => channel.queueDeclare(declaration))
    await declare({ queue, durable: true, arguments: QUEUE_ARGUMENTS })
    await declare({
      queue: `${queue}.dead`,
      durable: true,
      arguments: { 'x-queue-type': 'quorum' },
    })
    await expect(declare({ queue, durable: true, arguments: {} })).rejects.toThrow('PRECONDITION')
    await world.withChannel(async (channel) => {
      await channel.exchangeDeclare({ exchange, type: 'topic', durable: true })
      const dlx = 'notification-service.dlx'
      await channel.exchangeDeclare({ exchange: dlx, type: 'fanout', durable: true })
    })
    expect(await world.publish(event('routed'))).toBe(true)
  })

  it('catches what the broker gives up on, and counts it', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    await world.send(event('given up'))
    await world.withChannel(async (channel) => {
      const message = await channel.basicGet({ queue: world.names.queue })
      if (message !== undefined) {
        channel.basicNack({ deliveryTag: message.deliveryTag, requeue: false })
      }
    })
    const source = world.openSource({ watchMs: 20 })
    const seen = await startCollecting(source)
    await expect.poll(() => source.status().deadLetters, { timeout: 5000 }).toBe(1)
    await untilConnected(source)
    expect(seen).toEqual([])
    expect(world.logged.filter((line) => line.includes('dead_letters'))).toHaveLength(1)
    await world.withChannel((channel) => channel.queuePurge({ queue: `${world.names.queue}.dead` }))
    await expect.poll(() => source.status().deadLetters).toBe(0)
  })

  it('gets back a binding that somebody removed', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    const source = world.openSource({ watchMs: 20 })
    await startCollecting(source)
    await untilConnected(source)
    const { exchange, routingKey, queue } = world.names
    await world.withChannel((channel) => channel.queueUnbind({ queue, exchange, routingKey }))
    await expect.poll(() => world.publish(event('bound again'))).toBe(true)
    expect(source.status().state).toBe('connected')
  })

  it('is only looked at with check: what is missing is named, and found when it is made', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    const source = world.openSource({ topology: 'check', refusedMs: 20 })
    const seen = await startCollecting(source)
    const { exchange, queue } = world.names
    await expect
      .poll(() => source.status())
      .toEqual({
        state: 'refused',
        detail: `the broker has no exchange ${exchange}`,
        remedy: 'Make it, or let the service make it with AVISO_TOPOLOGY=declare.',
        deadLetters: null,
      })
    await world.withChannel((channel) =>
      channel.exchangeDeclare({ exchange, type: 'topic', durable: true }),
    )
    await expect.poll(() => source.status().detail).toMatch(`the broker has no queue ${queue}`)
    await world.declare()
    await world.send(event('at last'))
    await expect.poll(() => seen.length, { timeout: 5000 }).toBe(1)
    expect(source.status()).toMatchObject({ state: 'connected', remedy: null, deadLetters: 0 })
  })

  it('says what stands in its way, and goes on when it is gone', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    const { queue } = world.names
    await world.withChannel((channel) => channel.queueDeclare({ queue, durable: true }))
    const source = world.openSource({ refusedMs: 20 })
    await startCollecting(source)
    await expect.poll(() => source.status().state).toBe('refused')
    const { detail, remedy } = source.status()
    expect(detail).toMatch(`the broker refuses queue ${queue}: PRECONDITION_FAILED - inequivalent`)
    expect(remedy).toMatch(/delete it once it is empty.* AVISO_TOPOLOGY=check/)
    await world.withChannel((channel) => channel.queueDelete({ queue }))
    await untilConnected(source)
    expect(world.logged).toEqual(['WhatsApp broker.refused', 'WhatsApp broker.consuming'])
  })

  it('names missing permissions, and needs but reading with check', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    await world.send(event('read'))
    await permit({ configure: '^$', write: '^$', read: '.*' })
    const declaring = world.openSource()
    await startCollecting(declaring)
    await expect.poll(() => declaring.status().state).toBe('refused')
    expect(declaring.status().detail).toMatch(
      `the broker refuses exchange ${world.names.exchange}: ACCESS_REFUSED`,
    )
    expect(declaring.status().remedy).toMatch(/permissions to configure, write and read/)
    const checking = world.openSource({ topology: 'check' })
    const seen = await startCollecting(checking)
    await expect.poll(() => seen.length, { timeout: 5000 }).toBe(1)
  })

  it('says so when it may not read the queue', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    await world.declare()
    await permit({ configure: '.*', write: '.*', read: '^events-.*' })
    const source = world.openSource({ topology: 'check', refusedMs: 20 })
    await startCollecting(source)
    await expect.poll(() => source.status().state).toBe('refused')
    expect(source.status().detail).toMatch(`the broker refuses queue ${world.names.queue}: ACCESS`)
    expect(world.logged).toEqual(['WhatsApp broker.refused'])
  })

  it('says so of a wrong password and of a missing virtual host, and repeats no password', async () => {
    const world = await openRabbitmqWorld(vhost().url)
    const wrong = new URL(vhost().url)
    wrong.password = 'not-the-password'
    const strange = new URL(vhost().url)
    strange.pathname = '/nowhere'
    for (const [url, words] of [
      [wrong.href, /^the broker refuses the user and password of RABBITMQ_URL: ACCESS_REFUSED/],
      [strange.href, /^the broker refuses the virtual host of RABBITMQ_URL: NOT_ALLOWED/],
    ] as const) {
      const source = world.openSource({ url })
      await startCollecting(source)
      await expect.poll(() => source.status().state, { timeout: 5000 }).toBe('refused')
      expect(source.status().detail).toMatch(words)
      expect(source.status().remedy).toMatch(/^Correct RABBITMQ_URL/)
      expect(JSON.stringify(source.status())).not.toContain('not-the-password')
    }
  })

  async function permit(permissions: Permissions): Promise<void> {
    await vhost().permit(permissions)
    onTestFinished(() => vhost().permit({ configure: '.*', write: '.*', read: '.*' }))
  }
})
