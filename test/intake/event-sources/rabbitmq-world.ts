import { Connection } from 'rabbitmq-client'
import type { Channel, MethodParams, Cmd } from 'rabbitmq-client'
import { expect, onTestFinished } from 'vitest'
import { openRabbitmqEventSource } from '../../../src/intake/event-sources/rabbitmq.ts'
import type {
  RabbitmqEventSource,
  RabbitmqEventSourceOptions,
} from '../../../src/intake/event-sources/rabbitmq.ts'
import { ensureTopology } from '../../../src/intake/event-sources/rabbitmq-topology.ts'
import type { Topology } from '../../../src/intake/event-sources/rabbitmq-topology.ts'
import { createLogger } from '../../../src/lib/logger.ts'
import { keepBodiesRaw, toDelivery } from '../../../src/intake/event-sources/raw-bodies.ts'
import { openBrokerProxy } from '../../support/rabbitmq-proxy.ts'
import type { BrokerProxy } from '../../support/rabbitmq-proxy.ts'
import type { SentEvent } from './event-source-contract.ts'

export type QueueDeclaration = MethodParams[Cmd.QueueDeclare]

/** Exchange and queue of one test, and a way to them beside the source. */
export interface RabbitmqWorld {
  names: Topology
  proxy: BrokerProxy
  /** The text of each line of all sources' logs, in order. */
  logged: string[]
  /** Not started. Goes through the proxy unless a `url` is given; stopped when the test ends. */
  openSource(options?: Partial<RabbitmqEventSourceOptions>): RabbitmqEventSource
  /** Confirmed and routed. */
  send(event: SentEvent): Promise<void>
  /** False: nobody has bound a queue. */
  publish(event: SentEvent): Promise<boolean>
  /**
   * Messages at rest in the queue; what is handed out is not counted. One is taken and given back: a
   * quorum queue takes back what a closed channel held a moment later, and only what is done to it is
   * done after that.
   */
  ready(): Promise<number>
  /** Takes all messages at rest, in their order. */
  drain(): Promise<string[]>
  /** A channel of its own, for one request that may be refused. */
  withChannel<T>(work: (channel: Channel) => Promise<T>): Promise<T>
  declare(): Promise<void>
}

let count = 0

export async function openRabbitmqWorld(brokerUrl: string): Promise<RabbitmqWorld> {
  count += 1
  const names: Topology = {
    exchange: `events-${String(count)}`,
    routingKey: 'po.approved',
    queue: `orders-${String(count)}`,
    mode: 'declare',
  }
  const proxy = await openBrokerProxy(brokerUrl)
  const connection = new Connection({ url: brokerUrl })
  connection.on('error', () => undefined)
  const logged: string[] = []
  const sources: RabbitmqEventSource[] = []
  onTestFinished(async () => {
    await Promise.all(sources.map((source) => source.stop()))
    await connection.close()
    await proxy.close()
  })
  const logger = createLogger('debug', {
    write: (line) => void logged.push((JSON.parse(line) as { msg: string }).msg),
  })

  const world: RabbitmqWorld = {
    names,
    proxy,
    logged,
    openSource(options = {}) {
      const { mode: topology, ...rest } = names
      const source = openRabbitmqEventSource({
        url: proxy.url,
        ...rest,
        topology,
        logger,
        isDatabaseUp: () => Promise.resolve(true),
        ...options,
      })
      sources.push(source)
      return source
    },
    async send(event) {
      expect(await world.publish(event), 'the event is routed').toBe(true)
    },
    publish: ({ raw, contentType, headers }) =>
      world.withChannel(async (channel) => {
        let isRouted = true
        channel.on('basic.return', () => (isRouted = false))
        await channel.confirmSelect()
        const { exchange, routingKey } = names
        const envelope = { exchange, routingKey, headers, mandatory: true, durable: true }
        await channel.basicPublish(
          contentType === undefined ? envelope : { ...envelope, contentType },
          raw,
        )
        // The client tells of a return one turn after the confirmation that follows it.
        await new Promise((resolve) => setImmediate(resolve))
        return isRouted
      }),
    ready: () =>
      world.withChannel(async (channel) => {
        const { queue } = names
        const message = await channel.basicGet({ queue })
        if (message === undefined) return 0
        const { messageCount } = await channel.queueDeclare({ queue, passive: true })
        channel.basicNack({ deliveryTag: message.deliveryTag })
        return messageCount + 1
      }),
    drain: () =>
      world.withChannel(async (channel) => {
        keepBodiesRaw(channel)
        const bodies: string[] = []
        for (;;) {
          const message = await channel.basicGet({ queue: names.queue, noAck: true })
          if (message === undefined) return bodies
          bodies.push(toDelivery(message).raw.toString())
        }
      }),
    async withChannel(work) {
      const channel = await connection.acquire({ emitErrorsFromChannel: true })
      channel.on('error', () => undefined)
      try {
        return await work(channel)
      } finally {
        await channel.close()
      }
    },
    declare: () => world.withChannel((channel) => ensureTopology(channel, names)),
  }
  return world
}

export async function untilConnected(source: RabbitmqEventSource): Promise<void> {
  await expect.poll(() => source.status().state, { timeout: 5000 }).toBe('connected')
}
