import { Connection } from 'rabbitmq-client'
import type { AsyncMessage, Channel } from 'rabbitmq-client'
import { onTestFinished } from 'vitest'
import type { Database } from '../../src/db/database.ts'
import { createLogger } from '../../src/lib/logger.ts'
import { EVENT_TYPES } from '../../src/outgoing/event-types.ts'
import type { EventPublisher } from '../../src/outgoing/publisher.ts'
import { createRabbitmqPublisher } from '../../src/outgoing/publishers/rabbitmq.ts'
import type { RabbitmqPublisherOptions } from '../../src/outgoing/publishers/rabbitmq.ts'
import { createRelay } from '../../src/outgoing/relay.ts'
import type { Relay, RelayOptions } from '../../src/outgoing/relay.ts'
import { queueMessages } from '../support/messages.ts'
import { openBrokerProxy } from '../support/rabbitmq-proxy.ts'
import type { BrokerProxy } from '../support/rabbitmq-proxy.ts'

export interface Received {
  eventId: string
  type: string
  poId: string
  sequence: number
  message: AsyncMessage
}

/** An exchange of one test, relays in front of it, and a way to it beside them. */
export interface RelayWorld {
  exchange: string
  proxy: BrokerProxy
  /** The text of each line of all logs, in order. */
  logged: string[]
  /** Started; goes through the proxy. Stopped when the test ends. */
  startRelay(
    relay?: Partial<RelayOptions>,
    publisher?: Partial<RabbitmqPublisherOptions>,
  ): { relay: Relay; publisher: EventPublisher }
  /** Makes a queue, bound to the exchange by these patterns, and collects what comes. */
  bind(patterns: string[], queueArguments?: Record<string, unknown>): Promise<Received[]>
  withChannel<T>(work: (channel: Channel) => Promise<T>): Promise<T>
  /** Each a message that failed before it was sent: two events. */
  fail(...poIds: string[]): Promise<void>
  /** A message that is held: one event that says that somebody should look. */
  hold(poId: string): Promise<void>
}

let count = 0

export async function openRelayWorld(brokerUrl: string, database: Database): Promise<RelayWorld> {
  count += 1
  const exchange = `out-${String(count)}`
  const proxy = await openBrokerProxy(brokerUrl)
  const connection = new Connection({ url: brokerUrl })
  connection.on('error', () => undefined)
  const relays: Relay[] = []
  const logged: string[] = []
  const logger = createLogger('debug', {
    write: (line) => void logged.push((JSON.parse(line) as { msg: string }).msg),
  })
  for (const table of ['outgoing_events', 'outgoing_routes', 'outgoing_lease']) {
    await database.query(`delete from ${table} returning 1`, [])
  }
  onTestFinished(async () => {
    await Promise.all(relays.map((relay) => relay.stop()))
    connection.unsafeDestroy()
    await proxy.close()
  })
  const open = async (): Promise<Channel> => {
    const channel = await connection.acquire({ emitErrorsFromChannel: true })
    channel.on('error', () => undefined)
    return channel
  }
  return {
    exchange,
    proxy,
    logged,
    startRelay(more = {}, moreOfPublisher = {}) {
      const publisher = createRabbitmqPublisher({
        url: proxy.url,
        topology: 'declare',
        exchange,
        logger,
        refusedMs: 50,
        stopWithinMs: 200,
        ...moreOfPublisher,
      })
      const relay = createRelay({
        database,
        publisher,
        types: EVENT_TYPES,
        owner: `relay ${String(relays.length)}`,
        logger,
        unboundHours: 72,
        longestPauseMs: 50,
        pollMs: 20,
        ...more,
      })
      relays.push(relay)
      relay.start()
      return { relay, publisher }
    },
    async bind(patterns, queueArguments = {}) {
      const channel = await open()
      await channel.exchangeDeclare({ exchange, type: 'topic', durable: true })
      const { queue } = await channel.queueDeclare({ exclusive: true, arguments: queueArguments })
      const received: Received[] = []
      // Before the binding: what is published in between is received, too.
      await channel.basicConsume({ queue, noAck: true }, (message) => {
        const { data } = message.body as { data: { po_id: string; sequence: number } }
        received.push({
          eventId: message.messageId ?? '',
          type: message.routingKey,
          poId: data.po_id,
          sequence: data.sequence,
          message,
        })
      })
      for (const routingKey of patterns) await channel.queueBind({ queue, exchange, routingKey })
      return received
    },
    async withChannel(work) {
      const channel = await open()
      try {
        return await work(channel)
      } finally {
        await channel.close()
      }
    },
    async fail(...poIds) {
      for (const poId of poIds) {
        await queueMessages(database, 1, {
          po_id: poId,
          state: 'failed',
          error_code: 'no_phone',
          error_message: 'no phone',
        })
      }
    },
    async hold(poId) {
      await queueMessages(database, 1, { po_id: poId, state: 'held', hold_reason: 'token' })
    },
  }
}
